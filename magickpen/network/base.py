"""What the blocking and the async transport share."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from magickpen.core.errors import APIConnectionError, ConfigurationError, MagickPenError
from magickpen.core.http import Head, Request
from magickpen.network.compression import CompressionError, unpacker
from magickpen.network.library import library_of, make_client, translated
from magickpen.network.trace import RequestTrace
from magickpen.network.watchdog import watchdog

if TYPE_CHECKING:
    import httpx

C = TypeVar("C")


class BaseTransport(Generic[C]):
    """Holds the client of the caller, or makes one.

    Args:
        kind: the name of the class of the client in httpx and httpx2.
        client: the client of the caller.
        proxy: the proxy for a client that is made here.
    """

    def __init__(self, kind: str, client: object | None, proxy: str | None) -> None:
        self._owned = client is None
        # httpx2 has the interface of httpx.
        self._client = cast("C", make_client(kind, proxy) if client is None else client)
        self._library = library_of(self._client, kind)

    def _check_open(self) -> None:
        if cast("Any", self._client).is_closed:
            raise ConfigurationError("http_client is closed")


class BaseBody:
    """A response whose body has yet to be read."""

    def __init__(
        self, response: httpx.Response, request: Request, trace: RequestTrace, library: ModuleType
    ) -> None:
        self.head: Head = Head(response.status_code, dict(response.headers.items()))
        self._response = response
        self._request = request
        self._trace = trace
        self._library = library
        self._errors = (library.HTTPError, library.StreamError, CompressionError, TimeoutError)
        self._ended = False
        # A hook of the caller may have read and decompressed it.
        packed = (
            "" if response.is_stream_consumed else self.head.headers.get("content-encoding", "")
        )
        self._unpacker = unpacker(packed)
        self._pieces: Iterator[bytes] = iter(())
        deadline = request.deadline
        self._bounded = deadline.bounded
        self._unwatched = deadline.bounded and not trace.can_be_interrupted
        if self._bounded:
            watchdog.watch(trace, deadline.remaining())

    def _unpacked(self, data: bytes) -> Iterator[bytes]:
        return iter((data,)) if self._unpacker is None else self._unpacker.pieces(data)

    def _end(self) -> None:
        """Called at the end of the body.

        Raises:
            APIConnectionError: the compressed body is incomplete.
            APITimeoutError: the deadline closed the connection, and thereby ended the body.
        """
        self._let_go()
        framed = {"content-length", "transfer-encoding"} & self.head.headers.keys()
        if self._trace.expired and not framed:
            raise self._request.deadline.error(self._request.url)
        if self._unpacker is not None and not self._unpacker.complete:
            raise APIConnectionError("the compressed body is incomplete", url=self._request.url)

    def _let_go(self) -> None:
        self._ended = True
        if self._bounded:
            watchdog.release(self._trace)

    def _translated(self, error: Exception) -> MagickPenError:
        return translated(error, self._request, self._trace, self._library)
