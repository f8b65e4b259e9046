"""The pool of the async client, for the transport of httpx."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator

import anyio
import httpcore
import httpx

from magickpen.network.async_backend import AsyncBackend
from magickpen.network.base_pool import BaseLease, BasePool, is_doubled
from magickpen.network.library import USER_AGENT
from magickpen.network.progress import progress_of


class AsyncLease(BaseLease):
    """A connection in the hands of one request, and the body of its response: chunks of bytes."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        chunks: AsyncIterator[bytes] = aiter(self._stream)
        self._chunks = chunks
        return chunks

    async def aclose(self) -> None:
        if self.pool is not None:
            try:
                with anyio.CancelScope(shield=True):
                    await self._stream.aclose()
            finally:
                self.end()

    async def give_up(self) -> None:
        """Close the connection."""
        self.interrupt()
        # trio would warn of a generator that has not ended.
        with anyio.CancelScope(shield=True), contextlib.suppress(Exception):
            async for _ in self._chunks:
                pass


class AsyncPool(BasePool[AsyncLease], httpcore.AsyncConnectionPool):
    """The connections of an async client in one event loop."""

    _lease_class = AsyncLease
    _backend_class = AsyncBackend
    _plain_pool_class = httpcore.AsyncConnectionPool

    def __init__(self, proxy: str | None, context: ssl.SSLContext | None) -> None:
        httpcore.AsyncConnectionPool.__init__(self, max_connections=None)
        super().__init__(proxy, context)

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        if is_doubled(httpcore.AsyncConnectionPool.handle_async_request):
            return await super().handle_async_request(request)
        progress = progress_of(request)
        lease = self._lease(request.url.origin, progress)
        try:
            response = await lease.begin(self, progress).handle_async_request(request)
        except BaseException as error:
            lease.fail(error, progress)
            raise
        return lease.respond(response, progress)

    async def aclose(self) -> None:
        self.close_all()
        await super().aclose()


class AsyncTransport(httpx.AsyncHTTPTransport):
    """The transport of httpx over a pool of ours."""

    def __init__(self, pool: AsyncPool) -> None:
        self._pool = pool


def make_client(pool: AsyncPool) -> httpx.AsyncClient:
    """Make a client over a pool of ours."""
    headers = {"user-agent": USER_AGENT}
    return httpx.AsyncClient(transport=AsyncTransport(pool), headers=headers, trust_env=False)
