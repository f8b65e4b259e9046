"""What the backends of both clients share: httpcore's interfaces to connections, without I/O."""

from __future__ import annotations

import math
import socket
import time
from typing import Any, NamedTuple

import httpcore

from magickpen.core.deadline import Deadline
from magickpen.network.addresses import Address, in_turn, permitted
from magickpen.network.sockets import Layer, Link, Tls, outcome_of, reason_of


class Failures(NamedTuple):
    """The errors of httpcore for an operation."""

    timeout: type[Exception]
    error: type[Exception]

    def translated(self, error: Exception, reason: str = "") -> Exception:
        """Return httpcore's error for one of the system."""
        kind = self.timeout if isinstance(error, TimeoutError) else self.error
        return kind(reason or reason_of(error))


CONNECTING = Failures(httpcore.ConnectTimeout, httpcore.ConnectError)
READING = Failures(httpcore.ReadTimeout, httpcore.ReadError)
WRITING = Failures(httpcore.WriteTimeout, httpcore.WriteError)


class BaseBackend:
    """Makes one connection.

    Args:
        deadline: that of the call that the connection is made for.
        proxy: the proxy that it leads to, which may be anywhere.
        public_only: whether it may only lead to a public address.

    Attributes:
        link: the connection, once there is one.
    """

    blocking: bool

    def __init__(
        self, deadline: Deadline, proxy: httpcore.Proxy | None, *, public_only: bool
    ) -> None:
        self.proxy: httpcore.Proxy | None = proxy
        self.public_only: bool = public_only
        self.link: Link | None = None
        self._deadline = deadline
        self._tried: dict[str, str] = {}
        self._closed = False

    def use(self, deadline: Deadline) -> None:
        """Bound what follows by the deadline of another call."""
        self._deadline = deadline
        if self.link is not None:
            self.link.ends = time.monotonic() + deadline.remaining()

    def close(self) -> None:
        """Close the connection, or interrupt whoever uses or makes it."""
        self._closed = True
        if self.link is not None:
            self.link.close()

    @property
    def tried(self) -> str:
        """The addresses that were tried and what came of them, or "" if one answered."""
        return "" if self.link else outcome_of(self._tried)

    def interrupt(self) -> None:
        """End the connection, and leave closing it to others."""
        if self.link is not None:
            self.link.interrupt()

    def _end(self, timeout: float | None) -> Deadline:
        seconds = math.inf if timeout is None else timeout
        return Deadline(self._deadline.limit(seconds), time.monotonic)

    def _usable(self, host: str, addresses: list[Address]) -> list[Address]:
        checked = self.public_only and self.proxy is None
        return in_turn(permitted(host, addresses) if checked else addresses)

    def _linked(self, connected: socket.socket) -> Link:
        self.link = link = Link(connected, blocking=self.blocking)
        self.use(self._deadline)
        if self._closed:
            # Another thread did so meanwhile.
            link.close()
        return link

    def _failed(self, error: Exception) -> Exception:
        return CONNECTING.translated(error, self.tried)


class BaseStream:
    """A connection, or TLS over it."""

    def __init__(self, link: Link, layer: Layer) -> None:
        self._link = link
        self._layer = layer

    def get_extra_info(self, info: str) -> Any:
        match info:
            case "is_readable":
                return self._layer.is_readable()
            case "socket":
                return self._link.socket
            case "ssl_object":
                return self._layer.object if isinstance(self._layer, Tls) else None
            case "client_addr":
                return self._link.socket.getsockname()
            case "server_addr":
                return self._link.socket.getpeername()
            case _:
                return None
