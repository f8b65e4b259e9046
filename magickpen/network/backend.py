"""The sockets of the blocking client, for httpcore."""

from __future__ import annotations

import math
import selectors
import socket
import ssl
import time
from collections.abc import Iterable
from typing import TypeVar

import httpcore

from magickpen.core.deadline import Deadline
from magickpen.network.addresses import CONNECT_TIMEOUT, addresses_of
from magickpen.network.connection import (
    CONNECTING,
    READING,
    WRITING,
    BaseBackend,
    BaseStream,
    Failures,
)
from magickpen.network.received import Received
from magickpen.network.sockets import Tls, Waits, connecting

T = TypeVar("T")


class Backend(BaseBackend, httpcore.NetworkBackend):
    """Makes one connection, blocking."""

    blocking = True

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> Stream:
        end = self._end(timeout)
        try:
            addresses = addresses_of(host, port).result(end.remaining())
            connected = _connected(connecting(self._usable(host, addresses), self._tried), end)
        except (OSError, UnicodeError) as error:
            raise self._failed(error) from error
        link = self._linked(connected)
        return Stream(link, link)


class Stream(BaseStream, httpcore.NetworkStream):
    """A connection, or TLS over it, blocking."""

    def read(self, max_bytes: int, timeout: float | None = CONNECT_TIMEOUT) -> bytes:
        data = self._run(self._layer.receive(max_bytes), timeout, READING)
        self._link.received.add(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = CONNECT_TIMEOUT) -> None:
        self._link.received = Received()
        self._run(self._layer.send(buffer), timeout, WRITING)

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> Stream:
        tls = Tls(self._layer, ssl_context, server_hostname)
        link, seconds = self._link, math.inf if timeout is None else timeout
        ends, link.ends = link.ends, min(link.ends, time.monotonic() + seconds)
        self._run(tls.handshake(), timeout, CONNECTING)
        link.ends = ends
        return Stream(self._link, tls)

    def close(self) -> None:
        self._link.close()

    def _run(self, steps: Waits[T], timeout: float | None, failures: Failures) -> T:
        self._link.timeout = math.inf if timeout is None else timeout
        try:
            with self._link:
                # The socket has a timeout: it waits by itself.
                next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
        except OSError as error:
            raise failures.translated(error) from error
        raise AssertionError("a socket with a timeout would block")


def _connected(steps: Waits[socket.socket], end: Deadline) -> socket.socket:
    try:
        wait = next(steps)
        while True:
            seconds = end.limit(wait.seconds)
            with selectors.DefaultSelector() as selector:
                for waiting in wait.sockets:
                    selector.register(waiting, selectors.EVENT_WRITE, waiting)
                events = selector.select(None if seconds == math.inf else seconds)
            if not events and end.passed:
                raise TimeoutError
            wait = steps.send([key.data for key, _ in events])
    except StopIteration as stop:
        connected: socket.socket = stop.value
        return connected
    finally:
        steps.close()
