"""Sends requests with an async client of httpx or httpx2, on asyncio or trio."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Awaitable, Callable, Coroutine
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import anyio

from magickpen.core.http import Request
from magickpen.network.base import BaseBody, BaseTransport
from magickpen.network.library import built_request, send_options, translated
from magickpen.network.trace import RequestTrace

if TYPE_CHECKING:
    import asyncio

    import httpx
    import httpx2

AsyncHttpClient: TypeAlias = "httpx.AsyncClient | httpx2.AsyncClient"

CLOSE_TIMEOUT = 2.0
"""Seconds for which closing a connection may delay a cancelled call."""


class AsyncHttpxTransport(BaseTransport["httpx.AsyncClient"]):
    """Carries requests over an async client."""

    def __init__(self, client: AsyncHttpClient | None, proxy: str | None) -> None:
        super().__init__("AsyncClient", client, proxy)
        self._run_soon = _run_soon()

    async def open(self, request: Request) -> AsyncBody:
        """Send the request and return the response, whose body has yet to be read.

        Raises:
            APIConnectionError: no head came.
        """
        self._check_open()
        built = built_request(self._client, request, self._library)
        trace = RequestTrace(self._client, request, built)
        built.extensions["trace"] = _hook(trace)
        built.stream = _body_class(self._library)(request.body)
        try:
            with anyio.fail_after(request.deadline.remaining()):
                response = await self._send(built, request, trace)
        except (self._library.HTTPError, TimeoutError, UnicodeError) as error:
            raise translated(error, request, trace, self._library) from error
        return AsyncBody(response, request, trace, self._library, self._run_soon)

    async def _send(
        self, built: httpx.Request, request: Request, trace: RequestTrace
    ) -> httpx.Response:
        try:
            return await self._client.send(built, **send_options(request))
        except BaseException:
            await _to_its_end(lambda: _close_rest(trace))
            raise

    async def aclose(self) -> None:
        """Close the connections, unless the client belongs to the caller."""
        if self._owned:
            await self._client.aclose()


@functools.cache
def _body_class(library: ModuleType) -> Callable[[bytes], httpx.AsyncByteStream]:
    base: Any = library.AsyncByteStream

    class RequestBody(base):  # type: ignore[misc]
        """A body in one piece. httpx uses a generator; trio warns if it is abandoned."""

        def __init__(self, content: bytes) -> None:
            self._pieces = [content] * bool(content)

        def __aiter__(self) -> Self:
            return self

        async def __anext__(self) -> bytes:
            if not self._pieces:
                raise StopAsyncIteration
            return self._pieces.pop()

    return RequestBody


def _hook(trace: RequestTrace) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
    async def hook(event: str, info: dict[str, Any]) -> None:
        trace.observe(event, info)

    return hook


async def _close_rest(trace: RequestTrace) -> None:
    for left in trace.settle():
        with contextlib.suppress(Exception):
            await left.aclose()


class AsyncBody(BaseBody):
    """The body of a response: an async iterator of bytes, as they arrive."""

    def __init__(
        self,
        response: httpx.Response,
        request: Request,
        trace: RequestTrace,
        library: ModuleType,
        run_soon: _RunSoon,
    ) -> None:
        super().__init__(response, request, trace, library)
        read = response.is_stream_consumed
        self._chunks = response.aiter_bytes() if read else response.aiter_raw()
        self._run_soon = run_soon

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            while not (piece := next(self._pieces, b"")):
                if self._unwatched:
                    with anyio.fail_after(self._request.deadline.remaining()):
                        chunk = await anext(self._chunks)
                else:
                    chunk = await anext(self._chunks)
                self._pieces = self._unpacked(chunk)
        except StopAsyncIteration:
            self._end()
            raise
        except self._errors as error:
            raise self._translated(error) from error
        return piece

    async def read(self, limit: int) -> bytes:
        """Return the body, or its first `limit` bytes, and close it."""
        content = bytearray()
        try:
            async for chunk in self:
                content += chunk
                if len(content) >= limit:
                    break
        finally:
            await self.aclose()
        return bytes(content[:limit])

    async def aclose(self) -> None:
        """Release the connection, or close it if the body was not read to its end."""
        if not self._ended:
            self._let_go()
            await _to_its_end(self._close)

    def __del__(self) -> None:
        # A loop over the body may be abandoned. The generators of httpx would end late, and warn.
        if not self._ended:
            self._let_go()
            # The event loop may have ended.
            with contextlib.suppress(RuntimeError):
                self._run_soon(self._close)

    async def _close(self) -> None:
        # Another task may be reading. Nobody is interested in errors any more.
        with contextlib.suppress(Exception):
            await self._response.aclose()
            # The generators of httpx end with their connection. If they were left to the garbage
            # collector, trio would warn.
            async for _ in self._chunks:
                pass
        await _close_rest(self._trace)


_Close: TypeAlias = Callable[[], Coroutine[None, None, None]]
_RunSoon: TypeAlias = Callable[[_Close], object]

_closing: set[asyncio.Task[None]] = set()


async def _to_its_end(close: _Close) -> None:
    """Await `close()`, shielded from the cancellation of scopes and of asyncio tasks."""
    loop = _asyncio_loop()
    if loop is None:
        await _in_time(close)
        return
    from asyncio import shield  # noqa: PLC0415

    with anyio.CancelScope(shield=True):
        await shield(_background_task(loop, close))


async def _in_time(close: _Close) -> None:
    with anyio.move_on_after(CLOSE_TIMEOUT, shield=True):
        await close()


def _asyncio_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop of asyncio, or None on trio, where only scopes cancel."""
    # Not imported in programs that do not use it: it imports ssl, which takes long.
    if "asyncio" not in sys.modules:
        return None
    from asyncio import get_running_loop  # noqa: PLC0415

    try:
        return get_running_loop()
    except RuntimeError:
        return None


def _background_task(loop: asyncio.AbstractEventLoop, close: _Close) -> asyncio.Task[None]:
    task = loop.create_task(_in_time(close))
    # The event loop holds only weak references to its tasks.
    _closing.add(task)
    task.add_done_callback(_closing.discard)
    return task


def _run_soon() -> _RunSoon:
    """Return a function that schedules a closing in this event loop from any thread."""
    loop = _asyncio_loop()
    if loop is not None:
        return lambda close: loop.call_soon_threadsafe(_background_task, loop, close)
    import trio  # noqa: PLC0415

    token, spawn = trio.lowlevel.current_trio_token(), trio.lowlevel.spawn_system_task
    return lambda close: token.run_sync_soon(spawn, _in_time, close)
