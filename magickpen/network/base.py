"""What the blocking and the async transport share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, cast

from magickpen.core.errors import APIConnectionError, ConfigurationError
from magickpen.core.http import Head, Request
from magickpen.network.compression import accepted_encodings, unpacker
from magickpen.network.failures import answered, expired, translated
from magickpen.network.library import built_request, library_of
from magickpen.network.progress import KEY, Progress, Registry

if TYPE_CHECKING:
    import httpx

    from magickpen.network.base_pool import BaseLease

ClientT = TypeVar("ClientT")


class BaseTransport(Generic[ClientT]):
    """Sends requests with a client of the caller's, or with the default one.

    Args:
        kind: the name of the class of the client in httpx and httpx2.
        client: the client.
    """

    def __init__(self, kind: str, client: object) -> None:
        # httpx2 has the interface of httpx.
        self._client = cast("ClientT", client)
        self._library = library_of(client, kind)
        offered: str = cast("Any", client).headers.get("accept-encoding", "")
        self._encodings = accepted_encodings(offered)

    def _lease(self, response: httpx.Response) -> Any:
        """Return the lease of a response of the default client, or None."""
        lease: BaseLease | None = response.extensions.get(KEY)
        # A tool may have read the response already.
        return lease if lease and lease.pool and not response.is_stream_consumed else None

    def _built(self, request: Request) -> tuple[httpx.Request, Progress]:
        client = cast("Any", self._client)
        if client.is_closed:
            raise ConfigurationError("http_client is closed")
        return built_request(client, request, self._library, self._encodings)

    def _answered(self, error: Exception, request: Request, progress: Progress) -> httpx.Response:
        response = answered(error, progress, self._library)
        if response is None:
            raise_translated(error, request, progress)
        return response


class BaseBody:
    """A response whose body has yet to be read.

    Args:
        response: the response.
        lease: reads and closes the body.
        request: the request.
        progress: that of the request.
    """

    _ended = True

    def __init__(
        self, response: httpx.Response, lease: Any, request: Request, progress: Progress
    ) -> None:
        self.head: Head = Head(response.status_code, dict(response.headers.items()))
        self._response = response
        self._lease = lease
        self._request = request
        self._progress = progress
        # A hook of the caller may have read and decompressed it.
        read = response.is_stream_consumed
        self._unpacker = unpacker("" if read else self.head.headers.get("content-encoding", ""))
        self._pieces: Iterator[bytes] = iter(())
        self._ended = False

    def __del__(self) -> None:
        if not self._ended:
            self._lease.abandon()

    def _check_complete(self) -> None:
        if self._unpacker is not None and not self._unpacker.complete:
            raise APIConnectionError("the compressed body is incomplete", url=self._request.url)

    def _fail(self, error: Exception) -> NoReturn:
        raise_translated(error, self._request, self._progress)


class BaseCallersLease:
    """The body of a response to a client of the caller's."""

    def __init__(
        self,
        response: httpx.Response,
        registry: Registry[Any],
        request: Request,
        progress: Progress,
    ) -> None:
        self._response = response
        self._registry = registry
        self._request = request
        self._progress = progress
        registry.in_use.add(self)

    def abandon(self) -> None:
        """Leave closing to the next call: the garbage collector may call this at any moment."""
        self._registry.abandoned.append(self)

    def _check_time(self) -> None:
        if self._request.deadline.passed:
            raise expired(self._request, self._progress)


def raise_translated(error: Exception, request: Request, progress: Progress) -> NoReturn:
    """Raise the error of this package for a failure, or any other error as it is."""
    failure = translated(error, request, progress)
    try:
        if failure is error:
            raise error
        raise failure from error
    finally:
        # Otherwise this frame and the error keep each other alive, and with them the frames of the
        # caller: a stream that was dropped would hold its connection until the collector comes.
        del error, failure
