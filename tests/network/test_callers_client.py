"""Clients of the caller's, over public names alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import httpx2
import pytest

from magickpen import (
    APIStatusError,
    APITimeoutError,
    AsyncMagickPen,
    MagickPen,
    MagickPenError,
    SiteSecrets,
    StreamInterruptedError,
)
from magickpen.emulator import Emulator
from tests.support.facades import Facade
from tests.support.raw_server import raw_server

SECRETS = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx")


async def failure(pen: AsyncMagickPen) -> MagickPenError:
    with pytest.raises(MagickPenError) as caught:
        await pen.ask("Hi")
    return caught.value


def dripping(prompt: str) -> Iterator[str]:
    for _ in range(200):
        yield "drop "
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("timeout", "told"),
    [(0.2, "nothing came for 0.2 s"), (5.0, "nothing came for 0.5 s"), (None, "for 0.5 s")],
)
def test_its_own_timeout_counts_if_it_is_shorter_and_not_the_default(
    facade: Facade, service: Emulator, timeout: float | None, told: str
) -> None:
    client = facade.http_client(timeout=timeout)
    with raw_server(b"", hold=3) as (url, _):
        error = facade.run(
            failure,
            service,
            api_url=url,
            secrets=SECRETS,
            http_client=client,
            timeout=0.5,
            max_retries=0,
        )
    assert type(error) is APITimeoutError
    assert told in error.message


def test_a_deadline_ends_it_at_the_next_piece(facade: Facade, service: Emulator) -> None:
    service.reply = dripping
    client = facade.http_client()
    started = time.monotonic()
    error = facade.run(failure, service, http_client=client, deadline=0.5)
    assert time.monotonic() - started < 2
    assert isinstance(error, StreamInterruptedError)
    assert error.partial.startswith("drop drop")


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_another_thread_closes_its_stream_at_the_next_piece(
    service: Emulator, library: Any
) -> None:
    service.reply = dripping
    with (
        library.Client() as client,
        MagickPen(base_url=service.url, api_url=service.url, http_client=client) as pen,
    ):
        stream = pen.stream("Hi")
        next(stream)
        closing = threading.Timer(0.2, stream.close)
        closing.start()
        started = time.monotonic()
        with pytest.raises(StreamInterruptedError):
            stream.reply()
        assert time.monotonic() - started < 1
        closing.join()
        service.reply = "Hello"
        assert pen.ask("Hi").text == "Hello"


def test_a_stream_that_is_dropped_does_not_keep_its_only_connection(
    facade: Facade, service: Emulator
) -> None:
    service.reply = "Hello"

    async def scenario(pen: AsyncMagickPen) -> None:
        for _ in range(3):
            await anext(pen.stream("Hi"))
            assert (await pen.ask("Hi", timeout=5)).text == "Hello"

    client = facade.http_client(limits=httpx.Limits(max_connections=1))
    facade.run(scenario, service, http_client=client)


@pytest.mark.parametrize("location", ["about:blank", "http://[", "http://a:b", "//", "x" * 70_000])
@pytest.mark.parametrize("own", [True, False], ids=["default", "own"])
def test_a_redirect_to_what_is_no_url_is_as_others(
    facade: Facade, service: Emulator, location: str, own: bool
) -> None:
    head = f"HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
    client = None if own else facade.http_client()
    with raw_server(head.encode()) as (url, _):
        error = facade.run(
            failure, service, api_url=url, secrets=SECRETS, http_client=client, max_retries=0
        )
    assert isinstance(error, APIStatusError)
    assert error.status_code == 302
    assert f"it redirects to {location[:200]}" in error.message


def test_a_cancelled_call_leaves_it_whole(service: Emulator) -> None:
    service.reply = dripping

    async def scenario() -> None:
        async with (
            httpx.AsyncClient() as client,
            AsyncMagickPen(base_url=service.url, api_url=service.url, http_client=client) as pen,
        ):
            with anyio.move_on_after(0.3):
                await pen.ask("Hi")
            service.reply = "Hello"
            assert (await pen.ask("Hi")).text == "Hello"

    anyio.run(scenario)


class SilentTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that says nothing of its progress, and takes longer than the deadline."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        time.sleep(0.4)
        raise httpx.ReadTimeout("no answer", request=request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await anyio.sleep(5)
        raise AssertionError("the deadline has passed")


def test_what_a_transport_does_not_tell_may_have_been_sent(
    facade: Facade, service: Emulator
) -> None:
    client = facade.http_client(transport=SilentTransport())
    error = facade.run(failure, service, secrets=SECRETS, http_client=client, deadline=0.2)
    assert type(error) is APITimeoutError
    assert "the deadline of 0.2 s passed" in error.message
    assert error.sent
