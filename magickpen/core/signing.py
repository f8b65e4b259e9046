"""The secrets of a site, and the signature of a request (docs/protocol.md, section 3)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

from magickpen.core.checks import check_type, is_header_value
from magickpen.core.errors import ConfigurationError
from magickpen.core.runtime import Runtime

KNOWN_SALT = "TGDBU9zCgM"
"""The salt of every public client; used if none is found in the site's scripts."""

UNPROVED = (
    "they were found in its scripts, but not seen to be sent in a signed request, or their salt was"
    " not seen at all"
)
"""Explains that the secrets of a site are not proved."""


def masked(secret: str) -> str:
    """Return just enough of a secret to distinguish it from another one."""
    return f"{secret[:3]}…" if len(secret) > 8 else "…"


@dataclass(frozen=True, slots=True)
class SiteSecrets:
    """The constants in the site's front-end that sign requests (docs/protocol.md, section 2).

    The repr does not show them.

    Attributes:
        x_api_secret: the API secret.
        secret: the second value that is sent.
        salt: part of the signature; it is not sent.
        proved: whether all three were seen in the signing of a request. If not, they are likely,
            and the service may refuse them. It does not count in comparisons.

    Raises:
        ConfigurationError: a value cannot be sent.
    """

    x_api_secret: str
    secret: str
    salt: str = KNOWN_SALT
    proved: bool = field(default=True, compare=False, kw_only=True)

    def __post_init__(self) -> None:
        for name in ("x_api_secret", "secret", "salt"):
            check_type(name, getattr(self, name), str, "a string")
        check_type("proved", self.proved, bool, "True or False")
        # The values are secrets, so only the name is shown.
        for name in ("x_api_secret", "secret"):
            value: str = getattr(self, name)
            if not value or not is_header_value(value):
                raise ConfigurationError(
                    f"{name} must be non-empty printable ASCII without leading or trailing spaces"
                )
        if not self.salt or any("\ud800" <= character <= "\udfff" for character in self.salt):
            raise ConfigurationError("salt must be a non-empty string without lone surrogates")

    def __repr__(self) -> str:
        shown = f"x_api_secret='{masked(self.x_api_secret)}', secret='…', salt='…'"
        return f"SiteSecrets({shown}, proved={self.proved})"


class ApiCredentials(NamedTuple):
    """The values that sign one request, sent as five headers. The repr does not show them."""

    x_api_secret: str
    signature: str
    timestamp: str
    nonce: str
    secret: str

    def __repr__(self) -> str:
        return f"ApiCredentials(x_api_secret='{masked(self.x_api_secret)}', …)"

    def headers(self) -> dict[str, str]:
        """Return the five headers, with names in lower case."""
        return {
            "x-api-secret": self.x_api_secret,
            "secret": self.secret,
            "signature": self.signature,
            "timestamp": self.timestamp,
            "nonce": self.nonce,
        }


def sign(secrets: SiteSecrets, timestamp: str, nonce: str) -> ApiCredentials:
    """Sign a request that is sent at `timestamp` with `nonce`.

    Args:
        secrets: the secrets of the site.
        timestamp: milliseconds since the epoch, as decimal digits.
        nonce: a random decimal fraction, as JavaScript prints it.
    """
    # JavaScript sorts strings by UTF-16 code units.
    parts = sorted([secrets.salt, timestamp, nonce], key=lambda part: part.encode("utf-16-be"))
    signature = hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()
    return ApiCredentials(secrets.x_api_secret, signature, timestamp, nonce, secrets.secret)


def sign_now(secrets: SiteSecrets, runtime: Runtime) -> ApiCredentials:
    """Sign a request that is sent now, with a nonce of its own."""
    return sign(secrets, make_timestamp(runtime.time()), make_nonce(runtime.random()))


def make_timestamp(seconds: float) -> str:
    """Return the seconds since the epoch in the form of the service: whole milliseconds."""
    return str(int(seconds * 1000))


def make_nonce(random: float) -> str:
    """Return a number from 0 to 1 in the notation of JavaScript.

    Python uses an exponent below 0.0001, JavaScript below 0.000001 and with fewer digits.
    """
    text = repr(random)
    if random == 0:
        return "0"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e-")
    places = int(exponent)
    if places > 6:
        return f"{mantissa}e-{places}"
    return "0." + "0" * (places - 1) + mantissa.replace(".", "")
