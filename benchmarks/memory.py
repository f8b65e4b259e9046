"""What a long answer needs of memory, as a multiple of its size, and what many calls leave behind.

    python benchmarks/memory.py

The servers run in a process of their own, and so does each measurement: once under tracemalloc,
which counts what Python allocates, and once without it, for the growth of the resident set.
"""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from magickpen import AsyncMagickPen, MagickPen, SiteSecrets
from magickpen.emulator import Emulator

T = TypeVar("T")

MIB = 1024 * 1024
PIECE = 64 * 1024
EVENTS = 64
"""How many events come at once."""

WARM_CALLS = 1_000
CALLS = 10_000
SECRETS = SiteSecrets("any", "any")


class Answer(NamedTuple):
    """An answer of which each piece is a chunk of its own."""

    size: int
    content_type: str
    piece: bytes
    text: str
    """What of a piece is text of the answer."""
    start: bytes = b""
    end: bytes = b""


def plain(size: int, piece: str) -> Answer:
    return Answer(size, "text/plain; charset=utf-8", piece.encode(), piece)


def events(size: int, word: str) -> Answer:
    event = f"data: {json.dumps({'choices': [{'delta': {'content': word}}]})}\n\n"
    piece = event.encode() * EVENTS
    return Answer(size, "text/event-stream", piece, word * EVENTS, end=b"data: [DONE]\n\n")


# What costs time by the piece and not by the byte is measured with less.
ANSWERS = {
    "short": plain(5, "Hello"),
    "ASCII": plain(64 * MIB, "a" * PIECE),
    "Cyrillic": plain(64 * MIB, "я" * (PIECE // 2)),
    "pieces of 4 bytes": plain(1 * MIB, "pen "),
    "server-sent events": events(8 * MIB, "magickpen words "),
    "JSON": Answer(64 * MIB, "application/json", b"a" * PIECE, "a" * PIECE, b'{"answer": "', b'"}'),
}


class Answering(BaseHTTPRequestHandler):
    """Answers as the question says. The emulator would take its time for small pieces."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        answer = ANSWERS[json.loads(body)["query"]]
        self.send_response(200)
        self.send_header("content-type", answer.content_type)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self._write(answer.start)
        self._write(answer.piece, times=answer.size // len(answer.text.encode()))
        self._write(answer.end)
        self.wfile.write(b"0\r\n\r\n")

    def _write(self, piece: bytes, times: int = 1) -> None:
        chunk = b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""
        at_once = max(1, PIECE // len(piece)) if piece else 1
        while times > 0:
            self.wfile.write(chunk * min(times, at_once))
            times -= at_once

    def log_request(self, *_: object, **__: object) -> None:
        pass


def serve() -> None:
    with (
        Emulator(reply="Hello") as service,
        ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(service.url, f"http://127.0.0.1:{server.server_port}", flush=True)
        sys.stdin.read()
        server.shutdown()


@contextmanager
def servers() -> Generator[list[str]]:
    with subprocess.Popen(
        [sys.executable, __file__, "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        yield server.stdout.readline().split()
        server.stdin.close()


def in_fresh_process(function: Callable[..., T], *args: object) -> T:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(function, *args).result()


def resident() -> int:
    """Return the size of the resident set in bytes."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


class Peak:
    """The most memory that was in use since it was made, in bytes."""

    def __init__(self, traced: bool) -> None:
        gc.collect()
        self._traced = traced
        if traced:
            tracemalloc.start()
        self._before = self._now()
        self._started = time.perf_counter()

    def _now(self) -> int:
        if self._traced:
            return tracemalloc.get_traced_memory()[1]
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    def result(self) -> tuple[int, float]:
        """Return it, and the seconds."""
        return self._now() - self._before, time.perf_counter() - self._started


def ask(url: str, form: str, traced: bool) -> tuple[int, float]:
    with MagickPen(api_url=url, secrets=SECRETS, max_reply_bytes=1024 * MIB) as pen:
        pen.ask("short")
        peak = Peak(traced)
        pen.ask(form)
        return peak.result()


def stream(url: str, form: str, traced: bool) -> tuple[int, float]:
    with MagickPen(api_url=url, secrets=SECRETS, max_reply_bytes=1024 * MIB) as pen:
        pen.ask("short")
        peak = Peak(traced)
        for _ in pen.stream(form):
            pass
        return peak.result()


def async_ask(url: str, form: str, traced: bool) -> tuple[int, float]:
    async def main() -> tuple[int, float]:
        async with AsyncMagickPen(api_url=url, secrets=SECRETS, max_reply_bytes=1024 * MIB) as pen:
            await pen.ask("short")
            peak = Peak(traced)
            await pen.ask(form)
            return peak.result()

    return asyncio.run(main())


def async_stream(url: str, form: str, traced: bool) -> tuple[int, float]:
    async def main() -> tuple[int, float]:
        async with AsyncMagickPen(api_url=url, secrets=SECRETS, max_reply_bytes=1024 * MIB) as pen:
            await pen.ask("short")
            peak = Peak(traced)
            async for _ in pen.stream(form):
                pass
            return peak.result()

    return asyncio.run(main())


def blocking_calls(url: str) -> tuple[int, int]:
    """Ask many times. Return the resident set after the first calls, and its growth, in bytes."""
    with MagickPen(base_url=url, api_url=url) as pen:
        for _ in range(WARM_CALLS):
            pen.ask("Hi")
        before = resident()
        for _ in range(CALLS - WARM_CALLS):
            pen.ask("Hi")
        return before, resident() - before


def async_calls(url: str) -> tuple[int, int]:
    """Do the same, awaiting."""

    async def ask_many(ask_once: Callable[[], Awaitable[Any]], times: int) -> None:
        for _ in range(times):
            await ask_once()

    async def main() -> tuple[int, int]:
        async with AsyncMagickPen(base_url=url, api_url=url) as pen:
            await ask_many(lambda: pen.ask("Hi"), WARM_CALLS)
            before = resident()
            await ask_many(lambda: pen.ask("Hi"), CALLS - WARM_CALLS)
            return before, resident() - before

    return asyncio.run(main())


def main(emulator: str, answering: str) -> None:
    print("the peak while an answer is taken, as a multiple of the answer's size")
    for form, answer in list(ANSWERS.items())[1:]:
        for way in (ask, stream, async_ask, async_stream):
            allocated, _ = in_fresh_process(way, answering, form, True)
            grown, seconds = in_fresh_process(way, answering, form, False)
            print(
                f"{form:<18} {answer.size // MIB:>2} MiB  {way.__name__:<12}"
                f" allocated x {allocated / answer.size:5.2f}"
                f"   resident x {grown / answer.size:5.2f}   {seconds:6.2f} s",
                flush=True,
            )
    print(f"growth of the resident set from call {WARM_CALLS:,} to call {CALLS:,}")
    for calls in (blocking_calls, async_calls):
        before, grown = in_fresh_process(calls, emulator)
        print(f"{calls.__name__:<14} {before / MIB:6.2f} MiB + {grown / MIB:5.2f} MiB", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        with servers() as urls:
            main(*urls)
