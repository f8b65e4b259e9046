"""The pool of the blocking client, for the transport of httpx."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import httpcore
import httpx

from magickpen.network.backend import Backend
from magickpen.network.base_pool import BaseLease, BasePool, is_doubled
from magickpen.network.library import USER_AGENT
from magickpen.network.progress import progress_of


class Lease(BaseLease):
    """A connection in the hands of one request, and the body of its response: chunks of bytes."""

    def __iter__(self) -> Iterator[bytes]:
        chunks: Iterator[bytes] = iter(self._stream)
        self._chunks = chunks
        return chunks

    def close(self) -> None:
        if self.pool is not None:
            try:
                self._stream.close()
            finally:
                self.end()

    def give_up(self) -> None:
        self.interrupt()


class Pool(BasePool[Lease], httpcore.ConnectionPool):
    """The connections of a blocking client."""

    _lease_class = Lease
    _backend_class = Backend
    _plain_pool_class = httpcore.ConnectionPool

    def __init__(self, proxy: str | None, context: ssl.SSLContext | None) -> None:
        httpcore.ConnectionPool.__init__(self, max_connections=None)
        super().__init__(proxy, context)

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        if is_doubled(httpcore.ConnectionPool.handle_request):
            return super().handle_request(request)
        progress = progress_of(request)
        lease = self._lease(request.url.origin, progress)
        try:
            response = lease.begin(self, progress).handle_request(request)
        except BaseException as error:
            lease.fail(error, progress)
            raise
        return lease.respond(response, progress)

    def close(self) -> None:
        self.close_all()
        super().close()


class Transport(httpx.HTTPTransport):
    """The transport of httpx over a pool of ours."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool


def make_client(pool: Pool) -> httpx.Client:
    """Make a client over a pool of ours."""
    headers = {"user-agent": USER_AGENT}
    return httpx.Client(transport=Transport(pool), headers=headers, trust_env=False)
