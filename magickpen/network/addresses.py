"""The addresses of a host: their look-up, their order, and which of them a request may go to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from itertools import chain, zip_longest
from typing import Any, NamedTuple

from magickpen.core.addresses import Reach, reach_of_address
from magickpen.core.errors import ResponseError

CONNECT_TIMEOUT = 10.0
"""Seconds for making a connection, and for each step of a handshake with a SOCKS proxy."""


class Address(NamedTuple):
    """An address to connect to, as `socket.getaddrinfo` returns it."""

    family: int
    kind: int
    protocol: int
    name: str
    address: Any


def addresses_of(host: str, port: int) -> Future[list[Address]]:
    """Return the addresses of a host, in the order that the system prefers.

    Nothing ends a look-up, so a thread makes it. If the host is an address, none is needed.
    """
    found: Future[list[Address]] = Future()

    def look_up(flags: int = 0) -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
            found.set_result([Address(*info) for info in infos])
        except (OSError, UnicodeError) as error:
            if not flags:
                found.set_exception(error)

    look_up(socket.AI_NUMERICHOST)
    if not found.done():
        try:
            threading.Thread(target=look_up, name="magickpen-look-up", daemon=True).start()
        except RuntimeError:
            # The process has too many threads.
            look_up()
    return found


def permitted(host: str, addresses: Sequence[Address]) -> list[Address]:
    """Return the public ones of the addresses of a host, to which a public site may lead.

    Raises:
        ResponseError: none is public.
    """
    reaches = {found: reach_of_address(str(found.address[0])) for found in addresses}
    public = [found for found, reach in reaches.items() if reach is Reach.PUBLIC]
    if not public:
        found, reach = next(iter(reaches.items()))
        raise ResponseError(
            f"{host} is at {found.address[0]}: {reach.value}, to which a public site may not lead"
        )
    return public


def in_turn(addresses: Sequence[Address]) -> list[Address]:
    """Return the addresses with the two families in turn (RFC 8305, section 4)."""
    first = [found for found in addresses if found.family == addresses[0].family]
    second = [found for found in addresses if found.family != addresses[0].family]
    pairs = chain.from_iterable(zip_longest(first, second))
    return [found for found in dict.fromkeys(pairs) if found is not None]
