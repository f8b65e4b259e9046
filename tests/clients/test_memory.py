"""What an answer and many calls need of memory, as tracemalloc counts it in a process of its own.

`benchmarks/memory.py` measures more, and takes its time.
"""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import tracemalloc
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from magickpen import AsyncMagickPen, MagickPen, SiteSecrets
from magickpen.emulator import Emulator
from tests.support.raw_server import raw_server

MIB = 1024 * 1024
MOST = 2.5
"""The most that an answer may need, as a multiple of its size."""

BUFFERS = 256 * 1024
"""What httpx and h11 hold of a body, however long it is."""

FIRST_CALLS, CALLS = 100, 500
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
ALL_WAYS = ("ask", "stream", "async ask", "async stream")
SHORT = response("text/plain", b"Hello", times=1)
ANSWERS: dict[str, tuple[int, bytes, tuple[str, ...]]] = {
    "ASCII": (16 * MIB, response("text/plain", b"a" * BLOCK, times=256), ALL_WAYS),
    "Cyrillic": (
        16 * MIB,
        response("text/plain", "я".encode() * (BLOCK // 2), times=256),
        ALL_WAYS,
    ),
    "JSON": (
        16 * MIB,
        response("application/json", b'{"answer": "', *[b"a" * BLOCK] * 256, b'"}', times=1),
        ALL_WAYS,
    ),
    "server-sent events": (
        MIB,
        response("text/event-stream", event("a" * 64) * 64, times=256),
        ALL_WAYS,
    ),
    # These take their time, and do not depend on the way.
    "small pieces": (MIB // 4, response("text/plain", b"word", times=MIB // 16), ("stream",)),
}


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
    return tracemalloc.get_traced_memory()[1]


@pytest.mark.parametrize(
    ("form", "way"), [(form, way) for form, (_, _, ways) in ANSWERS.items() for way in ways]
)
def test_an_answer_needs_a_small_multiple_of_its_size(form: str, way: str) -> None:
    size, sent, _ = ANSWERS[form]
    with raw_server(SHORT, sent) as (url, _):
        needed = in_fresh_process(peak, url, way)
    # More than the answer alone: it was there.
    assert size < needed < MOST * size + BUFFERS


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
