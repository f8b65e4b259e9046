"""A web service that streams answers, with Starlette; FastAPI takes the same handler.

    pip install 'magickpen' starlette uvicorn
    uvicorn starlette_app:app
    curl -N 'http://127.0.0.1:8000/ask?prompt=Name+three+rivers.'

The service keeps one client, whose connections all requests share. A reader who leaves ends the
question: Starlette closes the generator, and the `async with` block in it closes the stream.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

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
    first = await anext(stream)
    return StreamingResponse(pieces(stream, first), media_type="text/plain; charset=utf-8")


async def pieces(stream: AsyncStream, first: str) -> AsyncIterator[str]:
    async with stream:
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
            headers["retry-after"] = f"{error.retry_after:.0f}"
    return JSONResponse(error.to_dict(), status, headers)


app = Starlette(
    routes=[Route("/ask", ask)],
    lifespan=lifespan,
    exception_handlers={MagickPenError: failed},
)
