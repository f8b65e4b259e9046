"""Proxies: their URLs, what they refuse, and the handshake with a SOCKS proxy."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from magickpen.core.errors import APIConnectionError, ConfigurationError
from magickpen.core.refusals import PROXY_LOGIN_HINT
from magickpen.core.retry import is_passing_status
from magickpen.core.settings import ENCODED, check_url, without_userinfo

_SCHEMES = ("http", "https", "socks5", "socks5h")
_SOCKS_LIMIT = 255
_PORTS = {"http": 80, "https": 443}


def check_proxy_url(name: str, url: object) -> str:
    """Check the URL of a proxy and return it without a trailing slash.

    Raises:
        ConfigurationError: it is not the URL of a proxy.
    """
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
    denied = status == "407" or reason.startswith(("Requested ", "Invalid username/password"))
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


class ProxyWay:
    """Finds the proxy on the way to the service in the trace events of httpcore.

    Args:
        url: the URL of the service.
        patience: seconds for each step of a handshake with a SOCKS proxy; None for no bound.

    Attributes:
        text: "", " to the proxy …", or " through the proxy …" if the proxy was reached.
    """

    def __init__(self, url: str, patience: float | None) -> None:
        parts = urlsplit(url)
        self._service = (parts.hostname, parts.port or _PORTS.get(parts.scheme))
        self._patience = patience
        self._library: Any = None
        self.text: str = ""

    def observe(self, event: str, info: dict[str, Any]) -> None:
        """Process a trace event.

        Raises:
            ProxyError: that of httpcore: the proxy does not speak SOCKS.
        """
        match event.partition(".")[2]:
            case "connect_tcp.started":
                host, port = info["host"], info["port"]
                self.text = f" to the proxy {host}:{port}" * ((host, port) != self._service)
            case "connect_tcp.complete":
                self.text = self.text.replace(" to ", " through ", 1)
            case "setup_socks5_connection.started":
                # httpcore 1.0.9 waits for a SOCKS proxy forever, and logs the password. It takes
                # both the stream and the password from `info`.
                self._library = sys.modules[type(info["stream"]).__module__.partition(".")[0]]
                info["stream"] = _ImpatientStream(info["stream"], self._patience)
                info["auth"] = info["auth"] and _Unshown(info["auth"])
            case "setup_socks5_connection.failed":
                error = info["exception"]
                kind = getattr(self._library, "ProxyError", None)
                if kind is not None and isinstance(error, Exception) and not _is_httpcores(error):
                    raise kind("it does not speak SOCKS5") from error
            case _:
                pass


class _ImpatientStream:
    """A network stream, blocking or async, with a timeout for each step."""

    def __init__(self, stream: Any, patience: float | None) -> None:
        self._stream = stream
        self._patience = patience

    def read(self, max_bytes: int, **_: object) -> Any:
        return self._stream.read(max_bytes, timeout=self._patience)

    def write(self, buffer: bytes, **_: object) -> Any:
        return self._stream.write(buffer, timeout=self._patience)


class _Unshown(tuple[bytes, ...]):
    """A user name and password that logs do not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "…"


def _is_httpcores(error: Exception) -> bool:
    return type(error).__module__.startswith("httpcore")
