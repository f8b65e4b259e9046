"""What a client is told once and a call may change, checked where it is given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict, Unpack, cast
from urllib.parse import unquote_to_bytes, urlsplit

from magickpen.core.checks import (
    check_choice,
    check_flag,
    check_seconds,
    check_string,
    check_whole_number,
    is_header_value,
    kind_of,
)
from magickpen.core.discovery_limits import DiscoveryLimits
from magickpen.core.endpoints import ENDPOINTS
from magickpen.core.errors import ConfigurationError
from magickpen.core.redaction import Redact, redactor

# docs/protocol.md, section 1.
SITE_URL = "https://magickpen.com"
API_URL = "https://api.magickpen.com"
MODELS = ("gpt-4o-mini",)

PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
SOCKS_LIMIT = 255

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

DEFAULT_TIMEOUT = 60.0
DEFAULT_MAX_RETRIES = 2


_ENCODED = "; in a user name and password, / ? # @ and : are written %2F %3F %23 %40 and %3A"


class CallOptions(TypedDict, total=False):
    """What a call may change of its client's settings; None leaves a setting as it is.

    Attributes:
        model: the name of the model; there is one.
        endpoint: "ask", which takes a conversation as one text, or "chat", which takes it as
            messages.
        timeout: patience for the next bytes, in seconds (60); `math.inf` for no bound. Connecting
            has 10 seconds of its own.
        deadline: seconds that the whole call may take (600), retries and stream included;
            `math.inf` for no bound.
        turnstile_token: a token of the site's Turnstile widget that you have.
    """

    model: str | None
    endpoint: str | None
    timeout: float | None
    deadline: float | None
    turnstile_token: str | None


class ClientOptions(CallOptions, total=False):
    """The settings of a client, beside those that a call may change.

    None stands for the default in the constructor, and changes nothing in `with_options`.

    Attributes:
        base_url: the URL of the site whose front-end holds the secrets. By default
            `MAGICKPEN_BASE_URL` or https://magickpen.com.
        api_url: the URL of the API. By default `MAGICKPEN_API_URL` or https://api.magickpen.com.
        max_retries: how often a failed request is sent again (2), where that is safe.
        retry_unanswered: whether a question is also sent again that may have reached the service,
            such as after a timeout. It may then count twice against your quota.
        headers: headers that are sent beside those of the protocol, or in their place.
        max_reply_bytes: the longest answer that is accepted, in bytes (16 MiB).
        discovery_limits: how far the search for the site's secrets may go.
    """

    base_url: str | None
    api_url: str | None
    max_retries: int | None
    retry_unanswered: bool | None
    headers: Mapping[str, str] | None
    max_reply_bytes: int | None
    discovery_limits: DiscoveryLimits | None


def check_options(options: Iterable[str], known: Iterable[str]) -> None:
    """Raise `TypeError` for a keyword that is not known, as Python itself would."""
    for name in options:
        if name not in known:
            raise TypeError(f"there is no option {name!r}; there are {', '.join(known)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a call. Times are in seconds; `math.inf` stands for no bound.

    Raises:
        ConfigurationError: a value is of the wrong kind or out of its range.
    """

    base_url: str = SITE_URL
    api_url: str = API_URL
    model: str = MODELS[0]
    endpoint: str = "ask"
    timeout: float = DEFAULT_TIMEOUT
    deadline: float = 600.0
    max_retries: int = DEFAULT_MAX_RETRIES
    retry_unanswered: bool = False
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    turnstile_token: str = field(default="", repr=False)
    max_reply_bytes: int = 16 * 1024 * 1024
    discovery_limits: DiscoveryLimits = field(default_factory=DiscoveryLimits)

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "base_url", check_service_url("base_url", self.base_url))
        set_field(self, "api_url", check_service_url("api_url", self.api_url))
        check_choice("model", self.model, MODELS)
        check_choice("endpoint", self.endpoint, tuple(ENDPOINTS))
        set_field(self, "timeout", check_seconds("timeout", self.timeout))
        set_field(self, "deadline", check_seconds("deadline", self.deadline))
        check_whole_number("max_retries", self.max_retries, least=0)
        check_flag("retry_unanswered", self.retry_unanswered)
        check_whole_number("max_reply_bytes", self.max_reply_bytes, least=1)
        check_string("turnstile_token", self.turnstile_token)
        _check_limits(self.discovery_limits)
        set_field(self, "headers", _checked_headers(self.headers))

    def redactor(self, *secrets: str) -> Redact:
        """Return what takes these secrets, and the private ones of the settings, out of a text."""
        return redactor(self.headers, self.turnstile_token, *secrets)

    def changed(self, **changes: Unpack[ClientOptions]) -> Settings:
        """Return these settings with some others in their place; None changes nothing."""
        given: dict[str, Any] = {
            name: value for name, value in changes.items() if value is not None
        }
        return replace(self, **given) if given else self


def without_userinfo(url: str) -> str:
    """Return the URL without the user name and password that it may hold."""
    # A password may hold what ends one in a URL, so what looks like the path may be a part of it.
    before, _, shown = url.rpartition("@")
    scheme, separator, _ = before.partition("://")
    return f"{scheme}{separator}{shown}" if separator else shown


def check_url(name: str, url: object, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """Return the URL without a slash at its end.

    Args:
        name: what the caller knows the value as, for the error.
        url: the value.
        schemes: the schemes that are allowed.

    Raises:
        ConfigurationError: it is not the URL of a host.
    """
    kinds = " or ".join(f"{scheme}://" for scheme in schemes)
    expected = f"{name} must be a URL that begins with {kinds}"
    if not isinstance(url, str):
        raise ConfigurationError(f"{expected}, not {kind_of(url)}")
    shown = without_userinfo(url)
    try:
        parts = urlsplit(url)
        valid = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError as error:
        reason = f": {error}" if "@" not in url else _ENCODED
        raise ConfigurationError(f"{expected}, not {shown!r}{reason}") from None
    if not valid or not url.isprintable() or " " in url:
        raise ConfigurationError(f"{expected}, not {shown!r}")
    if not url.isascii():
        # It stands in headers.
        raise ConfigurationError(f"{name} must be in ASCII, not {shown!r}; its host is {host!r}")
    if parts.query or parts.fragment:
        encoded = _ENCODED if "@" in url else ""
        raise ConfigurationError(
            f"{name} must have no query and no fragment, as {shown!r} has{encoded}"
        )
    return url.rstrip("/")


def check_proxy_url(name: str, url: object) -> str:
    """Return the URL of a proxy without a slash at its end.

    Raises:
        ConfigurationError: it is not the URL of a proxy.
    """
    checked = check_url(name, url, PROXY_SCHEMES)
    parts = urlsplit(checked)
    if parts.path:
        shown = without_userinfo(checked)
        encoded = _ENCODED if "@" in checked else ""
        raise ConfigurationError(f"{name} must have no path, as {shown!r} has{encoded}")
    for part in (parts.username, parts.password):
        if parts.scheme.startswith("socks") and len(unquote_to_bytes(part or "")) > SOCKS_LIMIT:
            raise ConfigurationError(
                f"{name} must have no user name and password of more than {SOCKS_LIMIT} bytes,"
                " which SOCKS cannot send"
            )
    return checked


def check_service_url(name: str, url: object) -> str:
    """Return the URL of the site or the API without a slash at its end.

    Such a URL stands in messages and logs, so it may hold no password.

    Raises:
        ConfigurationError: it is not the URL of a host, or has a user name.
    """
    checked = check_url(name, url)
    if "@" in urlsplit(checked).netloc:
        raise ConfigurationError(
            f"{name} must have no user name and password; headers can hold an authorization"
        )
    return checked


def _check_limits(value: object) -> None:
    if not isinstance(value, DiscoveryLimits):
        raise ConfigurationError(f"discovery_limits must be DiscoveryLimits, not {kind_of(value)}")


def _checked_headers(headers: object) -> dict[str, str]:
    if not isinstance(headers, Mapping):
        raise ConfigurationError(f"headers must be a mapping of strings, not {kind_of(headers)}")
    checked: dict[str, str] = {}
    for name, value in cast(Mapping[object, object], headers).items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ConfigurationError("headers must be a mapping of strings to strings")
        if not _HEADER_NAME.fullmatch(name):
            raise ConfigurationError(
                f"headers must have names of letters, digits and hyphens, not {name!r}"
            )
        if not is_header_value(value):
            # The value may be a secret, so the name alone is shown.
            raise ConfigurationError(
                f"headers must be printable ASCII without spaces at the ends; that of {name!r}"
                " is not"
            )
        checked[name.lower()] = value
    return checked
