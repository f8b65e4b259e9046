"""What an answer and many calls need of memory, as tracemalloc counts it in a process of its own.

`benchmarks/memory.py` measures more, and takes its time.
"""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import tracemalloc
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from magickpen import AsyncMagickPen, MagickPen, SiteSecrets
from magickpen.emulator import Emulator
from tests.support.raw_server import raw_server

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
MOST = 2.5
"""The most that an answer may need, as a multiple of its size."""

BUFFERS = 256 * 1024
"""What httpx and h11 hold of a body, however long it is."""

FIRST_CALLS, CALLS = 50, 250
MOST_GROWTH = 5 * MIB * (CALLS - FIRST_CALLS) // 9_000
SECRETS = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx")


def in_fresh_process(function: Callable[..., Any], *args: object) -> Any:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as process:
        return process.submit(function, *args).result()


def response(content_type: str, *pieces: bytes, times: int) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n"
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return head.encode() + chunks * times + b"0\r\n\r\n"


def event(text: str) -> bytes:
    return f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}\n\n".encode()


BLOCK = 64 * 1024
WAYS = ("ask", "stream", "async ask", "async stream")
SHORT = response("text/plain", b"Hello", times=1)
ANSWERS: dict[str, tuple[int, bytes]] = {
    "ASCII": (4 * MIB, response("text/plain", b"a" * BLOCK, times=64)),
    "Cyrillic": (4 * MIB, response("text/plain", "я".encode() * (BLOCK // 2), times=64)),
    "JSON": (
        4 * MIB,
        response("application/json", b'{"answer": "', *[b"a" * BLOCK] * 64, b'"}', times=1),
    ),
    "server-sent events": (
        MIB // 2,
        response("text/event-stream", event("a" * 64) * 64, times=128),
    ),
    "small pieces": (MIB // 8, response("text/plain", b"word", times=MIB // 32)),
}


def peaks(url: str, ways: Sequence[str]) -> list[int]:
    return [peak(url, way) for way in ways]


def peak(url: str, way: str) -> int:
    """Take a short answer and then a long one. Return the most that the long one needed."""
    options: dict[str, Any] = {"api_url": url, "secrets": SECRETS, "max_reply_bytes": 64 * MIB}

    @contextmanager
    def measured() -> Generator[None]:
        gc.collect()
        tracemalloc.start()
        yield

    async def asynchronous() -> None:
        async with AsyncMagickPen(**options) as pen:
            await pen.ask("Hi")
            with measured():
                if way == "async ask":
                    await pen.ask("Hi")
                else:
                    async for _ in pen.stream("Hi"):
                        pass

    if way.startswith("async"):
        asyncio.run(asynchronous())
    else:
        with MagickPen(**options) as pen:
            pen.ask("Hi")
            with measured():
                if way == "ask":
                    pen.ask("Hi")
                else:
                    for _ in pen.stream("Hi"):
                        pass
    needed = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return needed


@pytest.mark.parametrize("form", ANSWERS)
def test_an_answer_needs_a_small_multiple_of_its_size(form: str) -> None:
    size, sent = ANSWERS[form]
    # Small pieces take their time, and do not depend on the way.
    ways = ("stream",) if form == "small pieces" else WAYS
    with raw_server(*[SHORT, sent] * len(ways)) as (url, _):
        needed = in_fresh_process(peaks, url, ways)
    # More than the answer alone: it was there.
    assert all(size < most < MOST * size + BUFFERS for most in needed), needed


def growth(url: str, blocking: bool) -> tuple[int, int]:
    """Ask many times. Return how much the memory in use grew, in bytes and in objects."""
    options: dict[str, Any] = {"base_url": url, "api_url": url}

    def in_use() -> tuple[int, int]:
        gc.collect()
        return tracemalloc.get_traced_memory()[0], len(gc.get_objects())

    def blocking_calls() -> Iterator[None]:
        with MagickPen(**options) as pen:
            for _ in range(CALLS):
                yield
                pen.ask("Hi")

    async def asynchronous() -> list[tuple[int, int]]:
        seen: list[tuple[int, int]] = []
        async with AsyncMagickPen(**options) as pen:
            for n in range(CALLS):
                if n in (FIRST_CALLS, CALLS - 1):
                    seen.append(in_use())
                await pen.ask("Hi")
        return seen

    tracemalloc.start()
    if blocking:
        seen = [in_use() for n, _ in enumerate(blocking_calls()) if n in (FIRST_CALLS, CALLS - 1)]
    else:
        seen = asyncio.run(asynchronous())
    (bytes_before, objects_before), (bytes_after, objects_after) = seen
    return bytes_after - bytes_before, objects_after - objects_before


@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "asyncio"])
def test_many_calls_leave_nothing_behind(service: Emulator, blocking: bool) -> None:
    size, objects = in_fresh_process(growth, service.url, blocking)
    assert len([received for received in service.requests if received.path == "/ask"]) == CALLS
    assert size < MOST_GROWTH
    assert objects < (CALLS - FIRST_CALLS) // 10
