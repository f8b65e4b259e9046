"""The connections of the default client: which are used again, and how those in use end."""

from __future__ import annotations

import _thread
import asyncio
import gc
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import httpcore
import pytest

from magickpen import (
    AsyncMagickPen,
    ConfigurationError,
    MagickPen,
    MagickPenError,
    SiteSecrets,
    StreamInterruptedError,
)
from magickpen.emulator import Emulator, Stall
from magickpen.network import base_pool
from magickpen.network.backend import Backend
from magickpen.network.pool import Lease
from magickpen.network.progress import Progress
from tests.support.facades import Facade, connections_in_use
from tests.support.raw_server import PlayServer, wait_until

SECRETS = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx")


def answer(*headers: bytes) -> bytes:
    head = [b"HTTP/1.1 200 OK", b"content-type: text/plain", b"content-length: 5", *headers]
    return b"\r\n".join(head) + b"\r\n\r\nHello"


@pytest.fixture
def server() -> Iterator[PlayServer]:
    with PlayServer((answer(),)) as server:
        yield server


async def ask_twice(pen: AsyncMagickPen) -> None:
    for _ in range(2):
        assert (await pen.ask("Hi")).text == "Hello"


def connections(facade: Facade, service: Emulator, server: PlayServer, scenario: Any) -> int:
    facade.run(scenario, service, api_url=server.url, secrets=SECRETS)
    return len(server.connections)


def test_a_signal_that_comes_before_a_wait_ends_it(service: Emulator) -> None:
    service.play(Stall(3))
    with MagickPen(base_url=service.url, api_url=service.url, timeout=20) as pen:
        # It does not wake who waits, as if it had come before.
        threading.Timer(0.5, _thread.interrupt_main).start()
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            pen.ask("Hi")
        assert time.monotonic() - started < 5


def test_a_connection_is_used_again(facade: Facade, service: Emulator, server: PlayServer) -> None:
    assert connections(facade, service, server, ask_twice) == 1


@pytest.mark.parametrize(
    ("header", "opened"),
    [
        (b"keep-alive: timeout=5, max=100", 1),
        (b"keep-alive: max=100, timeout=0", 2),
        (b"Keep-Alive: timeout=0", 2),
        (b"keep-alive: timeout=x", 1),
        (b"connection: close", 2),
    ],
)
def test_a_server_may_shorten_how_long_it_is_kept(
    facade: Facade, service: Emulator, server: PlayServer, header: bytes, opened: int
) -> None:
    server.next_plays([], (answer(header),))
    assert connections(facade, service, server, ask_twice) == opened


def test_it_is_not_used_again_when_it_is_old(
    facade: Facade, service: Emulator, server: PlayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_pool, "KEPT_FOR", 0.0)
    assert connections(facade, service, server, ask_twice) == 2


def test_a_connection_that_its_server_has_closed_meanwhile_is_replaced(
    facade: Facade, service: Emulator, server: PlayServer
) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        await pen.ask("Hi")
        server.connections[0].socket.shutdown(2)
        await anyio.sleep(0.05)
        await pen.ask("Hi")

    assert connections(facade, service, server, scenario) == 2


def test_only_some_idle_connections_are_kept(service: Emulator) -> None:
    service.reply = "Hello"
    secrets = SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)

    async def scenario() -> int:
        async with AsyncMagickPen(api_url=service.url, secrets=secrets) as pen:
            async with anyio.create_task_group() as tasks:
                for _ in range(60):
                    tasks.start_soon(pen.ask, "Hi")
            [transport] = pen._driver._transports.values()
            assert connections_in_use(pen) == 0
            return len(transport._pool._idle) if transport._pool else 0

    assert 0 < anyio.run(scenario) <= base_pool.KEPT_CONNECTIONS


def endless(prompt: str) -> Iterator[str]:
    yield "begun"
    for _ in range(100):
        time.sleep(0.05)
        yield "more"


def test_a_stream_in_a_cycle_is_closed_by_the_next_call(facade: Facade, service: Emulator) -> None:
    service.reply = endless

    async def scenario(pen: AsyncMagickPen) -> None:
        cycle: list[Any] = [pen.stream("Hi")]
        cycle.append(cycle)
        await anext(cycle[0])
        del cycle
        gc.collect()
        assert connections_in_use(pen) == 1
        service.reply = "Hello"
        await pen.ask("Hi")
        assert connections_in_use(pen) == 0

    facade.run(scenario, service)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("threshold", [700, 150, 37])
def test_the_garbage_collector_stalls_no_call(
    service: Emulator, threshold: int, threads: int
) -> None:
    service.reply = lambda prompt: "word " * 100
    secrets = SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)
    end = time.monotonic() + 2
    rounds = [0] * threads

    def work(pen: MagickPen, thread: int) -> None:
        while time.monotonic() < end:
            cycle: list[Any] = [pen.stream("Hi")]
            cycle.append(cycle)
            next(cycle[0])
            del cycle
            pen.ask("Hi")
            rounds[thread] += 1

    known = gc.get_threshold()
    gc.set_threshold(threshold)
    try:
        with MagickPen(api_url=service.url, secrets=secrets) as pen:
            running = [
                threading.Thread(target=work, args=[pen, thread], daemon=True)
                for thread in range(threads)
            ]
            for each in running:
                each.start()
            for each in running:
                each.join(10)
                assert not each.is_alive(), "a call stalled"
    finally:
        gc.set_threshold(*known)
    assert min(rounds) > 5


DROPPED = """
import gc, sys
from magickpen import MagickPen, SiteSecrets
def main():
    pen = MagickPen(api_url=sys.argv[1], secrets=SiteSecrets(sys.argv[2], sys.argv[3]))
    pen.ask("Hi")
    stream = pen.stream("Hi")
    next(stream)
main()
gc.collect()
kept = MagickPen(api_url=sys.argv[1], secrets=SiteSecrets(sys.argv[2], sys.argv[3]))
kept.ask("Hi")
stream = kept.stream("Hi")
next(stream)
print("end")
"""


def test_a_client_that_is_dropped_closes_itself_without_a_warning(service: Emulator) -> None:
    secrets = service.secrets
    run = subprocess.run(
        [
            *[sys.executable, "-X", "dev", "-W", "error", "-c", DROPPED],
            *[service.url, secrets.x_api_secret, secrets.secret],
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (run.stdout, run.stderr) == ("end\n", "")


def test_the_connections_of_a_dropped_client_are_closed(service: Emulator) -> None:
    secrets = SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)
    before = descriptors()
    for _ in range(5):
        MagickPen(api_url=service.url, secrets=secrets).ask("Hi")
    gc.collect()
    wait_until(lambda: descriptors() <= before)


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_closed_event_loop_leaves_no_connection_behind(service: Emulator) -> None:
    secrets = SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)
    pen = AsyncMagickPen(api_url=service.url, secrets=secrets)
    loops: list[asyncio.AbstractEventLoop] = []
    opened: list[int] = []
    for _ in range(6):
        loop = asyncio.new_event_loop()
        loops.append(loop)
        loop.run_until_complete(pen.ask("Hi"))
        loop.close()
        opened.append(descriptors())
    # That of the last loop stays, until the next one comes.
    assert opened[-1] <= opened[0]
    assert len(pen._driver._transports) == 1


def test_a_call_under_way_makes_no_connection_after_its_client_is_closed(
    service: Emulator,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        pen = MagickPen(api_url=url, secrets=SECRETS, retry_unanswered=True, deadline=8)
        with ThreadPoolExecutor(1) as threads:
            failed = threads.submit(pen.ask, "Hi")
            peer, _ = silent.accept()
            pen.close()
            assert isinstance(failed.exception(timeout=5), MagickPenError)
        peer.close()
        silent.settimeout(0.1)
        with pytest.raises(TimeoutError):
            silent.accept()


def test_a_thread_that_reads_is_told_when_another_one_closes_the_stream(service: Emulator) -> None:
    service.reply = endless
    with MagickPen(base_url=service.url, api_url=service.url) as pen:
        stream = pen.stream("Hi")
        assert next(stream) == "begun"
        closing = threading.Timer(0.1, stream.close)
        closing.start()
        started = time.monotonic()
        with pytest.raises(StreamInterruptedError):
            stream.reply()
        assert time.monotonic() - started < 1
        closing.join()
        assert connections_in_use(pen) == 0  # type: ignore[arg-type]


def test_a_fork_leaves_the_connections_to_the_parent(service: Emulator) -> None:
    service.reply = "Hello"
    with MagickPen(base_url=service.url, api_url=service.url) as pen:
        pen.ask("Hi")
        child = os.fork()
        if not child:
            pen.close()
            os._exit(0)
        os.waitpid(child, 0)
        before = len({request.client_port for request in service.requests})
        assert pen.ask("Hi").text == "Hello"
        assert len({request.client_port for request in service.requests}) == before


def test_a_connection_whose_address_was_not_checked_serves_no_request_to_a_public_one() -> None:
    origin = httpcore.Origin(b"https", b"cdn.example", 443)
    anywhere, checked = Progress(), Progress()
    checked.public_only = True
    for made_for, serves in ((anywhere, False), (checked, True)):
        backend = Backend(made_for.deadline, None, public_only=made_for.public_only)
        lease = Lease(None, backend, origin)
        assert lease.serves(origin, anywhere)
        assert lease.serves(origin, checked) is serves


def test_a_socks_proxy_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_pool, "find_spec", lambda _: None)
    with (
        MagickPen(proxy="socks5://proxy.example", secrets=SECRETS) as pen,
        pytest.raises(ConfigurationError, match=r"^proxy is a SOCKS proxy, .* 'magickpen\[socks"),
    ):
        pen.ask("Hi")
