"""Clients and requests of httpx or httpx2.

httpx takes some 100 ms to import, so it is imported when the first client is made.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

from magickpen.core.checks import kind_of
from magickpen.core.errors import ConfigurationError, ResponseError
from magickpen.core.http import Request
from magickpen.network.addresses import CONNECT_TIMEOUT
from magickpen.network.failures import forget_frames
from magickpen.network.progress import KEY, Progress
from magickpen.version import __version__

if TYPE_CHECKING:
    import httpx

USER_AGENT = f"magickpen/{__version__}"

_LIBRARIES = ("httpx", "httpx2")


def library_of(client: object, kind: str) -> ModuleType:
    """Return the module of the caller's client: httpx or httpx2.

    Args:
        client: the client.
        kind: the name of the expected class, "Client" or "AsyncClient".

    Raises:
        ConfigurationError: it is not such a client.
    """
    for base in type(client).__mro__:
        library = base.__module__.partition(".")[0]
        if base.__name__ == kind and library in _LIBRARIES:
            return sys.modules[library]
    raise ConfigurationError(f"http_client must be an httpx.{kind}, not {kind_of(client)}")


def built_request(
    client: httpx.Client | httpx.AsyncClient,
    request: Request,
    library: ModuleType,
    encodings: str,
) -> tuple[httpx.Request, Progress]:
    """Return the request that a client sends, and its progress.

    What the client adds to its requests, such as cookies and an authorization, is not sent to
    another origin than the site's.

    Args:
        client: the client.
        request: the request.
        library: the module of the client.
        encodings: the content encodings that are accepted.

    Raises:
        APITimeoutError: the deadline has passed.
        ConfigurationError: the URL is invalid.
        ResponseError: the site links to an invalid URL.
    """
    if request.deadline.passed:
        raise request.deadline.error(request.url)
    headers = {"accept-encoding": encodings, **request.headers}
    if request.cross_origin and "user-agent" in client.headers:
        headers.setdefault("user-agent", client.headers["user-agent"])
    build: Callable[..., httpx.Request] = (
        library.Request if request.cross_origin else client.build_request
    )
    progress = Progress(request, _timeouts(client, request, library))
    try:
        built = build(
            request.method,
            request.url,
            headers=headers,
            content=request.body or None,
            extensions={"timeout": progress.timeouts, KEY: progress},
        )
    except library.InvalidURL as error:
        headers.clear()
        forget_frames(error)
        complaint = f"{request.url[:200]!r} is not a valid URL: {error}"
        if request.cross_origin:
            raise ResponseError(f"the site links to an invalid URL: {complaint}") from error
        raise ConfigurationError(complaint) from error
    built.stream = _body_class(library)(request.body, progress)
    return built, progress


def send_options(request: Request) -> dict[str, Any]:
    """Return the arguments of the client's `send` besides the request."""
    authorization = {"auth": None} if request.cross_origin else {}
    return {"stream": True, "follow_redirects": False, **authorization}


def _timeouts(
    client: httpx.Client | httpx.AsyncClient, request: Request, library: ModuleType
) -> dict[str, float | None]:
    left, patience = request.deadline.remaining(), request.timeout
    bounds = {"connect": CONNECT_TIMEOUT, "read": patience, "write": patience, "pool": patience}
    if client.timeout != _default_timeout(library):
        # That of the caller.
        own = client.timeout.as_dict()
        bounds = {kind: min(bounds[kind], own[kind] or math.inf) for kind in bounds}
    return {
        kind: None if left == seconds == math.inf else min(left, seconds)
        for kind, seconds in bounds.items()
    }


@functools.cache
def _default_timeout(library: ModuleType) -> httpx.Timeout:
    default: httpx.Timeout = library.Timeout(5.0)
    return default


@functools.cache
def _body_class(library: ModuleType) -> Callable[[bytes, Progress], Any]:
    class RequestBody(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc, name-defined]
        """A body in one piece, which tells when the library begins to send it.

        For a body, httpx uses a generator, and trio warns if that is abandoned.
        """

        def __init__(self, content: bytes, progress: Progress) -> None:
            self._content = content
            self._progress = progress
            self._left: list[bytes] = []

        def __iter__(self) -> Iterator[bytes]:
            self._begin()
            return iter(self._left)

        def __aiter__(self) -> Self:
            self._begin()
            return self

        async def __anext__(self) -> bytes:
            if not self._left:
                raise StopAsyncIteration
            return self._left.pop()

        def _begin(self) -> None:
            self._progress.begun = True
            self._left = [self._content] * bool(self._content)

    return RequestBody
