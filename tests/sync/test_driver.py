"""The blocking driver: threads, processes, one connection, and what happens at the same time."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from magickpen import (
    APIConnectionError,
    APITimeoutError,
    MagickPen,
    MagickPenError,
    Reply,
    SiteSecrets,
)
from magickpen.emulator import Emulator, Status
from magickpen.network.proxy import Route
from magickpen.sync.driver import Driver
from tests.support.flows import careless
from tests.support.rotation import Rotation

THREADS = 50


def test_threads_get_through_rotations(service: Emulator) -> None:
    # Between two rotations and after them, more answers come than can be under way at once.
    rotation = Rotation(service, every=60, times=2)
    service.reply = lambda prompt: f"You wrote {prompt}."
    together = threading.Barrier(THREADS)
    pen = MagickPen(base_url=service.url, api_url=service.url)

    def ask(name: int) -> list[str]:
        together.wait()
        return [rotation.answered(pen.ask(f"{name}/{n}").text) for n in range(4)]

    with pen, ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(ask, range(THREADS)))
    for name, texts in enumerate(answers):
        assert texts == [f"You wrote {name}/{n}." for n in range(4)]
    assert rotation.readings() == 1 + 2


def test_threads_that_begin_together_read_the_site_once(service: Emulator) -> None:
    rotation = Rotation(service)
    together = threading.Barrier(THREADS)
    pen = MagickPen(base_url=service.url, api_url=service.url)

    def ask(name: int) -> Reply:
        together.wait()
        return pen.ask(str(name))

    with pen, ThreadPoolExecutor(THREADS) as pool:
        for round_ in range(1, 4):
            assert len(list(pool.map(ask, range(THREADS)))) == THREADS
            assert rotation.readings() == round_
            service.rotate()


def test_threads_share_connections(service: Emulator) -> None:
    service.reply = "Hello"
    secrets = SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)
    with (
        MagickPen(api_url=service.url, secrets=secrets, timeout=20) as pen,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        replies = pool.map(pen.ask, ["Hi"] * 600)
        assert {reply.text for reply in replies} == {"Hello"}
    assert len({received.client_port for received in service.requests}) < 300


def test_threads_share_the_failure_of_one_reading(service: Emulator) -> None:
    service.play(*[Status(500)] * 3, path="/")
    together = threading.Barrier(8)

    def ask(pen: MagickPen) -> str:
        together.wait()
        with pytest.raises(MagickPenError) as caught:
            pen.ask("Hi")
        return str(caught.value)

    with (
        MagickPen(base_url=service.url, api_url=service.url, max_retries=2) as pen,
        ThreadPoolExecutor(8) as pool,
    ):
        told = set(pool.map(ask, [pen] * 8))
    assert len(told) == 1
    assert "500 Internal Server Error" in told.pop()
    assert Rotation(service).readings() == 3


def test_a_deadline_bounds_the_wait_for_another_reading(service: Emulator) -> None:
    service.play(Status(503, headers={"retry-after": "1"}), path="/")
    with MagickPen(base_url=service.url, api_url=service.url) as pen:
        leader = threading.Thread(target=pen.ask, args=["Hi"])
        leader.start()
        while Rotation(service).readings() == 0:
            time.sleep(0.001)
        with pytest.raises(APITimeoutError, match=r"the deadline of 0\.05 s"):
            pen.ask("Hi", deadline=0.05)
        leader.join()


def test_a_stream_left_in_its_middle_gives_its_connection_back(service: Emulator) -> None:
    with (
        httpx.Client(limits=httpx.Limits(max_connections=1)) as client,
        MagickPen(base_url=service.url, api_url=service.url, http_client=client) as pen,
    ):
        for _ in pen.stream("Hi"):
            break
        assert "Hi" in pen.ask("Hi", timeout=5).text


def test_an_interrupt_leaves_no_lock_behind(service: Emulator) -> None:
    service.play(Status(503, headers={"retry-after": "1"}), path="/")
    with MagickPen(base_url=service.url, api_url=service.url) as pen:
        # While it waits to read the site again, it holds the lock.
        interrupt = threading.Timer(0.1, signal.raise_signal, [signal.SIGINT])
        interrupt.start()
        with pytest.raises(KeyboardInterrupt):
            pen.ask("Hi")
        assert "Hi" in pen.ask("Hi", deadline=5).text


def test_a_flow_that_fails_leaves_no_body_open(service: Emulator) -> None:
    with httpx.Client(limits=httpx.Limits(max_connections=1)) as http_client:
        driver = Driver(http_client, Route())
        for _ in range(2):
            with pytest.raises(LookupError):
                driver.run(careless(service.url))


def test_nothing_is_opened_before_the_first_use() -> None:
    with MagickPen(base_url="http://127.0.0.1:9", max_retries=0) as pen:
        pen.stream("Hi").close()
        with pytest.raises(APIConnectionError):
            pen.ask("Hi")
