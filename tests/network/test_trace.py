"""What is done about httpcore's pool: connections that it takes away, and those that it forgets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import anyio.lowlevel
import httpcore
import httpx
import pytest

from magickpen import AsyncMagickPen, MagickPen, SiteSecrets
from magickpen.emulator import Emulator

THREADS = 30


def secrets_of(service: Emulator) -> SiteSecrets:
    return SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)


def test_threads_do_not_lose_connections_that_the_pool_takes_away(
    service: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = httpcore.ConnectionPool._close_connections

    def close_late(pool: Any, closing: list[Any]) -> None:
        # Between the decision and the deed, another thread has time to send its request.
        if closing:
            time.sleep(0.005)
        close(pool, closing)

    monkeypatch.setattr(httpcore.ConnectionPool, "_close_connections", close_late)
    service.reply = "Hello"
    limits = httpx.Limits(max_connections=20, max_keepalive_connections=3)
    with (
        httpx.Client(limits=limits) as http_client,
        MagickPen(
            api_url=service.url, secrets=secrets_of(service), http_client=http_client, timeout=10
        ) as pen,
        ThreadPoolExecutor(THREADS) as threads,
    ):
        replies = list(threads.map(pen.ask, ["Hi"] * 600))
    assert {reply.text for reply in replies} == {"Hello"}


MakeNarrow = Callable[[], tuple[httpx.AsyncClient, AsyncMagickPen]]


@pytest.fixture
def narrow(service: Emulator) -> MakeNarrow:
    """Return what makes a client with one connection, which an answer without end keeps busy."""

    def endless(prompt: str) -> Iterator[str]:
        yield "Once upon a time "
        while prompt == "endless":
            time.sleep(0.01)
            yield "and "

    service.reply = endless

    def make() -> tuple[httpx.AsyncClient, AsyncMagickPen]:
        http_client = httpx.AsyncClient(limits=httpx.Limits(max_connections=1))
        pen = AsyncMagickPen(
            api_url=service.url,
            secrets=secrets_of(service),
            http_client=http_client,
            timeout=5,
            max_retries=0,
        )
        return http_client, pen

    return make


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_call_that_is_cancelled_when_its_turn_has_come_gives_it_to_the_next(
    narrow: MakeNarrow, backend: str
) -> None:
    answers: list[str] = []

    async def ask(pen: AsyncMagickPen, scope: anyio.CancelScope) -> None:
        with scope:
            answers.append((await pen.ask("Hi")).text)

    async def scenario() -> None:
        http_client, pen = narrow()
        async with http_client, anyio.create_task_group() as tasks:
            for yields in range(12):
                stream = pen.stream("endless")
                await anext(stream)
                waiting = anyio.CancelScope()
                tasks.start_soon(ask, pen, waiting)
                await anyio.wait_all_tasks_blocked()
                tasks.start_soon(ask, pen, anyio.CancelScope())
                await anyio.wait_all_tasks_blocked()
                # The pool gives the place to the call that waits, which has no time to take it.
                tasks.start_soon(stream.aclose)
                for _ in range(yields):
                    await anyio.lowlevel.checkpoint()
                waiting.cancel()

    anyio.run(scenario, backend=backend)
    assert len(answers) >= 12
    assert set(answers) == {"Once upon a time "}


def test_a_call_that_asyncio_cancels_again_while_it_closes_gives_its_connection_back(
    narrow: MakeNarrow,
) -> None:
    async def scenario() -> None:
        http_client, pen = narrow()
        async with http_client:
            for yields in range(8):
                stream = pen.stream("endless")
                await anext(stream)
                reading = asyncio.ensure_future(stream.reply())
                await asyncio.sleep(0.02)
                reading.cancel()
                for _ in range(yields):
                    await asyncio.sleep(0)
                reading.cancel()
                await asyncio.wait([reading])
            assert (await pen.ask("Hi")).text == "Once upon a time "

    asyncio.run(scenario())


def test_closing_a_stream_goes_on_where_asyncio_cancels_it(narrow: MakeNarrow) -> None:
    async def scenario() -> None:
        http_client, pen = narrow()
        async with http_client:
            for yields in range(1, 9):
                stream = pen.stream("endless")
                await anext(stream)
                closing = asyncio.ensure_future(stream.aclose())
                for _ in range(yields):
                    await asyncio.sleep(0)
                closing.cancel()
                await asyncio.wait([closing])
            assert (await pen.ask("Hi")).text == "Once upon a time "

    asyncio.run(scenario())
