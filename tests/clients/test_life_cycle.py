"""Clients over event loops, threads and processes, and after their end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import multiprocessing
import os
import signal
import threading
import time
import traceback
import weakref
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import anyio
import pytest
import trio

from magickpen import (
    APIConnectionError,
    AsyncBatch,
    AsyncMagickPen,
    ConfigurationError,
    MagickPen,
    MagickPenError,
    Reply,
    StreamInterruptedError,
)
from magickpen.emulator import Emulator, Fault, HangUp, RateLimit, Status
from tests.support.facades import Facade
from tests.support.rotation import Rotation

CALLS = 200
SECONDS = 20
"""After which a test gives up what does not come to its end."""


def answer(prompt: str) -> str:
    return f"You wrote {prompt}."


@pytest.fixture
def parrot(service: Emulator) -> Emulator:
    """The emulator, with an answer to each prompt that no other prompt has."""
    service.reply = answer
    return service


def client(service: Emulator, **options: Any) -> MagickPen:
    return MagickPen(base_url=service.url, api_url=service.url, **options)


def ask_many(pen: MagickPen, name: str, calls: int = CALLS) -> None:
    for n in range(calls):
        assert pen.ask(f"{name}/{n}").text == answer(f"{name}/{n}")


LOOPS: dict[str, Callable[[Callable[[], Awaitable[None]]], None]] = {
    "asyncio": lambda scenario: asyncio.run(scenario()),  # type: ignore[arg-type]
    "trio": trio.run,
}


@pytest.mark.parametrize(
    "names",
    [("asyncio", "asyncio"), ("asyncio", "trio"), ("trio", "asyncio", "trio")],
    ids="-".join,
)
def test_one_client_serves_one_event_loop_after_another(
    parrot: Emulator, names: tuple[str, ...]
) -> None:
    pen = AsyncMagickPen(base_url=parrot.url, api_url=parrot.url)

    async def ask(prompt: str) -> None:
        assert (await pen.ask(prompt)).text == answer(prompt)

    async def scenario() -> None:
        with anyio.fail_after(SECONDS):
            await ask_ten_at_once()
            # Over a connection that has been in use.
            await ask("again")

    async def ask_ten_at_once() -> None:
        async with anyio.create_task_group() as tasks:
            for n in range(10):
                tasks.start_soon(ask, str(n))

    for name in names:
        LOOPS[name](scenario)
        # A connection that nobody closed would make a warning, and that an error.
        gc.collect()
    assert Rotation(parrot).readings() == 1


def test_event_loops_of_several_threads_share_a_client(parrot: Emulator) -> None:
    pen = AsyncMagickPen(base_url=parrot.url, api_url=parrot.url)

    async def ask(name: int) -> None:
        with anyio.fail_after(SECONDS):
            for n in range(20):
                assert (await pen.ask(f"{name}/{n}")).text == answer(f"{name}/{n}")

    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(asyncio.run, ask(name)) for name in range(2)]
        assert [each.result() for each in asked] == [None, None]


def test_threads_get_the_answers_to_their_own_questions(parrot: Emulator) -> None:
    with client(parrot) as pen, ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(ask_many, pen, name, 100) for name in "abcdefgh"]
        assert [each.result() for each in asked] == [None] * 8
    assert len([r for r in parrot.requests if r.path == "/ask"]) == 800


def fork(work: Callable[[], object]) -> int:
    """Do something in a forked process, and return its id."""
    child = os.fork()
    if child:
        return child
    # What pytest does at its end belongs to the parent, and so does a timeout's traceback.
    signal.alarm(SECONDS)
    try:
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def exit_status(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


with_fork = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


@with_fork
def test_a_fork_in_the_middle_leaves_both_processes_a_client(parrot: Emulator) -> None:
    with client(parrot) as pen:
        ask_many(pen, "before", 10)
        parrot.rotate()
        child = fork(lambda: ask_many(pen, "child"))
        ask_many(pen, "parent")
        assert exit_status(child) == 0
    ports: dict[str, set[int]] = {}
    for received in parrot.requests:
        if received.path == "/ask" and received.status == 200:
            asked_by = "child" if b'"child/' in received.body else "parent"
            ports.setdefault(asked_by, set()).add(received.client_port)
    assert ports["child"].isdisjoint(ports["parent"])
    # At first, and after the rotation by each.
    assert Rotation(parrot).readings() == 1 + 2
    assert len([r for r in parrot.requests if r.path == "/ask" and r.status == 200]) == 410


@pytest.fixture
def held(parrot: Emulator) -> Iterator[tuple[threading.Event, threading.Event]]:
    """An event for an answer to "held" that has begun, and one to let it go on.

    An answer to "held back" does not begin before that.
    """
    begun, let_go = threading.Event(), threading.Event()

    def reply(prompt: str) -> Iterator[str]:
        if prompt == "held back":
            begun.set()
            assert let_go.wait(SECONDS)
        return pieces(prompt)

    def pieces(prompt: str) -> Iterator[str]:
        if prompt == "held":
            begun.set()
            yield "first "
            assert let_go.wait(SECONDS)
        yield answer(prompt)

    parrot.reply = reply
    yield begun, let_go
    let_go.set()


@with_fork
def test_a_fork_in_the_middle_of_another_threads_answer(
    parrot: Emulator, held: tuple[threading.Event, threading.Event]
) -> None:
    begun, let_go = held
    with client(parrot) as pen, ThreadPoolExecutor(1) as threads:
        asked = threads.submit(pen.ask, "held")
        assert begun.wait(SECONDS)

        def work() -> None:
            ask_many(pen, "child", 20)
            pen.close()

        assert exit_status(fork(work)) == 0
        let_go.set()
        assert asked.result().text == "first You wrote held."
        ask_many(pen, "parent", 20)


@with_fork
def test_a_fork_while_another_thread_reads_the_site(parrot: Emulator) -> None:
    # It holds the lock while it waits to read the site again.
    parrot.play(Status(503), path="/")
    with client(parrot) as pen, ThreadPoolExecutor(1) as threads:
        asked = threads.submit(pen.ask, "parent")
        while not parrot.requests:
            threading.Event().wait(0.001)
        assert exit_status(fork(lambda: ask_many(pen, "child", 20))) == 0
        assert asked.result().text == answer("parent")


def dribble(prompt: str) -> Iterator[str]:
    for _ in range(100):
        yield "and "
        time.sleep(0.05)


@with_fork
def test_a_deadline_bounds_an_answer_in_a_forked_process(parrot: Emulator) -> None:
    with MagickPen(base_url=parrot.url, api_url=parrot.url) as pen:
        # What watches deadlines is at work in the parent.
        pen.ask("parent", deadline=100)
        parrot.reply = dribble

        def work() -> None:
            with pytest.raises(StreamInterruptedError, match=r"the deadline of 0\.5 s"):
                pen.ask("child", deadline=0.5)

        assert exit_status(fork(work)) == 0


@with_fork
def test_a_stream_that_a_forked_process_closes_goes_on_in_the_parent(
    parrot: Emulator, held: tuple[threading.Event, threading.Event]
) -> None:
    _, let_go = held
    with client(parrot) as pen, pen.stream("held") as stream:
        assert next(stream) == "first "

        def work() -> None:
            stream.close()
            pen.close()
            gc.collect()

        assert exit_status(fork(work)) == 0
        let_go.set()
        assert stream.reply().text == "first You wrote held."


def ask_elsewhere(pen: MagickPen | AsyncMagickPen, prompt: str) -> Reply:
    if isinstance(pen, MagickPen):
        with pen:
            return pen.ask(prompt)

    async def main() -> Reply:
        async with pen:
            return await pen.ask(prompt)

    return asyncio.run(main())


@pytest.mark.parametrize("kind", [MagickPen, AsyncMagickPen])
def test_a_client_goes_to_a_spawned_process(
    parrot: Emulator, kind: type[MagickPen] | type[AsyncMagickPen]
) -> None:
    pen = kind(base_url=parrot.url, api_url=parrot.url, headers={"x-mine": "1"})
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as processes:
        prompts = [str(n) for n in range(8)]
        replies = list(processes.map(ask_elsewhere, [pen] * len(prompts), prompts))
    assert [reply.text for reply in replies] == list(map(answer, prompts))
    assert {r.headers["x-mine"] for r in parrot.requests if r.path == "/ask"} == {"1"}


async def first_of(batch: AsyncBatch) -> object:
    async with batch:
        return await anext(batch)


USES: dict[str, Callable[[AsyncMagickPen], Awaitable[object]]] = {
    "ask": lambda pen: pen.ask("Hi"),
    "stream": lambda pen: anext(pen.stream("Hi")),
    "stream's reply": lambda pen: pen.stream("Hi").reply(),
    "discover": lambda pen: pen.discover(),
    "fetch_secrets": lambda pen: pen.fetch_secrets(),
    "fetch_api_credentials": lambda pen: pen.fetch_api_credentials(),
    "conversation": lambda pen: pen.conversation().ask("Hi"),
    "conversation's stream": lambda pen: pen.conversation().stream("Hi").reply(),
    "batch": lambda pen: first_of(pen.batch(["Hi"])),
    "with_options": lambda pen: pen.with_options(endpoint="chat").ask("Hi"),
}


@pytest.mark.parametrize("used_before", [False, True], ids=["unused", "used"])
def test_a_closed_client_says_so_in_every_method(
    facade: Facade, parrot: Emulator, used_before: bool
) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        stream, conversation, derived = (
            pen.stream("Hi"),
            pen.conversation(),
            pen.with_options(endpoint="chat"),
        )
        early: list[Callable[[], Awaitable[object]]] = [
            lambda: anext(stream),
            lambda: conversation.ask("Hi"),
            lambda: derived.ask("Hi"),
        ]
        if used_before:
            for use in USES.values():
                await use(pen)
        await pen.aclose()
        await pen.aclose()
        received = len(parrot.requests)
        for use in USES.values():
            with pytest.raises(ConfigurationError, match="the client is closed"):
                await use(pen)
        for use_early in early:
            with pytest.raises(ConfigurationError, match="the client is closed"):
                await use_early()
        assert len(parrot.requests) == received

    facade.run(scenario, parrot)


def test_every_public_method_is_tried_on_a_closed_client() -> None:
    methods = {
        name
        for name in dir(AsyncMagickPen)
        if not name.startswith("_") and callable(getattr(AsyncMagickPen, name))
    }
    # These need no client, or end it.
    methods -= {
        "aclose",
        "create_async_generator",
        "for_class",
        "get_model",
        "load_conversation",
    }
    assert methods == {name.partition("'")[0] for name in USES}


def test_a_stream_is_interrupted_where_its_client_is_closed(
    facade: Facade, parrot: Emulator, held: tuple[threading.Event, threading.Event]
) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        stream = pen.stream("held")
        assert await anext(stream) == "first "
        await pen.aclose()
        with pytest.raises(StreamInterruptedError) as caught:
            await stream.reply()
        assert caught.value.partial == stream.text == "first "

    facade.run(scenario, parrot)


def test_an_answer_in_another_thread_ends_where_the_client_is_closed(
    parrot: Emulator, held: tuple[threading.Event, threading.Event]
) -> None:
    with client(parrot) as pen, ThreadPoolExecutor(1) as threads:
        stream = pen.stream("held")
        assert next(stream) == "first "
        reading = threading.Event()

        def read_on() -> Reply:
            reading.set()
            return stream.reply()

        asked = threads.submit(read_on)
        assert reading.wait(SECONDS)
        pen.close()
        error = asked.exception(SECONDS)
        assert isinstance(error, StreamInterruptedError)
        assert error.partial == "first "


def test_a_question_in_another_thread_ends_where_the_client_is_closed(
    parrot: Emulator, held: tuple[threading.Event, threading.Event]
) -> None:
    begun, _ = held
    with client(parrot) as pen, ThreadPoolExecutor(1) as threads:
        asked = threads.submit(pen.ask, "held back")
        assert begun.wait(SECONDS)
        pen.close()
        error = asked.exception(SECONDS)
        assert isinstance(error, APIConnectionError)
        assert error.sent
    assert len([r for r in parrot.requests if r.path == "/ask"]) <= 1


@pytest.mark.parametrize("fault", [None, HangUp(), Status(503), RateLimit(0)])
def test_a_dropped_stream_needs_no_collector_to_give_its_connection_back(
    facade: Facade, service: Emulator, fault: Fault | None
) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        await pen.ask("The imports and the secrets")
        service.play(fault)
        eager = pen.with_options(max_retries=1, retry_unanswered=True)
        stream = eager.stream("Hi")
        gc.disable()
        try:
            await anext(stream)
            dropped = weakref.ref(stream)
            del stream
            assert dropped() is None
        finally:
            gc.enable()

    facade.run(scenario, service)


def test_a_failed_reading_of_the_site_keeps_nothing_of_the_call(
    facade: Facade, service: Emulator
) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        service.play(Status(404), path="/")
        stream = pen.stream("Hi")
        with contextlib.suppress(MagickPenError):
            await anext(stream)
        assert service.requests[-1].status == 404
        dropped = weakref.ref(stream)
        del stream
        gc.collect()
        assert dropped() is None

    facade.run(scenario, service)
