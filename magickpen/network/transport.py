"""Sends requests with a blocking client of httpx or httpx2."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from concurrent.futures import Future
from types import ModuleType
from typing import TYPE_CHECKING, Self, TypeAlias

from magickpen.core.http import Request
from magickpen.network.base import BaseBody, BaseTransport
from magickpen.network.library import built_request, send_options, translated
from magickpen.network.trace import RequestTrace, interrupt_all
from magickpen.network.watchdog import watchdog

if TYPE_CHECKING:
    import httpx
    import httpx2

SLOWEST_CONNECT = 60.0
"""The longest that connecting takes, in seconds, with a look-up and several addresses."""

HttpClient: TypeAlias = "httpx.Client | httpx2.Client"


class HttpxTransport(BaseTransport["httpx.Client"]):
    """Carries requests over a blocking client."""

    def __init__(self, client: HttpClient | None, proxy: str | None) -> None:
        super().__init__("Client", client, proxy)

    def open(self, request: Request) -> Body:
        """Send the request and return the response, whose body has yet to be read.

        Raises:
            APIConnectionError: no head came.
        """
        self._check_open()
        built = built_request(self._client, request, self._library)
        trace = RequestTrace(self._client, request, built)
        built.extensions["trace"] = trace.observe
        try:
            hurried = request.deadline.remaining() < SLOWEST_CONNECT
            send = self._send_in_thread if hurried else self._send
            response = send(built, request, trace)
        except (self._library.HTTPError, TimeoutError, UnicodeError) as error:
            raise translated(error, request, trace, self._library) from error
        return Body(response, request, trace, self._library)

    def _send(self, built: httpx.Request, request: Request, trace: RequestTrace) -> httpx.Response:
        if request.deadline.bounded:
            watchdog.watch(trace, request.deadline.remaining())
        try:
            return self._client.send(built, **send_options(request))
        except BaseException:
            watchdog.release(trace)
            _close_rest(trace)
            raise

    def _send_in_thread(
        self, built: httpx.Request, request: Request, trace: RequestTrace
    ) -> httpx.Response:
        # Nothing else can interrupt the look-up of a name.
        outcome: Future[httpx.Response] = Future()
        context = contextvars.copy_context()

        def work() -> None:
            try:
                outcome.set_result(context.run(self._send, built, request, trace))
            except BaseException as error:
                outcome.set_exception(error)

        threading.Thread(target=work, name="magickpen-send", daemon=True).start()
        try:
            outcome.exception(request.deadline.remaining())
        except BaseException:
            trace.interrupt()
            outcome.add_done_callback(_close_response)
            raise
        return outcome.result()

    def close(self) -> None:
        """Close the connections, unless the client belongs to the caller."""
        if self._owned:
            # Another thread that is reading would not notice.
            interrupt_all(self._client)
            self._client.close()


def _close_response(outcome: Future[httpx.Response]) -> None:
    if outcome.exception() is None:
        outcome.result().close()


def _close_rest(trace: RequestTrace) -> None:
    for left in trace.settle():
        with contextlib.suppress(Exception):
            left.close()


class Body(BaseBody):
    """The body of a response: an iterator of bytes, as they arrive."""

    def __init__(
        self, response: httpx.Response, request: Request, trace: RequestTrace, library: ModuleType
    ) -> None:
        super().__init__(response, request, trace, library)
        read = response.is_stream_consumed
        self._chunks = response.iter_bytes() if read else response.iter_raw()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            while not (piece := next(self._pieces, b"")):
                self._pieces = self._unpacked(next(self._chunks))
        except StopIteration:
            self._end()
            raise
        except self._errors as error:
            raise self._translated(error) from error
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
        """Release the connection, or close it if the body was not read to its end."""
        if self._ended:
            return
        self._let_go()
        # Another thread may be reading.
        self._trace.interrupt()
        with contextlib.suppress(self._library.HTTPError):
            self._response.close()
        _close_rest(self._trace)

    def __del__(self) -> None:
        # A loop over the body may be abandoned.
        self.close()
