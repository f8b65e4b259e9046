"""The settings of a call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import SplitResult, urlsplit

from magickpen.core.checks import (
    check_choice,
    check_seconds,
    check_type,
    check_whole_number,
    is_header_value,
    kind_of,
)
from magickpen.core.defaults import (
    API_URL,
    DEFAULT_DEADLINE,
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    MODELS,
    SITE_URL,
    EndpointName,
)
from magickpen.core.discovery_limits import DiscoveryLimits
from magickpen.core.endpoints import ENDPOINTS
from magickpen.core.errors import ConfigurationError
from magickpen.core.redaction import Redact, redactor
from magickpen.core.stop import checked_stop

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

ENCODED = "; in a user name or password, write / ? # @ : as %2F %3F %23 %40 %3A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a call. Times are in seconds; `math.inf` stands for no bound.

    Raises:
        ConfigurationError: a value is of the wrong kind or out of its range.
    """

    base_url: str = SITE_URL
    api_url: str = API_URL
    model: str = MODELS[0]
    endpoint: EndpointName = "ask"
    timeout: float = DEFAULT_TIMEOUT
    deadline: float = DEFAULT_DEADLINE
    max_retries: int = DEFAULT_MAX_RETRIES
    retry_unanswered: bool = False
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    turnstile_token: str = field(default="", repr=False)
    stop: tuple[str, ...] = ()
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
        check_type("retry_unanswered", self.retry_unanswered, bool, "True or False")
        check_whole_number("max_reply_bytes", self.max_reply_bytes, least=1)
        check_type("turnstile_token", self.turnstile_token, str, "a string")
        check_type("discovery_limits", self.discovery_limits, DiscoveryLimits, "DiscoveryLimits")
        set_field(self, "stop", checked_stop(self.stop))
        set_field(self, "headers", _checked_headers(self.headers))

    def redactor(self, *secrets: str) -> Redact:
        """Return a function that removes these secrets and those of the settings from a text."""
        return redactor(self.headers, self.turnstile_token, *secrets)


def without_userinfo(url: str) -> str:
    """Return the URL without its user name and password."""
    # A password may contain unescaped delimiters, so what looks like the path may belong to it.
    before, _, shown = url.rpartition("@")
    scheme, separator, _ = before.partition("://")
    return f"{scheme}{separator}{shown}" if separator else shown


def check_url(name: str, url: object, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """Check a URL and return it without a trailing slash.

    Args:
        name: the name of the argument, for the error.
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
        valid = _names_host(url, parts, schemes)
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError as error:
        reason = f": {error}" if "@" not in url else ENCODED
        raise ConfigurationError(f"{expected}, not {shown!r}{reason}") from None
    if not valid:
        raise ConfigurationError(f"{expected}, not {shown!r}")
    if not url.isascii():
        # It is sent in headers.
        raise ConfigurationError(f"{name} must be ASCII, not {shown!r}; write its host as {host!r}")
    if parts.query or parts.fragment:
        encoded = ENCODED if "@" in url else ""
        raise ConfigurationError(f"{name} must not have a query or a fragment: {shown!r}{encoded}")
    return url.rstrip("/")


def _names_host(url: str, parts: SplitResult, schemes: tuple[str, ...]) -> bool:
    plain = url.isprintable() and " " not in url
    return plain and parts.scheme in schemes and bool(parts.hostname) and parts.port != 0


def check_service_url(name: str, url: object) -> str:
    """Check the URL of the site or the API and return it without a trailing slash.

    It appears in messages and logs, so it must not contain a password.

    Raises:
        ConfigurationError: it is not the URL of a host, or has a user name.
    """
    checked = check_url(name, url)
    if "@" in urlsplit(checked).netloc:
        raise ConfigurationError(
            f"{name} must not contain a user name and password; use an authorization header"
        )
    return checked


def _checked_headers(headers: object) -> dict[str, str]:
    if not isinstance(headers, Mapping):
        raise ConfigurationError(f"headers must be a mapping of strings, not {kind_of(headers)}")
    checked: dict[str, str] = {}
    for name, value in cast(Mapping[object, object], headers).items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ConfigurationError("headers must be a mapping of strings to strings")
        if not _HEADER_NAME.fullmatch(name):
            raise ConfigurationError(
                f"headers: names must consist of letters, digits and hyphens, not {name!r}"
            )
        if not is_header_value(value):
            # The value may be a secret, so only the name is shown.
            raise ConfigurationError(
                "headers: values must be printable ASCII without leading or trailing spaces;"
                f" that of {name!r} is not"
            )
        checked[name.lower()] = value
    return checked
