"""Hundreds of calls that are cancelled, some of them twice, and what is left of the client."""

from __future__ import annotations

import asyncio
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import anyio
import pytest

from magickpen import AsyncMagickPen, MagickPen, StreamInterruptedError
from magickpen.emulator import Emulator, Stall

CALLS = 500
AT_ONCE = 50
GOOD = 100
LONGEST = 0.05
"""Seconds after which a call is cancelled at the latest: some have not begun, some are over."""


@pytest.fixture
def slow_service(service: Emulator) -> Emulator:
    def reply(prompt: str) -> Iterator[str]:
        for word in f"You wrote {prompt}".split(" "):
            yield f"{word} "
            if prompt == "to be cancelled":
                time.sleep(0.004)

    service.reply = reply
    return service


def client(service: Emulator) -> AsyncMagickPen:
    return AsyncMagickPen(base_url=service.url, api_url=service.url)


async def answers(pen: AsyncMagickPen) -> list[str]:
    texts: list[str] = []

    async def ask(n: int) -> None:
        texts.append((await pen.ask(f"question {n}", timeout=10)).text)

    async with anyio.create_task_group() as tasks:
        for n in range(GOOD):
            tasks.start_soon(ask, n)
    return sorted(texts)


ALL_ANSWERED = sorted(f"You wrote question {n} " for n in range(GOOD))


@pytest.mark.slow
def test_tasks_of_asyncio_that_are_cancelled_twice_leave_the_client_whole(
    slow_service: Emulator,
) -> None:
    chance = random.Random(500)

    async def scenario() -> list[str]:
        async with client(slow_service) as pen:
            for _ in range(CALLS // AT_ONCE):
                tasks = [asyncio.create_task(pen.ask("to be cancelled")) for _ in range(AT_ONCE)]
                await asyncio.sleep(chance.uniform(0, LONGEST))
                for task in tasks:
                    task.cancel()
                for _ in range(chance.randrange(4)):
                    await asyncio.sleep(0)
                for task in tasks[::2]:
                    task.cancel()
                await asyncio.wait(tasks)
            return await answers(pen)

    assert asyncio.run(scenario()) == ALL_ANSWERED


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_scopes_that_are_cancelled_twice_leave_the_client_whole(
    slow_service: Emulator, backend: str
) -> None:
    chance = random.Random(500)

    async def ask(pen: AsyncMagickPen, scope: anyio.CancelScope) -> None:
        with scope:
            await pen.ask("to be cancelled")

    async def scenario() -> list[str]:
        async with client(slow_service) as pen:
            for _ in range(CALLS // AT_ONCE):
                scopes = [anyio.CancelScope() for _ in range(AT_ONCE)]
                async with anyio.create_task_group() as tasks:
                    for scope in scopes:
                        tasks.start_soon(ask, pen, scope)
                    await anyio.sleep(chance.uniform(0, LONGEST))
                    for scope in scopes[::2]:
                        scope.cancel()
                    for _ in range(chance.randrange(4)):
                        await anyio.sleep(0)
                    # Those of the scopes above are cancelled again.
                    tasks.cancel_scope.cancel()
            return await answers(pen)

    assert anyio.run(scenario, backend=backend) == ALL_ANSWERED


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_loop_that_is_left_gives_its_connection_back(
    slow_service: Emulator, backend: str
) -> None:
    async def scenario() -> list[str]:
        async with client(slow_service) as pen:
            for _ in range(3):
                async for _ in pen.stream("to be cancelled"):
                    break
            return [(await pen.ask("again", timeout=10)).text]

    assert anyio.run(scenario, backend=backend) == ["You wrote again "]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_error_in_the_callers_loop_gives_its_connection_back(
    slow_service: Emulator, backend: str
) -> None:
    async def scenario() -> list[str]:
        async with client(slow_service) as pen:
            with suppress(LookupError):
                async with pen.stream("to be cancelled") as stream:
                    async for _ in stream:
                        raise LookupError
            return [(await pen.ask("again", timeout=10)).text]

    assert anyio.run(scenario, backend=backend) == ["You wrote again "]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_another_task_can_close_a_stream_that_is_read(service: Emulator, backend: str) -> None:
    def endless(prompt: str) -> Iterator[str]:
        yield "first"
        time.sleep(0.2)

    service.reply = endless
    told: list[str] = []

    async def read(stream: object) -> None:
        assert hasattr(stream, "reply")
        with pytest.raises(StreamInterruptedError) as caught:
            await stream.reply()
        told.append(caught.value.partial)

    async def scenario() -> None:
        async with client(service) as pen:
            stream = pen.stream("Hi")
            assert await anext(stream) == "first"
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(read, stream)
                await anyio.sleep(0.02)
                await stream.aclose()
            service.reply = "Hello"
            assert (await pen.ask("again", timeout=10)).text == "Hello"

    anyio.run(scenario, backend=backend)
    assert told == ["first"]


@pytest.fixture
def endless(service: Emulator) -> Iterator[MagickPen]:
    """A blocking client of a service that begins an answer and stalls."""
    done = threading.Event()

    def reply(prompt: str) -> Iterator[str]:
        yield "first"
        if prompt == "endless":
            done.wait(10)

    service.reply = reply
    url = service.url
    with MagickPen(base_url=url, api_url=url) as pen:
        yield pen
    done.set()


def interrupt_soon() -> None:
    """Send this thread what Ctrl-C sends it."""
    reader = threading.get_ident()
    threading.Timer(0.05, signal.pthread_kill, [reader, signal.SIGINT]).start()


def test_an_interrupt_in_an_answer_gives_its_connection_back(endless: MagickPen) -> None:
    stream = endless.stream("endless")
    assert next(stream) == "first"
    interrupt_soon()
    with pytest.raises(KeyboardInterrupt):
        next(stream)
    assert stream.text == "first"
    assert endless.ask("again", timeout=5).text == "first"


@pytest.mark.parametrize("deadline", [None, 30], ids=["no-deadline", "deadline"])
def test_an_interrupt_before_the_answer_gives_its_connection_back(
    service: Emulator, endless: MagickPen, deadline: float | None
) -> None:
    endless.fetch_secrets()
    service.play(Stall())
    interrupt_soon()
    with pytest.raises(KeyboardInterrupt):
        endless.ask("endless", deadline=deadline)
    assert endless.ask("again", timeout=5).text == "first"


def test_another_thread_can_close_a_stream_that_is_read_blocking(endless: MagickPen) -> None:
    stream = endless.stream("endless")
    assert next(stream) == "first"
    threading.Timer(0.05, stream.close).start()
    with pytest.raises(StreamInterruptedError) as caught:
        stream.reply()
    assert caught.value.partial == "first"
    assert endless.ask("again", timeout=5).text == "first"


def test_a_stream_that_nobody_keeps_gives_its_connection_back(endless: MagickPen) -> None:
    endless.fetch_secrets()
    assert next(endless.stream("endless")) == "first"
    assert next(endless.stream("endless", deadline=30)) == "first"
    assert endless.ask("again", timeout=5).text == "first"
