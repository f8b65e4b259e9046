"""What the client costs on top of httpx: per chunk, per warm call, and to import.

    python benchmarks/streaming.py

The emulator runs in a process of its own. Each figure is the best of several rounds, in which
httpx and the client take turns, since machines are noisy.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio
import httpx

from magickpen import AsyncMagickPen, MagickPen

WORDS = 20_000
ROUNDS = 7

SERVER = f"""
import sys
from magickpen.emulator import Emulator
text = "word " * {WORDS}
with Emulator(reply=lambda prompt: text if prompt == "long" else "short") as service:
    print(service.url, flush=True)
    sys.stdin.read()
"""


@contextmanager
def emulator() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        yield server.stdout.readline().strip()
        server.stdin.close()


def timed(run: Callable[[], int]) -> tuple[float, int]:
    started = time.perf_counter()
    count = run()
    return time.perf_counter() - started, count


def signed(pen: MagickPen) -> dict[str, str]:
    return {**pen.fetch_api_credentials().headers(), "content-type": "application/json"}


def compare(name: str, plain: Callable[[], int], ours: Callable[[], int]) -> None:
    plain(), ours()
    rounds = [(timed(plain), timed(ours)) for _ in range(ROUNDS)]
    (base, chunks), (cost, seen) = min(r[0] for r in rounds), min(r[1] for r in rounds)
    print(
        f"{name:<22} httpx {base * 1e3:8.2f} ms in {chunks:>6} chunks"
        f"   magickpen {cost * 1e3:8.2f} ms in {seen:>6}   x {cost / base:.2f}"
    )


def main() -> None:
    with (
        emulator() as url,
        MagickPen(base_url=url, api_url=url) as pen,
        httpx.Client() as client,
    ):

        def raw(prompt: str) -> int:
            body = {"query": prompt, "turnstileResponse": "", "action": "verify"}
            with client.stream("POST", f"{url}/ask", json=body, headers=signed(pen)) as response:
                return sum(1 for _ in response.iter_text())

        compare("blocking, warm call", lambda: raw("short"), lambda: len(list(pen.stream("short"))))
        compare("blocking, long answer", lambda: raw("long"), lambda: len(list(pen.stream("long"))))
        anyio.run(asynchronous, url, pen)
    for statement in ("import httpx", "import magickpen", "from magickpen import MagickPen"):
        best = min(
            timed(lambda s=statement: subprocess.call([sys.executable, "-c", s]))[0]
            for _ in range(ROUNDS)
        )
        bare = min(
            timed(lambda: subprocess.call([sys.executable, "-c", ""]))[0] for _ in range(ROUNDS)
        )
        print(f"{statement:<34} {1e3 * (best - bare):6.1f} ms")


async def asynchronous(url: str, blocking: MagickPen) -> None:
    async with AsyncMagickPen(base_url=url, api_url=url) as pen, httpx.AsyncClient() as client:

        async def raw(prompt: str) -> int:
            body = {"query": prompt, "turnstileResponse": "", "action": "verify"}
            headers = signed(blocking)
            async with client.stream("POST", f"{url}/ask", json=body, headers=headers) as response:
                return len([None async for _ in response.aiter_text()])

        async def ours(prompt: str) -> int:
            return len([chunk async for chunk in pen.stream(prompt)])

        for prompt, name in (("short", "async, warm call"), ("long", "async, long answer")):
            await raw(prompt), await ours(prompt)
            times: dict[str, list[tuple[float, int]]] = {"raw": [], "ours": []}
            for _ in range(ROUNDS):
                for which, run in (("raw", raw), ("ours", ours)):
                    started = time.perf_counter()
                    chunks = await run(prompt)
                    times[which].append((time.perf_counter() - started, chunks))
            (base, seen), (cost, got) = min(times["raw"]), min(times["ours"])
            print(
                f"{name:<22} httpx {base * 1e3:8.2f} ms in {seen:>6} chunks"
                f"   magickpen {cost * 1e3:8.2f} ms in {got:>6}   x {cost / base:.2f}"
            )


if __name__ == "__main__":
    main()
