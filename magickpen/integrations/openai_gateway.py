"""A gateway that answers OpenAI's clients with MagickPen.

    app = create_app(AsyncMagickPen())      # for any ASGI server; `magickpen gateway` serves it

It has `POST /v1/chat/completions` and `POST /v1/responses` (streaming or not), `GET /v1/models` and
`GET /healthz`. What the service cannot do, such as tools and images, is refused with an error of
OpenAI's shape. What only shapes an answer, such as `temperature`, has no effect.
"""

from __future__ import annotations

import hmac
import json
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar, cast

import anyio

try:
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.cors import CORSMiddleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response, StreamingResponse
    from starlette.routing import Route
    from starlette.types import ASGIApp, Receive, Scope, Send
except ImportError as _error:
    raise ImportError(
        "the gateway needs an extra: pip install 'magickpen[gateway]'", name=_error.name
    ) from _error

from magickpen import (
    APIConnectionError,
    AsyncMagickPen,
    AsyncStream,
    ConfigurationError,
    MagickPenError,
    RateLimitError,
)
from magickpen.integrations.openai_formats import (
    MODELS,
    Answer,
    Body,
    ChatCompletion,
    ModelResponse,
    RefusedError,
    check_model,
    error_body,
)

MAX_BODY = 4 * 2**20
"""The longest body that is accepted, in bytes."""

CONCURRENCY = 100
"""How many questions are answered at a time."""

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""The names of this machine."""

T = TypeVar("T")


def create_app(
    pen: AsyncMagickPen,
    *,
    api_key: str | None = None,
    allowed_hosts: Sequence[str] = LOOPBACK,
    cors_origins: Sequence[str] = (),
    concurrency: int = CONCURRENCY,
) -> Starlette:
    """Return the gateway as an ASGI application, which closes the client at its end.

    Args:
        pen: the client that answers.
        api_key: what requests have to send as their key; None for any.
        allowed_hosts: the names by which it may be reached ("*" for all), so that a page of
            another site cannot reach it by a name of its own.
        cors_origins: the origins of web pages that may use it.
        concurrency: how many questions are answered at a time; others are told to come again.
    """
    gateway = _Gateway(pen, api_key)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        async with pen:
            yield

    middleware = [
        Middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts)),
        Middleware(_Limit, concurrency=concurrency),
    ]
    if cors_origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=list(cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
        )
        middleware.insert(1, cors)
    return Starlette(
        routes=[
            Route("/healthz", gateway.health),
            Route("/v1/models", gateway.models),
            Route("/v1/models/{model}", gateway.model),
            Route("/v1/chat/completions", gateway.complete, methods=["POST"]),
            Route("/v1/responses", gateway.respond, methods=["POST"]),
        ],
        middleware=middleware,
        exception_handlers={RefusedError: _refused, MagickPenError: _failed},
        lifespan=lifespan,
    )


class _Gateway:
    def __init__(self, pen: AsyncMagickPen, api_key: str | None) -> None:
        self._pen = pen
        self._api_key = api_key

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def models(self, request: Request) -> Response:
        self._check_key(request)
        return JSONResponse({"object": "list", "data": [_model(name) for name in MODELS]})

    async def model(self, request: Request) -> Response:
        self._check_key(request)
        name = str(request.path_params["model"])
        check_model(name)
        return JSONResponse(_model(name))

    async def complete(self, request: Request) -> Response:
        return await self._answer(request, ChatCompletion)

    async def respond(self, request: Request) -> Response:
        return await self._answer(request, ModelResponse)

    async def _answer(self, request: Request, parse: Callable[[Body], Answer]) -> Response:
        self._check_key(request)
        answer = parse(await _body(request))
        stream = self._pen.stream(answer.messages, system=answer.system, stop=answer.stop)
        if not answer.streams:
            reply = await _unless_reader_leaves(request, stream.reply)
            return Response() if reply is None else JSONResponse(answer.whole(reply.text))
        # The status is sent before the text, so a refusal has to come first.
        first = await _unless_reader_leaves(request, lambda: anext(stream, ""))
        return Response() if first is None else _Events(stream, first, answer)

    def _check_key(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._api_key is None:
            return
        if not hmac.compare_digest(given.encode(), self._api_key.encode()):
            raise RefusedError("The API key is wrong.", status=401, code="invalid_api_key")


class _Limit:
    """Lets a bounded number of questions in."""

    def __init__(self, app: ASGIApp, concurrency: int) -> None:
        self._app = app
        self._free = concurrency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        if not self._free:
            error = RefusedError("The gateway answers enough questions.", status=503, code="busy")
            # To come again costs nothing.
            await JSONResponse(error.body, error.status, {"retry-after": "1"})(scope, receive, send)
            return
        self._free -= 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._free += 1


class _Events(StreamingResponse):
    """The events of a streamed answer.

    The response closes the stream, since a generator that is never started closes nothing.
    """

    def __init__(self, stream: AsyncStream, first: str, answer: Answer) -> None:
        super().__init__(_events(stream, first, answer), media_type="text/event-stream")
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._stream:
            await super().__call__(scope, receive, send)


async def _events(stream: AsyncStream, first: str, answer: Answer) -> AsyncIterator[str]:
    yield answer.begin()
    try:
        if first:
            yield answer.piece(first)
        async for text in stream:
            yield answer.piece(text)
    except MagickPenError as error:
        yield answer.fail(error)
        return
    yield answer.end(stream.text)


async def _unless_reader_leaves(request: Request, work: Callable[[], Awaitable[T]]) -> T | None:
    """Return what the work returns, or None if the reader leaves, which cancels the work."""
    result: T | None = None
    failure: MagickPenError | None = None

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        try:
            result = await work()
        except MagickPenError as error:
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return result


async def _body(request: Request) -> Body:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise RefusedError(f"The body is longer than {MAX_BODY} bytes.", status=413)
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError("The body is no JSON.") from None
    if not isinstance(value, dict):
        raise RefusedError("The body must be a JSON object.")
    return cast("Body", value)


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "magickpen"}


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return JSONResponse(error.body, error.status, {"x-should-retry": "false"})


async def _failed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, MagickPenError)
    headers = {"x-should-retry": "false"}
    status = 502
    if isinstance(error, ConfigurationError):
        status = 400
    elif isinstance(error, RateLimitError):
        status = 429
        if error.retry_after is not None:
            headers["retry-after"] = str(math.ceil(error.retry_after))
    elif isinstance(error, APIConnectionError) and not error.sent:
        # Only then does a retry not cost a second question.
        status, headers = 503, {}
    return JSONResponse(error_body(error), status, headers)
