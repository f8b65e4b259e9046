"""Sends requests with a blocking client of httpx or httpx2."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from magickpen.core.effects import Request
from magickpen.transports.httpx_library import (
    AddressCheck,
    BaseBody,
    BaseTransport,
    built_request,
    send_options,
    translated,
)

if TYPE_CHECKING:
    import httpx
    import httpx2

HttpClient: TypeAlias = "httpx.Client | httpx2.Client"


class HttpxTransport(BaseTransport["httpx.Client"]):
    """Carries requests over a blocking client."""

    def __init__(self, client: HttpClient | None, proxy: str | None) -> None:
        super().__init__("Client", client, proxy)

    def open(self, request: Request) -> Body:
        """Send the request and return the response, whose body is not read yet.

        Raises:
            APIConnectionError: no head came.
        """
        self._check_open()
        try:
            built = built_request(self._client, request, self._library)
            built.extensions["trace"] = _hook(self._client, built.url, AddressCheck(request))
            response = self._client.send(built, **send_options(request))
        except (self._library.HTTPError, self._library.InvalidURL) as error:
            raise translated(error, request, self._library) from error
        return Body(response, request, self._library)

    def close(self) -> None:
        """Close the connections, unless the client is the caller's."""
        if self._owned:
            self._client.close()


def _hook(
    client: object, url: httpx.URL, check: AddressCheck
) -> Callable[[str, dict[str, Any]], None]:
    """Return a trace hook that checks where a connection leads, and lets the pool come to rest.

    httpcore 1.0.9 asks of each idle connection whether it can be read from, which would mean that
    the server hung up. If another thread sends its request in the middle of that and the answer is
    quick, the pool closes the connection under its reader: "Bad file descriptor", or a read
    without end. The pool asks while it holds its lock. By the time of the event below, the
    connection counts as active; whoever takes the lock after that does not ask.
    """
    # No public way leads to the lock; where these names are gone, so is the reason for the hook.
    find: Callable[[httpx.URL], object] | None = getattr(client, "_transport_for_url", None)
    pool = getattr(find(url), "_pool", None) if find is not None else None
    lock: AbstractContextManager[object] = getattr(pool, "_optional_thread_lock", nullcontext())

    def hook(event: str, info: dict[str, Any]) -> None:
        objection = check.objection(event, info)
        if objection is not None:
            info["return_value"].close()
            raise objection
        if event == "http11.send_request_headers.started":
            with lock:
                pass

    return hook


class Body(BaseBody):
    """The body of a response: an iterator of bytes, as they arrive."""

    def __init__(self, response: httpx.Response, request: Request, library: ModuleType) -> None:
        super().__init__(response, request, library)
        self._chunks = response.iter_bytes()
        self._watchdog = _Watchdog(response, request) if request.deadline.bounded else None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._chunks)
        except self._errors as error:
            raise self._translated(error) from error
        finally:
            if self._watchdog is not None:
                self._watchdog.check()

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
        """Give the connection back, or close it where the body was not read to its end."""
        if self._watchdog is not None:
            self._watchdog.cancel()
        with contextlib.suppress(self._library.HTTPError):
            self._response.close()


class _Watchdog:
    """Ends a read that is under way when the deadline passes: httpx bounds each read alone."""

    def __init__(self, response: httpx.Response, request: Request) -> None:
        # Over HTTP/2 the connection carries other calls, too; there, each chunk is checked alone.
        alone = response.http_version.startswith("HTTP/1")
        self._stream = response.extensions.get("network_stream") if alone else None
        self._request = request
        self._bit = False
        self._timer = threading.Timer(request.deadline.remaining(), self._bite)
        self._timer.daemon = True
        self._timer.start()

    def _bite(self) -> None:
        self._bit = True
        connection = self._stream.get_extra_info("socket") if self._stream is not None else None
        if isinstance(connection, socket.socket):
            with contextlib.suppress(OSError):
                # Not the method of an SSLSocket, which drops its TLS state under the reader.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def check(self) -> None:
        """Raise the deadline's error where the deadline has passed."""
        if self._bit:
            raise self._request.deadline.error(self._request.url)

    def cancel(self) -> None:
        self._timer.cancel()
