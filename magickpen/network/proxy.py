"""The way to the service: proxies, their URLs and what they refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from magickpen.core.errors import APIConnectionError, ConfigurationError, is_passing_status
from magickpen.core.refusals import PROXY_LOGIN_HINT
from magickpen.core.settings import ENCODED, check_url, without_userinfo

if TYPE_CHECKING:
    import ssl

_SCHEMES = ("http", "https", "socks5", "socks5h")
_SOCKS_LIMIT = 255


class Route(NamedTuple):
    """How the default client reaches the service.

    Attributes:
        proxy: the URL of the proxy; None for those of the environment.
        ssl_context: which certificates are trusted; None for those that the system trusts.
    """

    proxy: str | None = None
    ssl_context: ssl.SSLContext | None = None


class Hidden(bytes):
    """A user name or password that the log of httpcore does not show."""

    def __repr__(self) -> str:
        return "…"


def check_proxy_url(name: str, url: object) -> str:
    """Check the URL of a proxy and return it without a trailing slash.

    GNOME writes `socks://` for `socks5://`.

    Raises:
        ConfigurationError: it is not the URL of a proxy.
    """
    if isinstance(url, str) and url.lower().startswith("socks://"):
        url = f"socks5{url[5:]}"
    checked = check_url(name, url, _SCHEMES)
    parts = urlsplit(checked)
    if parts.path:
        shown = without_userinfo(checked)
        encoded = ENCODED if "@" in checked else ""
        raise ConfigurationError(f"{name} must not have a path: {shown!r}{encoded}")
    for part in (parts.username, parts.password):
        if parts.scheme.startswith("socks") and len(unquote_to_bytes(part or "")) > _SOCKS_LIMIT:
            raise ConfigurationError(
                f"{name} must not have a user name or password of more than {_SOCKS_LIMIT} bytes,"
                " the limit of SOCKS"
            )
    return checked


def proxy_refusal(reason: str, way: str, url: str) -> APIConnectionError:
    """Return the error for a proxy that refused to connect.

    A wrong password is not retried: some proxies lock the user out.

    Args:
        reason: its status, or the message of httpcore about a SOCKS proxy.
        way: the proxy, for example " through the proxy proxy.example:3128".
        url: the URL of the request.
    """
    status = reason.partition(" ")[0]
    # These are messages of httpcore.
    denied = status in ("401", "407") or reason.startswith(
        ("Requested ", "Invalid username/password")
    )
    if status.isdigit():
        passing = is_passing_status(int(status))
    else:
        passing = not denied and "ruleset" not in reason
    error = APIConnectionError(
        f"no connection{way or ' through the proxy'}: {reason.rstrip('.')}",
        sent=False,
        lasting=not passing,
        url=url,
    )
    if denied:
        error.hint = PROXY_LOGIN_HINT
    return error
