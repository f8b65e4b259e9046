"""Sends requests with an async client of httpx or httpx2, on asyncio or trio."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import anyio

from magickpen.core.http import Request
from magickpen.network.base import BaseBody, BaseCallersLease, BaseTransport
from magickpen.network.library import send_options
from magickpen.network.progress import Progress, Registry
from magickpen.network.proxy import Route

if TYPE_CHECKING:
    import httpx
    import httpx2

AsyncHttpClient: TypeAlias = "httpx.AsyncClient | httpx2.AsyncClient"


class AsyncHttpxTransport(BaseTransport["httpx.AsyncClient"]):
    """Carries requests over an async client."""

    def __init__(self, client: AsyncHttpClient | None, route: Route) -> None:
        # It takes some 100 ms to import.
        from magickpen.network.async_pool import AsyncPool, make_client  # noqa: PLC0415

        self._pool = AsyncPool(*route) if client is None else None
        self._registry: Registry[Any] = Registry() if self._pool is None else self._pool.registry
        super().__init__("AsyncClient", client if self._pool is None else make_client(self._pool))

    async def open(self, request: Request) -> AsyncBody:
        """Send the request and return the response, whose body has yet to be read.

        Raises:
            APIConnectionError: no head came.
        """
        await self._close_abandoned()
        built, progress = self._built(request)
        if self._pool is None:
            built.extensions["trace"] = progress.observe_async
        try:
            with anyio.fail_after(request.deadline.remaining()):
                response = await self._client.send(built, **send_options(request))
        except Exception as error:
            response = self._answered(error, request, progress)
        lease = self._lease(response)
        if lease is None:
            lease = AsyncCallersLease(response, self._registry, request, progress)
        return AsyncBody(response, lease, request, progress)

    async def aclose(self) -> None:
        """Close the connections, unless the client belongs to the caller."""
        await self._close_abandoned()
        if self._pool is not None:
            await self._client.aclose()

    def drop(self) -> None:
        """Close the connections of an event loop that is closed."""
        if self._pool is not None:
            self._pool.close_all()

    async def _close_abandoned(self) -> None:
        while self._registry.abandoned:
            await self._registry.abandoned.popleft().give_up()


class AsyncBody(BaseBody):
    """The body of a response: an async iterator of bytes, as they arrive."""

    def __init__(
        self, response: httpx.Response, lease: Any, request: Request, progress: Progress
    ) -> None:
        super().__init__(response, lease, request, progress)
        self._chunks: AsyncIterator[bytes] = aiter(lease)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            if self._unpacker is None:
                return await anext(self._chunks)
            while not (piece := next(self._pieces, b"")):
                self._pieces = self._unpacker.pieces(await anext(self._chunks))
        except StopAsyncIteration:
            self._ended = True
            await self._lease.aclose()
            self._check_complete()
            raise
        except Exception as error:
            self._fail(error)
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
        """Close the connection, if the body was not read to its end."""
        if not self._ended:
            self._ended = True
            await self._lease.give_up()


class AsyncCallersLease(BaseCallersLease):
    """The body of a response to a client of the caller's."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        read = self._response.is_stream_consumed
        self._chunks = self._response.aiter_bytes() if read else self._response.aiter_raw()
        return self

    async def __anext__(self) -> bytes:
        chunk = b""
        while not chunk:
            with anyio.move_on_after(self._request.deadline.remaining()):
                chunk = await anext(self._chunks)
            self._check_time()
        return chunk

    async def give_up(self) -> None:
        """Close the response."""
        self._registry.in_use.discard(self)
        with anyio.CancelScope(shield=True), contextlib.suppress(Exception):
            await self._response.aclose()
            # trio would warn of a generator that has not ended.
            async for _ in self._chunks:
                pass

    aclose = give_up
