"""The sockets of the async client, for httpcore, on asyncio and trio."""

from __future__ import annotations

import contextlib
import math
import socket
import ssl
from collections.abc import Iterable
from concurrent.futures import Future
from typing import TypeVar

import anyio
import anyio.from_thread
import httpcore
from anyio.lowlevel import checkpoint, current_token

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
from magickpen.network.sockets import Tls, Wait, Waits, connecting

T = TypeVar("T")

_ERRORS = (OSError, ValueError, anyio.BusyResourceError, anyio.ClosedResourceError)


class AsyncBackend(BaseBackend, httpcore.AsyncNetworkBackend):
    """Makes one connection, awaiting."""

    blocking = False

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> AsyncStream:
        try:
            with anyio.fail_after(self._end(timeout).remaining()):
                addresses = await _result(addresses_of(host, port))
                usable = self._usable(host, addresses)
                connected = await _connected(connecting(usable, self._tried))
        except (OSError, UnicodeError) as error:
            raise self._failed(error) from error
        link = self._linked(connected)
        return AsyncStream(link, link)


class AsyncStream(BaseStream, httpcore.AsyncNetworkStream):
    """A connection, or TLS over it, awaiting."""

    async def read(self, max_bytes: int, timeout: float | None = CONNECT_TIMEOUT) -> bytes:
        data = await self._run(self._layer.receive(max_bytes), timeout, READING)
        self._link.received.add(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = CONNECT_TIMEOUT) -> None:
        self._link.received = Received()
        await self._run(self._layer.send(buffer), timeout, WRITING)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> AsyncStream:
        tls = Tls(self._layer, ssl_context, server_hostname)
        await self._run(tls.handshake(), timeout, CONNECTING)
        return AsyncStream(self._link, tls)

    async def aclose(self) -> None:
        self._link.close()

    async def _run(self, steps: Waits[T], timeout: float | None, failures: Failures) -> T:
        link = self._link
        link.timeout = math.inf if timeout is None else timeout
        try:
            with link:
                try:
                    wait = next(steps)
                except StopIteration:
                    await checkpoint()
                    raise
                with anyio.move_on_after(link.seconds(0.0)):
                    while True:
                        await _ready(wait)
                        wait = steps.send(wait.sockets)
                raise TimeoutError("timed out")
        except StopIteration as end:
            result: T = end.value
            return result
        except _ERRORS as error:
            raise failures.translated(error) from error


async def _result(future: Future[T]) -> T:
    if not future.done():
        done, token = anyio.Event(), current_token()

        def tell(_: object) -> None:
            # The event loop may have ended.
            with contextlib.suppress(RuntimeError):
                anyio.from_thread.run_sync(done.set, token=token)

        future.add_done_callback(tell)
        await done.wait()
    return future.result()


async def _connected(steps: Waits[socket.socket]) -> socket.socket:
    try:
        wait = next(steps)
        while True:
            wait = steps.send(await _first_ready(wait))
    except StopIteration as end:
        connected: socket.socket = end.value
        return connected
    finally:
        steps.close()


async def _ready(wait: Wait) -> None:
    await (anyio.wait_writable if wait.writing else anyio.wait_readable)(wait.sockets[0])


async def _first_ready(wait: Wait) -> list[socket.socket]:
    ready: list[socket.socket] = []

    async def watch(connecting_socket: socket.socket) -> None:
        await anyio.wait_writable(connecting_socket)
        ready.append(connecting_socket)
        tasks.cancel_scope.cancel()

    with anyio.move_on_after(wait.seconds):
        async with anyio.create_task_group() as tasks:
            for each in wait.sockets:
                tasks.start_soon(watch, each)
    return ready
