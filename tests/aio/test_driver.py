"""The async driver: tasks, event loops, one connection, and cancellation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
import pytest

from magickpen import APITimeoutError, AsyncMagickPen, MagickPenError, StreamInterruptedError
from magickpen.aio.driver import AsyncDriver
from magickpen.emulator import Emulator, Status
from magickpen.network.proxy import Route
from tests.support.flows import careless
from tests.support.rotation import Rotation

TASKS = 50
"""httpcore's pool takes time that grows with the square of the requests that wait in it."""


@pytest.fixture(params=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Callable[[Callable[[], Awaitable[Any]]], Any]:
    return lambda scenario: anyio.run(scenario, backend=request.param)


Run = Callable[[Callable[[], Awaitable[Any]]], Any]


@pytest.fixture(params=[None, 1], ids=["any-number-of-connections", "one-connection"])
def limits(request: pytest.FixtureRequest) -> httpx.Limits | None:
    return None if request.param is None else httpx.Limits(max_connections=request.param)


@asynccontextmanager
async def client(
    service: Emulator, limits: httpx.Limits | None = None, **options: Any
) -> AsyncGenerator[AsyncMagickPen]:
    options |= {"base_url": service.url, "api_url": service.url}
    if limits is None:
        async with AsyncMagickPen(**options) as pen:
            yield pen
    else:
        async with (
            httpx.AsyncClient(limits=limits) as http_client,
            AsyncMagickPen(http_client=http_client, **options) as pen,
        ):
            yield pen


def test_tasks_get_through_rotations(
    run: Run, service: Emulator, limits: httpx.Limits | None
) -> None:
    # Between two rotations and after them, more answers come than can be under way at once.
    rotation = Rotation(service, every=60, times=2)
    service.reply = lambda prompt: f"You wrote {prompt}."
    answers: dict[str, str] = {}

    async def scenario() -> None:
        async with client(service, limits) as pen:

            async def ask(name: int) -> None:
                for n in range(4):
                    reply = await pen.ask(f"{name}/{n}")
                    answers[f"{name}/{n}"] = rotation.answered(reply.text)

            async with anyio.create_task_group() as tasks:
                for name in range(TASKS):
                    tasks.start_soon(ask, name)

    run(scenario)
    assert len(answers) == 4 * TASKS
    assert all(text == f"You wrote {name}." for name, text in answers.items())
    assert rotation.readings() == 1 + 2


def test_tasks_that_begin_together_read_the_site_once(run: Run, service: Emulator) -> None:
    rotation = Rotation(service)

    async def scenario() -> None:
        async with client(service) as pen:
            for round_ in range(1, 4):
                async with anyio.create_task_group() as tasks:
                    for name in range(TASKS):
                        tasks.start_soon(pen.ask, str(name))
                assert rotation.readings() == round_
                service.rotate()

    run(scenario)


def test_tasks_share_the_failure_of_one_reading(run: Run, service: Emulator) -> None:
    service.play(Status(500), path="/")
    told: list[str] = []

    async def scenario() -> None:
        async with client(service, max_retries=0) as pen:

            async def ask() -> None:
                with pytest.raises(MagickPenError) as caught:
                    await pen.ask("Hi")
                told.append(str(caught.value))

            async with anyio.create_task_group() as tasks:
                for _ in range(8):
                    tasks.start_soon(ask)

    run(scenario)
    assert len(told) == 8
    assert len(set(told)) == 1
    assert Rotation(service).readings() == 1


def test_a_cancelled_leader_hands_over(run: Run, service: Emulator) -> None:
    service.play(Status(503, headers={"retry-after": "1"}), path="/")

    async def scenario() -> None:
        async with client(service) as pen, anyio.create_task_group() as tasks:
            leading = anyio.CancelScope()

            async def lead() -> None:
                with leading:
                    await pen.ask("leader")

            tasks.start_soon(lead)
            while not service.requests:
                await anyio.sleep(0.001)
            leading.cancel()
            assert "follower" in (await pen.ask("follower", deadline=5)).text

    run(scenario)


def test_a_deadline_bounds_the_wait_for_another_reading(run: Run, service: Emulator) -> None:
    service.play(Status(503, headers={"retry-after": "1"}), path="/")

    async def scenario() -> None:
        async with client(service) as pen, anyio.create_task_group() as tasks:
            tasks.start_soon(pen.ask, "leader")
            while not service.requests:
                await anyio.sleep(0.001)
            with pytest.raises(APITimeoutError, match=r"the deadline of 0\.05 s"):
                await pen.ask("Hi", deadline=0.05)

    run(scenario)


def test_a_cancelled_stream_gives_its_connection_back(run: Run, service: Emulator) -> None:
    def slowly(prompt: str) -> Iterator[str]:
        yield "one "
        time.sleep(0.05)
        yield f"two {prompt}"

    service.reply = slowly

    async def scenario() -> None:
        async with client(service, httpx.Limits(max_connections=1)) as pen:
            for _ in range(5):
                stream = pen.stream("Hi")
                with anyio.CancelScope() as scope:
                    async for _ in stream:
                        scope.cancel()
                assert scope.cancelled_caught
                with pytest.raises(StreamInterruptedError):
                    await stream.reply()
            assert "Hi" in (await pen.ask("Hi", timeout=5)).text

    run(scenario)


# httpcore loses the slot of a request that is cancelled while it connects; these rounds lose ten
# and more of them, where a pool has a bound. httpx leaves the generators of request bodies behind.
CANCELLED_AFTER = [0, 0.005, 0.01, 0.02, 0.02, 0.03] * 4
left_behind = pytest.mark.filterwarnings("ignore:Exception ignored in.*ByteStream")


@left_behind
def test_calls_that_a_scope_cancels_do_not_use_the_client_up(run: Run, service: Emulator) -> None:
    async def scenario() -> None:
        async with client(service) as pen:
            await pen.fetch_secrets()
            for delay in CANCELLED_AFTER:
                with anyio.move_on_after(delay):
                    async with anyio.create_task_group() as tasks:
                        for _ in range(20):
                            tasks.start_soon(pen.ask, "Hi")
            assert "still here" in (await pen.ask("still here", timeout=5)).text

    run(scenario)


@left_behind
def test_calls_that_asyncio_cancels_do_not_use_the_client_up(service: Emulator) -> None:
    async def scenario() -> None:
        async with client(service) as pen:
            await pen.fetch_secrets()
            for delay in CANCELLED_AFTER:
                tasks = [asyncio.create_task(pen.ask("Hi")) for _ in range(20)]
                await asyncio.sleep(delay)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            assert "still here" in (await pen.ask("still here", timeout=5)).text

    asyncio.run(scenario())


def test_a_flow_that_fails_leaves_no_body_open(run: Run, service: Emulator) -> None:
    async def scenario() -> None:
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=1)) as http_client:
            driver = AsyncDriver(http_client, Route())
            for _ in range(2):
                with pytest.raises(LookupError):
                    await driver.run(careless(service.url))

    run(scenario)
