"""The transports, with httpx's own double and with servers that misbehave."""

from __future__ import annotations

import socket
import threading
from typing import Any

import anyio
import httpcore
import httpx
import pytest
from httpx_aiohttp import AiohttpTransport
from pytest_httpx import HTTPXMock

from magickpen import (
    APIConnectionError,
    APITimeoutError,
    AsyncMagickPen,
    ConfigurationError,
    MagickPen,
    MagickPenError,
    SiteSecrets,
)
from magickpen.emulator import Emulator
from tests.support.facades import BlockingPen, Facade
from tests.support.raw_server import raw_server

pytestmark = pytest.mark.usefixtures("short_pauses")

SECRETS = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx")
ASK = "https://api.magickpen.com/ask"


async def ask(facade: Facade, **options: Any) -> str:
    if facade.blocking:
        with MagickPen(**options) as pen:
            return str(await BlockingPen(pen).ask("Hi"))
    async with AsyncMagickPen(**options) as apen:
        return str(await apen.ask("Hi"))


def asked(facade: Facade, **options: Any) -> str:
    options = {"secrets": SECRETS} | options
    return anyio.run(lambda: ask(facade, **options), backend=facade.backend)


def test_by_default_it_asks_the_service(facade: Facade, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=ASK, method="POST", text="Hello")
    assert asked(facade) == "Hello"


@pytest.mark.parametrize(
    ("error", "message", "sent", "kind"),
    [
        (httpx.ConnectError("refused"), "no connection: refused", False, APIConnectionError),
        (httpx.ConnectTimeout(""), "no connection within 10 s", False, APITimeoutError),
        (httpx.PoolTimeout(""), "no connection was free within 7 s", False, APITimeoutError),
        (httpx.ReadTimeout(""), "nothing came for 7 s", True, APITimeoutError),
        (httpx.WriteTimeout(""), "nothing came for 7 s", True, APITimeoutError),
        (httpx.ReadError(""), "the connection failed: ReadError", True, APIConnectionError),
        (httpx.RemoteProtocolError("bad"), "the connection failed: bad", True, APIConnectionError),
        (
            httpx.ProxyError("407"),
            "no connection through the proxy: 407",
            False,
            APIConnectionError,
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_errors_are_translated(
    facade: Facade,
    httpx_mock: HTTPXMock,
    error: Exception,
    message: str,
    sent: bool,
    kind: type[APIConnectionError],
) -> None:
    httpx_mock.add_exception(error)
    with pytest.raises(APIConnectionError) as caught:
        asked(facade, max_retries=0, timeout=7)
    assert type(caught.value) is kind
    assert caught.value.message == message
    assert (caught.value.sent, caught.value.url) == (sent, ASK)
    assert caught.value.__cause__ is error


def test_what_httpx_takes_for_no_url_is_named(facade: Facade) -> None:
    with pytest.raises(ConfigurationError, match=r"'http://localhost/a+' is not a valid URL"):
        asked(facade, api_url="http://localhost/" + "a" * 70_000)


@pytest.mark.parametrize("error", [httpx.ConnectError(""), httpx.PoolTimeout("")], ids=repr)
def test_what_was_not_sent_is_sent_again(
    facade: Facade, httpx_mock: HTTPXMock, error: Exception
) -> None:
    error.__cause__ = httpcore.ConnectError("refused")
    httpx_mock.add_exception(error)
    httpx_mock.add_response(text="Hello")
    assert asked(facade, max_retries=1) == "Hello"


def test_what_another_librarys_error_lies_behind_may_have_been_sent(
    facade: Facade, httpx_mock: HTTPXMock
) -> None:
    error = httpx.ConnectTimeout("hung up after the request")
    error.__cause__ = OSError("server disconnected")
    httpx_mock.add_exception(error)
    with pytest.raises(APITimeoutError) as caught:
        asked(facade, max_retries=2)
    assert caught.value.sent
    assert len(httpx_mock.get_requests()) == 1


def test_over_aiohttp_a_server_that_hangs_up_is_not_asked_twice() -> None:
    async def main(url: str) -> None:
        async with httpx.AsyncClient(transport=AiohttpTransport()) as client:
            pen = AsyncMagickPen(api_url=url, secrets=SECRETS, http_client=client)
            with pytest.raises(MagickPenError) as caught:
                await pen.ask("Hi")
            assert caught.value.attempts == 1

    with raw_server(b"", b"") as (url, received):
        anyio.run(main, url)
        assert len(received) == 1


def test_the_emulator_answers_over_aiohttp(service: Emulator) -> None:
    async def main() -> str:
        async with httpx.AsyncClient(transport=AiohttpTransport()) as client:
            pen = AsyncMagickPen(
                base_url=service.url, api_url=service.url, http_client=client, deadline=20
            )
            return (await pen.ask("Hi")).text

    assert "Hi" in anyio.run(main)


# httpx leaves generators behind where it cannot decompress.


def test_a_refusal_is_read_to_its_limit_and_no_further(facade: Facade) -> None:
    body = b"x" * 200_000
    response = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 200000\r\n\r\n" + body
    with raw_server(response) as (url, _), pytest.raises(MagickPenError) as caught:
        asked(facade, api_url=url)
    assert len(vars(caught.value)["body"]) == 64 * 1024


def test_a_deadline_bounds_the_look_up_of_a_name(
    facade: Facade, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, ended = threading.Event(), threading.Event()

    def look_up(*arguments: Any, flags: int = 0, **_: object) -> list[Any]:
        if (flags or sum(arguments[5:])) & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        over.wait(5)
        ended.set()
        raise socket.gaierror("no such host")

    # No server of names here is slow on demand.
    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    async def scenario() -> None:
        with pytest.raises(APITimeoutError, match=r"the deadline of 0\.3 s") as caught:
            await ask(facade, secrets=SECRETS, deadline=0.3)
        # An event loop waits at its end for the threads that look names up.
        assert not ended.is_set()
        assert not caught.value.sent
        over.set()

    anyio.run(scenario, backend=facade.backend)
    assert ended.wait(5)
