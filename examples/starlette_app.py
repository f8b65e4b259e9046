"""A web service that streams answers, with Starlette; FastAPI takes the same handler.

    pip install 'magickpen' starlette uvicorn
    uvicorn starlette_app:app
    curl -N 'http://127.0.0.1:8000/ask?prompt=Name+three+rivers.'

The service keeps one client, whose connections all requests share. A reader who leaves ends the
question, before the first piece as well: nothing is asked on for nobody.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from magickpen import (
    AsyncMagickPen,
    AsyncStream,
    ConfigurationError,
    MagickPenError,
    RateLimitError,
)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    async with AsyncMagickPen() as pen:
        app.state.pen = pen
        yield


async def ask(request: Request) -> Response:
    pen: AsyncMagickPen = request.app.state.pen
    stream = pen.stream(request.query_params.get("prompt", ""))
    # The status is sent before the text, so the first piece is waited for.
    first = await first_piece(request, stream)
    return Response() if first is None else Answer(stream, first)


async def first_piece(request: Request, stream: AsyncStream) -> str | None:
    """Return the first piece of the answer, or None if the reader leaves before it comes."""
    piece = asyncio.ensure_future(anext(stream))
    departure = asyncio.ensure_future(reader_leaves(request))
    try:
        await asyncio.wait([piece, departure], return_when=asyncio.FIRST_COMPLETED)
        return piece.result() if piece.done() else None
    finally:
        # A cancelled piece closes the stream.
        piece.cancel()
        departure.cancel()
        await asyncio.wait([piece, departure])


async def reader_leaves(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Answer(StreamingResponse):
    """The pieces of an answer, as they arrive. The stream is closed when the response ends.

    A generator with `async with stream` does not do: when the reader has left before it is
    started, the block is never entered.
    """

    def __init__(self, stream: AsyncStream, first: str) -> None:
        super().__init__(pieces(stream, first), media_type="text/plain; charset=utf-8")
        self.stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self.stream:
            await super().__call__(scope, receive, send)


async def pieces(stream: AsyncStream, first: str) -> AsyncIterator[str]:
    yield first
    async for piece in stream:
        yield piece


async def failed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, MagickPenError)
    headers = {}
    status = 502
    if isinstance(error, ConfigurationError):
        status = 400
    elif isinstance(error, RateLimitError):
        status = 429
        if error.retry_after is not None:
            headers["retry-after"] = str(math.ceil(error.retry_after))
    return JSONResponse(error.to_dict(), status, headers)


app = Starlette(
    routes=[Route("/ask", ask)],
    lifespan=lifespan,
    exception_handlers={MagickPenError: failed},
)
