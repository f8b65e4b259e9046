"""Carries out the effects of flows, awaiting; `magickpen.sync.driver` does so blocking."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import NamedTuple, TypeVar, assert_never

import anyio
import anyio.to_thread
from anyio.lowlevel import current_token

from magickpen.core.deadline import Deadline
from magickpen.core.effects import Exclusive, Flow, Open, Read, Run, Sleep, Steps
from magickpen.core.errors import ConfigurationError, MagickPenError
from magickpen.network.async_transport import (
    AsyncBody,
    AsyncHttpClient,
    AsyncHttpxTransport,
)
from magickpen.network.library import library_of

R = TypeVar("R")


class _Pool(NamedTuple):
    transport: AsyncHttpxTransport
    event_loop: object
    connections: AsyncGenerator[None]


class AsyncDriver:
    """Runs flows over a pool of connections, which is made at the first use."""

    def __init__(self, http_client: AsyncHttpClient | None, proxy: str | None) -> None:
        if http_client is not None:
            library_of(http_client, "AsyncClient")
        self._http_client = http_client
        self._proxy = proxy
        # By event loop: connections belong to the one that opened them.
        self._pools: dict[object, _Pool] = {}
        self._closed = False

    async def run(self, flow: Flow[R]) -> R:
        """Run a flow that reads each body that it opens, and return its result."""
        return (await self._drive(flow, await self._pool()))[0]

    async def open(self, flow: Flow[None]) -> AsyncBody:
        """Run a flow that leaves a body open, and return the body."""
        body = (await self._drive(flow, await self._pool()))[1]
        assert body is not None, "the flow ended without an open body"
        return body

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        self._closed = True
        pool = self._pools.get(current_token().native_token)
        if pool is not None:
            await pool.connections.aclose()

    async def _pool(self) -> _Pool:
        if self._closed:
            raise ConfigurationError("the client is closed; ask before its `async with` block ends")
        event_loop = current_token().native_token
        pool = self._pools.get(event_loop)
        if pool is None:
            transport = AsyncHttpxTransport(self._http_client, self._proxy)
            connections = self._opened(event_loop, transport)
            pool = _Pool(transport, event_loop, connections)
            if self._http_client is None:
                self._pools[event_loop] = pool
                await anext(connections)
            else:
                # The caller's connections are the caller's to close, and belong to one event loop.
                self._pools = {event_loop: pool}
        return pool

    async def _opened(
        self, event_loop: object, transport: AsyncHttpxTransport
    ) -> AsyncGenerator[None]:
        # An event loop that ends closes the generators that began in it, and so its connections.
        try:
            yield
        finally:
            del self._pools[event_loop]
            await transport.aclose()

    async def _drive(self, flow: Flow[R], pool: _Pool) -> tuple[R, AsyncBody | None]:
        steps = Steps(flow)
        body: AsyncBody | None = None
        try:
            for effect in steps:
                try:
                    match effect:
                        case Open(request):
                            assert body is None, "the last body was not read"
                            body = await pool.transport.open(request)
                            steps.result = body.head
                        case Read(limit):
                            assert body is not None, "nothing was opened"
                            opened, body = body, None
                            steps.result = await opened.read(limit)
                        case Sleep(seconds):
                            await anyio.sleep(seconds)
                        case Exclusive(mutex, inner, deadline):
                            async with _held(mutex.lock(pool.event_loop, anyio.Lock), deadline):
                                steps.result = (await self._drive(inner, pool))[0]
                        case Run(function):
                            steps.result = await anyio.to_thread.run_sync(
                                function, abandon_on_cancel=True
                            )
                        case _:
                            assert_never(effect)
                except MagickPenError as failure:
                    steps.failure = failure
        except BaseException:
            steps.close()
            if body is not None:
                await body.aclose()
            raise
        return steps.value, body


@asynccontextmanager
async def _held(lock: anyio.Lock, deadline: Deadline) -> AsyncGenerator[None]:
    try:
        with anyio.fail_after(deadline.remaining()):
            await lock.acquire()
    except TimeoutError:
        raise deadline.error() from None
    try:
        yield
    finally:
        lock.release()
