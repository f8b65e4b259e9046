"""Carries out the effects of flows, awaiting; `magickpen.sync.driver` does so blocking."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar, assert_never, runtime_checkable
from weakref import WeakKeyDictionary

import anyio
import anyio.to_thread
from anyio.lowlevel import current_token

from magickpen.core.deadline import Deadline
from magickpen.core.effects import Exclusive, Finish, Flow, Open, Read, Run, Sleep, Steps
from magickpen.core.errors import ConfigurationError, MagickPenError
from magickpen.network.async_transport import (
    AsyncBody,
    AsyncHttpClient,
    AsyncHttpxTransport,
)
from magickpen.network.library import library_of
from magickpen.network.proxy import Route

R = TypeVar("R")


@runtime_checkable
class AsyncioLoop(Protocol):
    """The event loop of asyncio, which takes long to import."""

    def is_closed(self) -> bool:
        """Return whether it is closed."""
        ...


class AsyncDriver:
    """Runs flows over a pool of connections, which is made at the first use.

    Attributes:
        closed: whether it is closed.
    """

    def __init__(self, http_client: AsyncHttpClient | None, route: Route) -> None:
        if http_client is not None:
            library_of(http_client, "AsyncClient")
        self._http_client = http_client
        self._route = route
        # Connections belong to the event loop that opened them.
        self._transports: WeakKeyDictionary[object, AsyncHttpxTransport] = WeakKeyDictionary()
        self.closed: bool = False

    async def run(self, flow: Flow[R]) -> R:
        """Run a flow that reads each body that it opens, and return its result."""
        return (await self._drive(flow))[0]

    async def open(self, flow: Flow[None]) -> AsyncBody:
        """Run a flow that leaves a body open, and return the body."""
        body = (await self._drive(flow))[1]
        assert body is not None, "the flow ended without an open body"
        return body

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        self.closed = True
        transport = self._transports.pop(current_token().native_token, None)
        if transport is not None:
            await transport.aclose()

    def _check_open(self) -> None:
        if self.closed:
            raise ConfigurationError("the client is closed; ask before its `async with` block ends")

    def _transport(self) -> AsyncHttpxTransport:
        # It may have been closed since the call began.
        self._check_open()
        event_loop = current_token().native_token
        transport = self._transports.get(event_loop)
        if transport is None:
            self._drop_closed_loops()
            transport = AsyncHttpxTransport(self._http_client, self._route)
            self._transports[event_loop] = transport
        return transport

    def _drop_closed_loops(self) -> None:
        for event_loop, transport in list(self._transports.items()):
            # Those of trio end with their loop.
            if isinstance(event_loop, AsyncioLoop) and event_loop.is_closed():
                del self._transports[event_loop]
                transport.drop()

    async def _drive(self, flow: Flow[R]) -> tuple[R, AsyncBody | None]:
        self._check_open()
        steps = Steps(flow)
        body: AsyncBody | None = None
        try:
            for effect in steps:
                try:
                    match effect:
                        case Open(request):
                            assert body is None, "the last body was not read"
                            body = await self._transport().open(request)
                            steps.result = body.head
                        case Read(limit):
                            assert body is not None, "nothing was opened"
                            opened, body = body, None
                            steps.result = await opened.read(limit)
                        case Sleep(seconds):
                            await anyio.sleep(seconds)
                        case Exclusive(mutex, inner, deadline):
                            realm = current_token().native_token
                            async with _held(mutex.lock(realm, anyio.Lock), deadline):
                                steps.result = (await self._drive(inner))[0]
                        case Run(function):
                            steps.result = await anyio.to_thread.run_sync(
                                function, abandon_on_cancel=True
                            )
                        case Finish(stream):
                            steps.result = await stream.reply()
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
