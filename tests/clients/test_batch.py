"""Batches over both clients."""

from __future__ import annotations

import _thread
import threading
import time
from collections.abc import Iterator
from typing import Any

import anyio
import pytest

from magickpen import AsyncMagickPen, BatchResult, ConfigurationError, MagickPen, RateLimitError
from magickpen.emulator import CutStream, Emulator, RateLimit, Stall, Status
from tests.support.facades import Facade, connections_in_use


def questions(service: Emulator) -> int:
    return sum(request.path == "/ask" for request in service.requests)


def test_each_prompt_has_a_result(facade: Facade, service: Emulator) -> None:
    service.reply = lambda prompt: f"to {prompt}"

    async def scenario(pen: AsyncMagickPen) -> list[BatchResult]:
        async with pen.batch(["a", {"id": "x", "prompt": "b"}, "c"]) as batch:
            return [result async for result in batch]

    results = facade.run(scenario, service)
    assert [(r.index, r.id, r.reply) for r in results] == [
        (0, None, "to a"),
        (1, "x", "to b"),
        (2, None, "to c"),
    ]


def test_an_error_is_a_result(facade: Facade, service: Emulator) -> None:
    service.reply = "one two three"
    service.play(Status(400), CutStream(7))

    async def scenario(pen: AsyncMagickPen) -> list[BatchResult]:
        async with pen.batch(["a", "b", "", "d"]) as batch:
            return [result async for result in batch]

    results = facade.run(scenario, service)
    assert [r.error and r.error.code for r in results] == [
        "bad_request",
        "interrupted",
        "configuration",
        None,
    ]
    assert getattr(results[1].error, "partial", "") == "one two"


def test_several_questions_are_asked_at_a_time(facade: Facade, service: Emulator) -> None:
    together = threading.Barrier(5)

    def reply(prompt: str) -> str:
        together.wait(10)
        return prompt

    service.reply = reply

    async def scenario(pen: AsyncMagickPen) -> list[BatchResult]:
        async with pen.batch(map(str, range(10)), concurrency=5) as batch:
            return [result async for result in batch]

    results = facade.run(scenario, service)
    assert sorted(r.index for r in results) == list(range(10))
    assert all(r.reply == str(r.index) for r in results)


def test_no_more_is_asked_than_is_taken(facade: Facade, service: Emulator) -> None:
    taken: list[int] = []

    def prompts() -> Iterator[str]:
        for n in range(100):
            taken.append(n)
            yield str(n)

    async def scenario(pen: AsyncMagickPen) -> None:
        async with pen.batch(prompts(), concurrency=3) as batch:
            await anext(batch)
            await anyio.sleep(0.5)
        assert connections_in_use(pen) == 0

    facade.run(scenario, service)
    assert len(taken) <= 4
    assert questions(service) <= 4


def test_options_count_for_all_questions(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        async with pen.batch(["a"], system="Be brief.", endpoint="chat", stop="e") as batch:
            async for result in batch:
                assert result.reply == "This is th"
                assert result.reply.endpoint == "chat"

    facade.run(scenario, service)
    assert b"Be brief." in service.requests[-1].body


def test_a_rate_limit_is_waited_for(facade: Facade, service: Emulator) -> None:
    service.play(RateLimit(1.2))

    async def scenario(pen: AsyncMagickPen) -> list[BatchResult]:
        async with pen.batch(["a", "b"]) as batch:
            return [result async for result in batch]

    started = time.monotonic()
    results = facade.run(scenario, service, max_retries=0)
    assert [r.error for r in results] == [None, None]
    assert 1.2 <= time.monotonic() - started < 10


def test_a_rate_limit_can_be_a_result(facade: Facade, service: Emulator) -> None:
    service.play(RateLimit(3600))

    async def scenario(pen: AsyncMagickPen) -> list[BatchResult]:
        async with pen.batch(["a", "b"], wait_for_rate_limit=False) as batch:
            return [result async for result in batch]

    first, second = facade.run(scenario, service)
    assert isinstance(first.error, RateLimitError)
    assert second.reply is not None


def test_a_pause_can_be_left(facade: Facade, service: Emulator) -> None:
    service.play(RateLimit(3600))

    async def scenario(pen: AsyncMagickPen) -> list[BatchResult]:
        async with pen.batch(["a", "b"], concurrency=2) as batch:
            await anext(batch)
            while not batch.pause:
                await anyio.sleep(0.01)
            assert 3590 < batch.pause <= 3600
            batch.stop()
            return [result async for result in batch]

    started = time.monotonic()
    assert facade.run(scenario, service) == []
    assert time.monotonic() - started < 10


def test_a_batch_that_is_stopped_ends_with_what_is_under_way(
    facade: Facade, service: Emulator
) -> None:
    async def scenario(pen: AsyncMagickPen) -> list[BatchResult]:
        async with pen.batch(map(str, range(100)), concurrency=2) as batch:
            results = []
            async for result in batch:
                results.append(result)
                batch.stop()
            return results

    results = facade.run(scenario, service)
    assert 1 <= len(results) <= 4
    assert all(result.reply for result in results)


def test_an_error_of_the_prompts_is_raised(facade: Facade, service: Emulator) -> None:
    def prompts() -> Iterator[str]:
        yield "a"
        raise ValueError("broken")

    async def scenario(pen: AsyncMagickPen) -> None:
        async with pen.batch(prompts()) as batch:
            async for _ in batch:
                pass

    with pytest.raises(ValueError, match="broken"):
        facade.run(scenario, service)


def test_an_error_of_the_block_is_raised_as_it_is(facade: Facade, service: Emulator) -> None:
    service.play(Stall(5), Stall(5))

    async def scenario(pen: AsyncMagickPen) -> None:
        async with pen.batch("abc"[n] for n in range(3)):
            raise ValueError("of the block")

    started = time.monotonic()
    with pytest.raises(ValueError, match="of the block"):
        facade.run(scenario, service)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "arguments",
    [{"prompts": "text"}, {"prompts": [], "concurrency": 0}, {"prompts": [], "timeout": -1}],
)
def test_wrong_arguments_raise_at_once(
    facade: Facade, service: Emulator, arguments: dict[str, Any]
) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        with pytest.raises(ConfigurationError):
            pen.batch(**arguments)

    facade.run(scenario, service)


def test_a_closed_client_asks_nothing(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        batch = pen.batch(["a"])
        await pen.aclose()
        async with batch:
            with pytest.raises(ConfigurationError, match="the client is closed"):
                await anext(batch)

    facade.run(scenario, service)


def test_a_blocking_batch_keeps_what_had_come_when_it_is_closed(service: Emulator) -> None:
    service.reply = "one two three"
    service.play(Stall(7), Stall(4))
    with MagickPen(base_url=service.url, api_url=service.url) as pen:
        batch = pen.batch("abcd"[n] for n in range(4))
        reader = threading.Timer(1.5, batch.close)
        reader.start()
        started = time.monotonic()
        results = list(batch)
        assert time.monotonic() - started < 8
    assert [getattr(r.error, "partial", "") for r in results] == ["one two"]


def test_a_blocking_batch_that_is_closed_does_not_wait_for_an_answer_to_begin(
    service: Emulator,
) -> None:
    service.play(None, Stall())
    with MagickPen(base_url=service.url, api_url=service.url, timeout=60) as pen:
        batch = pen.batch(["a", "b", "c"])
        assert next(batch).reply is not None
        threading.Timer(0.5, batch.close).start()
        started = time.monotonic()
        assert list(batch) == []
        assert list(batch) == []
        assert time.monotonic() - started < 5


def test_a_signal_that_comes_before_a_wait_ends_a_batch(service: Emulator) -> None:
    service.play(Stall())
    with MagickPen(base_url=service.url, api_url=service.url, timeout=20) as pen:
        batch = pen.batch(["a"])
        # It does not wake who waits, as if it had come before.
        threading.Timer(0.5, _thread.interrupt_main).start()
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            next(batch)
        assert time.monotonic() - started < 5
        batch.close()


def test_a_blocking_batch_needs_no_block(service: Emulator) -> None:
    with MagickPen(base_url=service.url, api_url=service.url) as pen:
        assert [r.index for r in pen.batch(["a", "b"])] == [0, 1]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_async_batch_needs_its_block(service: Emulator, backend: str) -> None:
    async def main() -> None:
        async with AsyncMagickPen(base_url=service.url, api_url=service.url) as pen:
            with pytest.raises(ConfigurationError, match="inside of `async with"):
                await anext(pen.batch(["a"]))

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_async_batch_can_be_cancelled(service: Emulator, backend: str) -> None:
    service.play(Stall(5), Stall(5))

    async def main() -> None:
        async with AsyncMagickPen(base_url=service.url, api_url=service.url) as pen:
            with anyio.move_on_after(1) as scope:
                async with pen.batch(["a", "b"], concurrency=2) as batch:
                    async for _ in batch:
                        pass
            assert scope.cancelled_caught
            assert connections_in_use(pen) == 0

    anyio.run(main, backend=backend)
