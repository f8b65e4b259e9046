"""Which hosts a site may lead to: a public one to no private address."""

from __future__ import annotations

import re
from enum import Enum
from urllib.parse import unquote, urlsplit

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")
_DISPUTED = frozenset("ßς\u200c\u200d")
"""What IDNA 2003, which Python has, and IDNA 2008 encode in different ways."""

_IPV4_PREFIXES = (0, 0x64FF9B << 64)
"""The upper 96 bits of IPv6 addresses that lead to IPv4 ones: `::/96` and `64:ff9b::/96`."""

_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)
_PRIVATE_SUFFIXES = (".local", ".internal", ".lan", ".home.arpa", ".test", ".localdomain")

MAX_URL_LENGTH = 8192
MAX_HOST_LENGTH = 1024


class Reach(Enum):
    """From where an address can be reached."""

    PUBLIC = "a public address"
    PRIVATE = "an address of a private network"
    LINK_LOCAL = "a link-local address"
    LOOPBACK = "an address of this machine"
    ODD = "an address in an odd spelling"


def connection_host(host: str) -> str:
    """Return a host in the form in which it is connected to; "" if it has none.

    Percent escapes are decoded, and names are encoded in ASCII, where full-width digits are digits.

    Args:
        host: a name or an address as in a URL, an IPv6 address without its brackets.
    """
    from ipaddress import IPv6Address  # noqa: PLC0415  few calls read the site

    try:
        if ":" in host:
            return IPv6Address(host).compressed if "%" not in host else ""
        host = unquote(host) if len(host) <= MAX_HOST_LENGTH else ""
        encoded = host.encode("idna").decode("ascii").lower()
    except ValueError:
        return ""
    return encoded if _HOST.fullmatch(encoded) and _DISPUTED.isdisjoint(host) else ""


def reach_of(host: str) -> Reach:
    """Return from where a host can be reached, as far as its name or address tells.

    Args:
        host: a name or an address, an IPv6 address without its brackets.
    """
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return Reach.LOOPBACK
    try:
        return reach_of_address(host)
    except ValueError:
        pass
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        # Browsers and resolvers take 2130706433 and 0x7f.1 for 127.0.0.1.
        return Reach.ODD
    if "." not in host or host.endswith(_PRIVATE_SUFFIXES):
        return Reach.PRIVATE
    return Reach.PUBLIC


def reach_of_address(address: str) -> Reach:
    """Return from where an IP address can be reached.

    Raises:
        ValueError: it is no IP address.
    """
    # Imported here, since few calls read the site, and each client would wait for it.
    from ipaddress import IPv4Address, IPv6Address, ip_address  # noqa: PLC0415

    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        number = int(ip)
        holds_ipv4 = number >> 32 in _IPV4_PREFIXES and number > 1
        embedded = IPv4Address(number & 0xFFFFFFFF) if holds_ipv4 else None
        ip = ip.ipv4_mapped or ip.sixtofour or embedded or ip
    if ip.is_loopback or ip.is_unspecified:
        return Reach.LOOPBACK
    if ip.is_link_local:
        return Reach.LINK_LOCAL
    return Reach.PUBLIC if ip.is_global and not ip.is_multicast else Reach.PRIVATE


def reach_of_url(url: str) -> Reach:
    """Return from where the host of a URL can be reached."""
    return reach_of(urlsplit(url).hostname or "")


def origin_of(url: str) -> str:
    """Return the scheme, host and port of a URL, all three in one spelling."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{connection_host(parts.hostname or '')}:{port}"


def objection(url: str, site: str, *, allow_private: bool = False) -> str:
    """Return why a site may not lead to a URL; "" where it may.

    Args:
        url: the URL.
        site: the URL of the site.
        allow_private: whether a public site may lead to addresses that are not.
    """
    if len(url) > MAX_URL_LENGTH or not url.isprintable():
        return "it is no URL"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "it is no URL"
    if parts.scheme not in ("http", "https"):
        return f"only http and https are read, not {parts.scheme[:20]}"
    if not host or host != connection_host(host) or port == 0 or "@" in parts.netloc:
        return "it does not name a host alone"
    reach = reach_of(host)
    if allow_private or reach in (Reach.PUBLIC, reach_of_url(site)):
        return ""
    return f"it is {reach.value}, to which a public site may not lead"
