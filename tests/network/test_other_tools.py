"""Tools that hook into httpx and httpcore, with the default client and with clients of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import respx
import vcr
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from magickpen import APIConnectionError, AsyncMagickPen, RateLimitError, SiteSecrets
from magickpen.emulator import Emulator
from tests.support.facades import Facade

SECRETS = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx")
ASK = "https://api.magickpen.com/ask"


async def ask(pen: AsyncMagickPen) -> str:
    return (await pen.ask("Hi")).text


def asked(facade: Facade, **options: Any) -> str:
    options = {"secrets": SECRETS, "max_retries": 0} | options

    async def main() -> str:
        async with facade.made(**options) as pen:
            return await ask(pen)

    return anyio.run(main, backend=facade.backend)


@pytest.mark.parametrize("proxy", [None, "http://proxy.example:3128", "socks5://proxy.example"])
def test_respx_answers_in_the_place_of_the_service(facade: Facade, proxy: str | None) -> None:
    with respx.mock as router:
        route = router.post(ASK).respond(text="Hello")
        assert asked(facade, proxy=proxy) == "Hello"
        route.respond(429, headers={"retry-after": "7"})
        with pytest.raises(RateLimitError):
            asked(facade, proxy=proxy)
        route.mock(side_effect=httpx.ConnectError("refused"))
        with pytest.raises(APIConnectionError, match="no connection: refused") as caught:
            asked(facade, proxy=proxy)
        assert not caught.value.sent
    assert route.call_count == 3


def test_respx_lets_requests_through(facade: Facade, service: Emulator) -> None:
    service.reply = "Hello"
    with respx.mock as router:
        route = router.route(host="127.0.0.1").pass_through()
        assert facade.run(ask, service) == "Hello"
    assert route.called


def test_a_request_that_respx_does_not_expect_is_an_error_of_this_package(facade: Facade) -> None:
    with respx.mock, pytest.raises(APIConnectionError, match="not mocked"):
        asked(facade)


def test_vcr_plays_an_answer_that_it_has_recorded(
    facade: Facade, service: Emulator, tmp_path: Path
) -> None:
    service.reply = "Hello"
    recorder = vcr.VCR(match_on=["method", "path"])
    secrets = SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)
    with recorder.use_cassette(str(tmp_path / "tape.yaml")):
        assert facade.run(ask, service, secrets=secrets) == "Hello"
    service.reply = "Something else"
    with recorder.use_cassette(str(tmp_path / "tape.yaml")) as tape:
        assert facade.run(ask, service, secrets=secrets) == "Hello"
    assert tape.play_count == 1
    assert len(service.requests) == 1


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    yield exporter
    instrumentor.uninstrument()


def test_opentelemetry_sees_the_requests_of_the_default_client(
    facade: Facade, service: Emulator, spans: InMemorySpanExporter
) -> None:
    service.reply = "Hello"
    assert facade.run(ask, service) == "Hello"
    seen = [dict(span.attributes or {}) for span in spans.get_finished_spans()]
    assert len(seen) == len(service.requests) > 1
    assert seen[-1]["http.url"] == f"{service.url}/ask"


def test_a_double_of_httpx_answers(facade: Facade) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text="Hello"))
    assert asked(facade, http_client=facade.http_client(transport=transport)) == "Hello"


def test_an_application_answers_without_a_network(facade: Facade) -> None:
    def wsgi(environment: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("content-type", "text/plain")])
        return [b"Hel", b"lo"]

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        head = {"type": "http.response.start", "status": 200, "headers": []}
        await send(head | {"headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"Hel", "more_body": True})
        await send({"type": "http.response.body", "body": b"lo"})

    transport = httpx.WSGITransport(wsgi) if facade.blocking else httpx.ASGITransport(asgi)
    assert asked(facade, http_client=facade.http_client(transport=transport)) == "Hello"
