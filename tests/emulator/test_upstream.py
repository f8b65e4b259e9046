"""Answers of a server that speaks OpenAI's protocol: here the gateway, before another emulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from magickpen import (
    AsyncMagickPen,
    InternalServerError,
    MagickPen,
    MagickPenError,
    StreamInterruptedError,
)
from magickpen.emulator import CutStream, Emulator
from magickpen.integrations.openai_gateway import create_app
from tests.support.gateway import served


@pytest.fixture
def upstream(service: Emulator) -> Iterator[str]:
    service.reply = lambda prompt: f"To {prompt}"
    pen = AsyncMagickPen(base_url=service.url, api_url=service.url)
    with served(create_app(pen)) as url:
        yield f"{url}/v1"


def client(service: Emulator) -> MagickPen:
    return MagickPen(base_url=service.url, api_url=service.url, max_retries=0)


@pytest.mark.parametrize("model", [None, "magickpen"])
def test_it_answers(upstream: str, model: str | None) -> None:
    with Emulator(upstream=upstream, upstream_model=model) as front, client(front) as pen:
        assert pen.ask("Hello") == "To Hello"
        answer = pen.ask("Hello", system="Be brief.", endpoint="chat")
        assert answer == "To System: Be brief.\nUser: Hello\nAssistant:"


def test_an_answer_that_breaks_off_there_breaks_off_here(upstream: str, service: Emulator) -> None:
    service.play(CutStream(4))
    with (
        Emulator(upstream=upstream) as front,
        client(front) as pen,
        pytest.raises(StreamInterruptedError) as caught,
    ):
        pen.ask("Hello")
    assert caught.value.partial == "To H"


def test_a_model_that_it_lacks_is_told(upstream: str) -> None:
    with (
        Emulator(upstream=upstream, upstream_model="gpt-9") as front,
        client(front) as pen,
        pytest.raises(InternalServerError, match="502"),
    ):
        pen.ask("Hello")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "nonsense", "http://[", ""])
def test_a_server_that_cannot_be_reached_is_told(url: str) -> None:
    with (
        Emulator(upstream=url) as front,
        client(front) as pen,
        pytest.raises(InternalServerError, match="502"),
    ):
        pen.ask("Hello")


@pytest.mark.parametrize(
    "said",
    [
        b"data: [",
        b"data: []\n\n",
        b'data: {"choices": 5}\n\n',
        b'data: {"choices": [{"delta": {"content": 5}}]}\n\n',
        b'data: {"error": {"message": "no"}}\n\n',
    ],
)
def test_a_server_that_says_something_else_is_told(said: bytes) -> None:
    async def models(_request: Request) -> Response:
        return JSONResponse({"data": [{"id": "x"}]})

    async def complete(_request: Request) -> Response:
        return Response(said, media_type="text/event-stream")

    routes = [Route("/models", models), Route("/chat/completions", complete, methods=["POST"])]
    with (
        served(Starlette(routes=routes)) as url,
        Emulator(upstream=url) as front,
        client(front) as pen,
        pytest.raises(MagickPenError) as caught,
    ):
        pen.ask("Hello")
    assert isinstance(caught.value, InternalServerError)
