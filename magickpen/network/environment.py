"""The proxy that the environment names for a request, and the exceptions that it makes.

These variables are shared by all programs of a machine, so only the one that concerns a request is
read, and what no program of this kind understands is passed over.
"""

from __future__ import annotations

import functools
import os
import re
import socket
import sys
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import NamedTuple, TypeAlias

from magickpen.core.addresses import connection_host
from magickpen.core.effects import logger
from magickpen.core.settings import without_userinfo
from magickpen.network.proxy import check_proxy_url

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SHOWN = 60
"""Characters of an entry that the log shows."""


def proxy_for(scheme: str, host: str, port: int) -> tuple[str, str] | None:
    """Return the proxy that the environment names for an origin, or None for a direct connection.

    Args:
        scheme: "http" or "https".
        host: a name or an address, an IPv6 address with or without its brackets.
        port: the port.

    Returns:
        The name of the variable, and the URL of the proxy.

    Raises:
        ConfigurationError: the variable for this origin does not hold the URL of a proxy.
    """
    name, value = _setting(scheme)
    if not value:
        return None
    host, address = _normal(host)
    if _is_loopback(host, address):
        return None
    excepted = _exceptions(*_variable("no"))
    if any(entry.covers(host, address, port) for entry in excepted):
        return None
    return name, check_proxy_url(name, value if _SCHEME.match(value) else f"http://{value}")


def _setting(scheme: str) -> tuple[str, str]:
    """Return the name and the value of the setting for a scheme; the value is "" for no proxy."""
    found = [_variable(kind) for kind in (scheme, "all")]
    for name, value in found:
        if value:
            return name, value
    if sys.platform in ("darwin", "win32") and not any(name for name, _ in found):
        # It takes long to import.
        from urllib.request import getproxies  # noqa: PLC0415

        return f"the {scheme} proxy in the settings of the system", getproxies().get(scheme, "")
    return "", ""


def _variable(kind: str) -> tuple[str, str]:
    """Return the name and the value of a variable, or two empty strings if it is not set."""
    names = [f"{kind}_proxy", f"{kind}_proxy".upper()]
    if kind == "http" and "REQUEST_METHOD" in os.environ:
        # A web server sets HTTP_PROXY for a CGI program from the header "Proxy" of a request.
        # Windows does not tell it from http_proxy.
        del names[0 if os.name == "nt" else 1 :]
    for name in names:
        if name in os.environ:
            return name, os.environ.get(name, "").strip()
    return "", ""


def _normal(host: str) -> tuple[str, Address | None]:
    """Return a host in the form in which it is connected to, and its address if it is one."""
    host = host.strip("[]").rstrip(".").lower()
    address = _address(host)
    return ("" if address else connection_host(host) or host), address


def _address(text: str) -> Address | None:
    text = text.partition("%")[0]
    try:
        address = ip_address(text)
    except ValueError:
        pass
    else:
        return getattr(address, "ipv4_mapped", None) or address
    try:
        # Resolvers take 127.1 and 0x7f000001 for 127.0.0.1.
        return IPv4Address(socket.inet_aton(text))
    except (OSError, ValueError):
        return None


def _is_loopback(host: str, address: Address | None) -> bool:
    if address is not None:
        return address.is_loopback or address.is_unspecified
    return host == "localhost" or host.endswith(".localhost")


class _Entry(NamedTuple):
    """What an entry of NO_PROXY covers: all hosts, or a name, or a network.

    Attributes:
        port: the only port, or None for all.
        name: a name, which covers its subdomains, too.
        network: a network, or one address.
    """

    port: int | None
    name: str = ""
    network: Network | None = None

    def covers(self, host: str, address: Address | None, port: int) -> bool:
        if self.port not in (None, port):
            return False
        if self.network is not None:
            return address is not None and address in self.network
        return not self.name or host == self.name or host.endswith(f".{self.name}")


@functools.lru_cache(maxsize=8)
def _exceptions(variable: str, value: str) -> tuple[_Entry, ...]:
    # The cache makes the log tell of an entry once.
    entries: list[_Entry] = []
    for text in re.split(r"[\s,]+", value):
        try:
            if text:
                entries.append(_entry(text))
        except ValueError:
            shown = without_userinfo(text)[:_SHOWN]
            logger.warning("%s: the entry %r cannot be read, and is passed over", variable, shown)
    return tuple(entries)


def _entry(text: str) -> _Entry:
    """Return what an entry covers.

    Raises:
        ValueError: it cannot be read.
    """
    host, port = text, None
    # A colon also stands in IPv6 addresses, which have brackets if a port follows.
    if text.count(":") == 1 or "]:" in text:
        host, _, digits = text.rpartition(":")
        port = int(digits)
        if not 0 < port < 65536:
            raise ValueError(digits)
    if host == "*":
        return _Entry(port)
    host = re.sub(r"^\[(.*)\]", r"\1", host)
    if "/" in host:
        return _Entry(port, network=_network(host))
    address = _address(host)
    if address is not None:
        return _Entry(port, network=ip_network(address))
    name = connection_host(host.removeprefix("*").lstrip(".").rstrip("."))
    if not name or (host.startswith("*") and not host.startswith("*.")):
        raise ValueError(host)
    return _Entry(port, name)


def _network(text: str) -> Network:
    network = ip_network(text, strict=False)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < 96:
        return network
    return IPv4Network((mapped, network.prefixlen - 96))
