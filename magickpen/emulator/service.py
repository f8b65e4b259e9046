"""The service as an ASGI application: the site, the two endpoints, and the faults."""

from __future__ import annotations

import logging
import math
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import assert_never

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from magickpen.emulator.builds import SiteKind
from magickpen.emulator.checks import CredentialCheck, Query, Refused, check_ask, check_chat
from magickpen.emulator.console import console_routes
from magickpen.emulator.faults import (
    CutStream,
    Fault,
    HangUp,
    HtmlPage,
    RateLimit,
    Stall,
    Status,
)
from magickpen.emulator.quota import Quota
from magickpen.emulator.received import Received
from magickpen.emulator.replies import ReplySource, reply_chunks
from magickpen.emulator.site import Deployment
from magickpen.emulator.upstream import Upstream, UpstreamError

logger: logging.Logger = logging.getLogger("magickpen.emulator")

MAX_BODY = 4 * 2**20
"""The longest body that is read, in bytes."""

KEPT = 3000
"""How many requests are kept; the oldest ones are forgotten."""

KEPT_BYTES = 4 * 2**20
"""How many bytes of their bodies."""

ENDPOINTS: dict[str, Callable[[bytes | bytearray], Query]] = {
    "/ask": check_ask,
    "/chat/free": check_chat,
}


class StreamCutError(Exception):
    """Raised inside an answer to make the server break the connection."""


class Service:
    """The site and the API, and the requests they have received."""

    def __init__(
        self,
        *,
        reply: ReplySource | None,
        upstream: Upstream | None,
        quota: Quota | None,
        tells_retry_after: bool,
        site: SiteKind,
        salt: str,
        chunk_delay: float,
        allowed_hosts: Sequence[str],
    ) -> None:
        self._site: SiteKind = site
        self._salt = salt
        self.deployment: Deployment = Deployment(site, salt)
        self.requests: deque[Received] = deque()
        self.reply = reply
        self._kept_bytes = 0
        self._upstream = upstream
        self._quota = quota
        self._tells_retry_after = tells_retry_after
        self._chunk_delay = chunk_delay
        self._check = CredentialCheck()
        self._faults: dict[str | None, deque[Fault | None]] = {}
        self._lock = threading.Lock()
        routes = [
            Route("/", self._index),
            Route("/_nuxt/{name}", self._bundle),
            Route("/assets/{name}", self._bundle),
            Route("/{name}.js", self._bundle),
            *(Route(path, self._query, methods=["POST"]) for path in ENDPOINTS),
            *console_routes(self.requests, self.play, self.rotate),
        ]
        # A page of another site must not reach it by a name of its own.
        hosts = Middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts))
        self.app: Starlette = Starlette(routes=routes, middleware=[hosts])

    def rotate(self, site: SiteKind | None) -> None:
        """Deploy the site anew, as a build of that kind from now on; None keeps the kind."""
        self._site = site or self._site
        self.deployment = Deployment(self._site, self._salt)

    def play(self, faults: Iterable[Fault | None], path: str | None) -> None:
        """Play the faults on the next valid requests to `path`, or to both endpoints, one each."""
        with self._lock:
            self._faults.setdefault(path, deque()).extend(faults)

    def reset(self) -> None:
        """Forget the requests, their nonces, and the faults that were not played."""
        with self._lock:
            self.requests.clear()
            self._kept_bytes = 0
            self._faults.clear()
            self._check = CredentialCheck()

    def _next_fault(self, path: str) -> Fault | None:
        with self._lock:
            for key in (path, None) if path in ENDPOINTS else (path,):
                if waiting := self._faults.get(key):
                    return waiting.popleft()
            return None

    async def _index(self, request: Request) -> Response:
        return await self._page(request, HTMLResponse(self.deployment.index))

    async def _bundle(self, request: Request) -> Response:
        source = self.deployment.bundles.get(request.url.path)
        if source is None:
            return await self._page(request, HTMLResponse("Not Found", 404))
        # The name of a bundle is a hash of its content.
        tag = f'"{request.path_params["name"]}"'
        if request.headers.get("if-none-match") == tag:
            return await self._page(request, Response(status_code=304, headers={"etag": tag}))
        script = Response(source, media_type="application/javascript", headers={"etag": tag})
        return await self._page(request, script)

    async def _page(self, request: Request, page: Response) -> Response:
        fault = self._next_fault(request.url.path)
        response = page if fault is None else self._played(fault, bytes(page.body))
        return self._noted(request, b"", response)

    async def _query(self, request: Request) -> Response:
        body = bytearray()
        verdicts: dict[str, str] = {}
        try:
            await _read(request, body)
            verdicts = self._check.verdicts(request.headers, self.deployment.secrets)
            self._check.accept(request.headers, verdicts)
            response = await self._answer(request.url.path, ENDPOINTS[request.url.path](body))
        except Refused as refused:
            response = JSONResponse({"message": refused.message}, refused.status)
        except ClientDisconnect:
            return Response()
        return self._noted(request, bytes(body), response, verdicts)

    async def _answer(self, path: str, query: Query) -> Response:
        if self._quota is not None and (seconds := self._quota.take()):
            told = math.ceil(seconds) if self._tells_retry_after else None
            return self._played(RateLimit(told), b"")
        fault = self._next_fault(path)
        if fault is not None and not isinstance(fault, (CutStream, Stall)):
            return self._played(fault, b"")
        if self._upstream is None:
            chunks = await reply_chunks(self.reply, query.prompt)
        else:
            chunks = await self._begun(self._upstream.answer(query.messages))
        return self._streamed(chunks, fault, "text/plain; charset=utf-8")

    async def _begun(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Wait for the first piece, since an error can be told before it alone."""
        try:
            first = await anext(chunks, b"")
        except UpstreamError as error:
            logger.warning("%s", error)
            raise Refused(502, f"Bad Gateway: {error}") from error
        return _with_first(first, chunks)

    def _streamed(
        self, chunks: AsyncIterator[bytes], fault: CutStream | Stall | None, media_type: str
    ) -> Response:
        if isinstance(fault, Stall) and fault.after is None:
            return _Silence(hang_up=False)
        return StreamingResponse(self._paced(chunks, fault), media_type=media_type)

    async def _paced(
        self, chunks: AsyncIterator[bytes], fault: CutStream | Stall | None
    ) -> AsyncIterator[bytes]:
        left = fault.after if fault is not None else None
        async for chunk in chunks:
            if left is not None and len(chunk) >= left:
                yield chunk[:left]
                break
            yield chunk
            left = left and left - len(chunk)
            # Even without a delay, to notice that a client has gone.
            await anyio.sleep(self._chunk_delay)
        if isinstance(fault, CutStream):
            raise StreamCutError
        if fault is not None:
            await anyio.sleep_forever()

    def _played(self, fault: Fault, page: bytes) -> Response:
        match fault:
            case Status(status, body, content_type, headers):
                return Response(body, status, dict(headers), content_type)
            case RateLimit(retry_after):
                headers = {} if retry_after is None else {"retry-after": str(retry_after)}
                return JSONResponse({"message": "Too many requests"}, 429, headers)
            case HtmlPage(title, status, challenge):
                html = f"<!doctype html><html><head><title>{title}</title></head></html>"
                return HTMLResponse(
                    html, status, {"cf-mitigated": "challenge"} if challenge else {}
                )
            case CutStream() | Stall():
                return self._streamed(_one(page), fault, "text/html")
            case HangUp():
                return _Silence(hang_up=True)
            case _:
                assert_never(fault)

    def _noted(
        self,
        request: Request,
        body: bytes,
        response: Response,
        verdicts: dict[str, str] | None = None,
    ) -> Response:
        received = Received(
            method=request.method,
            path=request.url.path,
            status=response.status_code,
            client_port=request.client.port if request.client else 0,
            headers=dict(request.headers),
            body=body,
            verdicts=verdicts or {},
        )
        logger.info("%s %s %d", received.method, received.path, received.status)
        self.requests.append(received)
        self._kept_bytes += len(body)
        while len(self.requests) > KEPT or (
            self._kept_bytes > KEPT_BYTES and len(self.requests) > 1
        ):
            self._kept_bytes -= len(self.requests.popleft().body)
        return response


class _Silence(Response):
    """No response: the connection is closed, or kept open until the client closes it."""

    def __init__(self, hang_up: bool) -> None:
        super().__init__()
        self.status_code: int = 0
        self._hang_up = hang_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        if self._hang_up:
            scope["state"]["connection"].close()
        while (await receive())["type"] != "http.disconnect":
            pass


async def _read(request: Request, body: bytearray) -> None:
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            body.clear()
            raise Refused(413, f"Payload Too Large: more than {MAX_BODY} bytes")


async def _with_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    try:
        async for chunk in rest:
            yield chunk
    except UpstreamError as error:
        logger.warning("%s", error)
        raise StreamCutError from error


async def _one(chunk: bytes) -> AsyncIterator[bytes]:
    yield chunk
