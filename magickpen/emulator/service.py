"""The service as an ASGI application: the site, the two endpoints, and the faults."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import assert_never

import anyio
from starlette.applications import Starlette
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from magickpen.emulator.checks import CredentialCheck, Query, Refused, check_ask, check_chat
from magickpen.emulator.faults import (
    CutStream,
    Fault,
    HangUp,
    HtmlPage,
    RateLimit,
    Stall,
    Status,
)
from magickpen.emulator.replies import ReplySource, reply_chunks
from magickpen.emulator.site import Deployment

ENDPOINTS: dict[str, Callable[[bytes], Query]] = {"/ask": check_ask, "/chat/free": check_chat}


class StreamCutError(Exception):
    """Raised inside an answer to make the server break the connection."""


@dataclass(frozen=True, slots=True)
class Received:
    """A request that the emulator received. The repr omits what may be secret.

    Attributes:
        method: the HTTP method.
        path: the path of the URL.
        status: the status of the answer; 0 if no head was sent.
        client_port: the port of the client, which distinguishes connections.
        headers: the headers, with names in lower case.
        body: its body.
    """

    method: str
    path: str
    status: int
    client_port: int
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Service:
    """The site and the API, and the requests they have received."""

    def __init__(self, reply: ReplySource | None, salt: str, chunk_delay: float) -> None:
        self.deployment: Deployment = Deployment(salt)
        self.requests: list[Received] = []
        self.reply = reply
        self._chunk_delay = chunk_delay
        self._check = CredentialCheck()
        self._faults: dict[str | None, deque[Fault | None]] = {}
        self._lock = threading.Lock()
        routes = [
            Route("/", self._index),
            Route("/_nuxt/{name}", self._bundle),
            *(Route(path, self._query, methods=["POST"]) for path in ENDPOINTS),
        ]
        self.app: Starlette = Starlette(routes=routes)

    def play(self, faults: Iterable[Fault | None], path: str | None) -> None:
        """Play the faults on the next valid requests to `path`, or to both endpoints, one each."""
        with self._lock:
            self._faults.setdefault(path, deque()).extend(faults)

    def reset(self) -> None:
        """Forget the requests, their nonces, and the faults that were not played."""
        with self._lock:
            self.requests.clear()
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
        return await self._noted(request, response)

    async def _query(self, request: Request) -> Response:
        try:
            body = await request.body()
            self._check.check(request.headers, self.deployment.secrets)
            query = ENDPOINTS[request.url.path](body)
        except Refused as refused:
            refusal = JSONResponse({"message": refused.message}, refused.status)
            return await self._noted(request, refusal)
        except ClientDisconnect:
            return Response()
        fault = self._next_fault(request.url.path)
        if fault is None or isinstance(fault, (CutStream, Stall)):
            chunks = await run_in_threadpool(reply_chunks, self.reply, query.prompt)
            response = self._streamed(chunks, fault, "text/plain; charset=utf-8")
        else:
            response = self._played(fault, b"")
        return await self._noted(request, response)

    def _streamed(
        self, chunks: Iterable[bytes], fault: CutStream | Stall | None, media_type: str
    ) -> Response:
        if isinstance(fault, Stall) and fault.after is None:
            return _Silence(hang_up=False)
        return StreamingResponse(self._paced(chunks, fault), media_type=media_type)

    async def _paced(
        self, chunks: Iterable[bytes], fault: CutStream | Stall | None
    ) -> AsyncIterator[bytes]:
        left = fault.after if fault is not None else None
        async for chunk in _iterated(chunks):
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
                return self._streamed([page], fault, "text/html")
            case HangUp():
                return _Silence(hang_up=True)
            case _:
                assert_never(fault)

    async def _noted(self, request: Request, response: Response) -> Response:
        received = Received(
            method=request.method,
            path=request.url.path,
            status=response.status_code,
            client_port=request.client.port if request.client else 0,
            headers=dict(request.headers),
            body=await request.body(),
        )
        self.requests.append(received)
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


async def _iterated(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(chunks, list):
        for chunk in chunks:
            yield chunk
        return
    # The user's function may block between two pieces.
    async for chunk in iterate_in_threadpool(chunks):
        yield chunk
