"""Sends requests with a blocking client of httpx or httpx2."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from magickpen.core.http import Request
from magickpen.network.base import BaseBody, BaseCallersLease, BaseTransport
from magickpen.network.library import send_options
from magickpen.network.progress import Progress, Registry
from magickpen.network.proxy import Route

if TYPE_CHECKING:
    import httpx
    import httpx2

HttpClient: TypeAlias = "httpx.Client | httpx2.Client"


class HttpxTransport(BaseTransport["httpx.Client"]):
    """Carries requests over a blocking client."""

    def __init__(self, client: HttpClient | None, route: Route) -> None:
        # It takes some 100 ms to import.
        from magickpen.network.pool import Pool, make_client  # noqa: PLC0415

        self._pool = Pool(*route) if client is None else None
        self._registry: Registry[Any] = Registry() if self._pool is None else self._pool.registry
        super().__init__("Client", client if self._pool is None else make_client(self._pool))

    def open(self, request: Request) -> Body:
        """Send the request and return the response, whose body has yet to be read.

        Raises:
            APIConnectionError: no head came.
        """
        self._close_abandoned()
        built, progress = self._built(request)
        if self._pool is None:
            built.extensions["trace"] = progress.observe
        try:
            response = self._client.send(built, **send_options(request))
        except Exception as error:
            response = self._answered(error, request, progress)
        lease = self._lease(response)
        if lease is None:
            lease = CallersLease(response, self._registry, request, progress)
        return Body(response, lease, request, progress)

    def close(self) -> None:
        """Close the connections, unless the client belongs to the caller."""
        self._close_abandoned()
        if self._pool is not None:
            self._client.close()

    def _close_abandoned(self) -> None:
        while self._registry.abandoned:
            self._registry.abandoned.popleft().give_up()


class Body(BaseBody):
    """The body of a response: an iterator of bytes, as they arrive."""

    def __init__(
        self, response: httpx.Response, lease: Any, request: Request, progress: Progress
    ) -> None:
        super().__init__(response, lease, request, progress)
        self._chunks: Iterator[bytes] = iter(lease)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            if self._unpacker is None:
                return next(self._chunks)
            while not (piece := next(self._pieces, b"")):
                self._pieces = self._unpacker.pieces(next(self._chunks))
        except StopIteration:
            self._ended = True
            self._lease.close()
            self._check_complete()
            raise
        except Exception as error:
            self._fail(error)
        return piece

    def read(self, limit: int) -> bytes:
        """Return the body, or its first `limit` bytes, and close it."""
        content = bytearray()
        try:
            for chunk in self:
                content += chunk
                if len(content) >= limit:
                    break
        finally:
            self.close()
        return bytes(content[:limit])

    def close(self) -> None:
        """Close the connection, if the body was not read to its end."""
        if not self._ended:
            self._ended = True
            self._lease.give_up()


class CallersLease(BaseCallersLease):
    """The body of a response to a client of the caller's, whose waiting nothing can interrupt."""

    _reading = _given_up = False

    def __iter__(self) -> Iterator[bytes]:
        read = self._response.is_stream_consumed
        self._chunks = self._response.iter_bytes() if read else self._response.iter_raw()
        return self

    def __next__(self) -> bytes:
        self._reading = True
        try:
            while not (chunk := next(self._chunks)):
                pass
        finally:
            self._reading = False
            if self._given_up:
                self._response.close()
        self._check_time()
        return chunk

    def give_up(self) -> None:
        """Close the response, or let the thread do so that is reading it."""
        self._given_up = True
        self._registry.in_use.discard(self)
        if not self._reading:
            with contextlib.suppress(Exception):
                self._response.close()

    close = give_up
