"""The addresses of a host: their order, and how they are tried."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from magickpen import (
    APIConnectionError,
    APITimeoutError,
    AsyncMagickPen,
    ResponseError,
    SiteSecrets,
)
from magickpen.emulator import Emulator
from magickpen.network.addresses import Address, addresses_of, in_turn, permitted
from tests.support.facades import Facade

HERE = "127.0.0.1"
SILENT = "127.0.0.2"
CLOSED = "127.0.0.3"


def address(text: str, port: int = 80) -> Address:
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    return Address(family, socket.SOCK_STREAM, 6, "", (text, port))


@pytest.mark.parametrize(
    ("found", "tried"),
    [
        (["::1", "::2", "::3", "10.0.0.1"], ["::1", "10.0.0.1", "::2", "::3"]),
        (["10.0.0.1", "10.0.0.2", "::1"], ["10.0.0.1", "::1", "10.0.0.2"]),
        (["10.0.0.1", "10.0.0.1"], ["10.0.0.1"]),
        (["::1"], ["::1"]),
    ],
)
def test_the_families_are_tried_in_turn(found: list[str], tried: list[str]) -> None:
    assert in_turn([address(text) for text in found]) == [address(text) for text in tried]


def test_only_public_addresses_are_permitted() -> None:
    public = [address("93.184.216.34"), address("2606:4700::1111")]
    assert permitted("cdn.example", [address(HERE), *public, address("fd00::1")]) == public
    with pytest.raises(ResponseError, match=r"cdn\.example is at 10\.0\.0\.1: an address of a"):
        permitted("cdn.example", [address("10.0.0.1"), address(HERE)])


def test_an_address_is_not_looked_up_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "Thread", None)
    for host in (HERE, "::1"):
        assert addresses_of(host, 80).result(0)[0].address[:2] == (host, 80)


def test_a_thread_that_cannot_start_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    assert addresses_of("localhost", 80).result(0)


@pytest.fixture
def names(service: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[str]]]:
    """Names and their addresses. At one of these, connections are neither made nor refused."""
    known: dict[str, list[str]] = {}
    system = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        if host not in known:
            return system(host, port, *args, **options)
        if options.get("flags"):
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        return [tuple(address(text, port)) for text in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    place = (SILENT, port_of(service))
    with socket.socket() as full:
        full.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        full.bind(place)
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(place)
        yield known
        for each in waiting:
            each.close()


def port_of(service: Emulator) -> int:
    return int(service.url.rpartition(":")[2])


def run(facade: Facade, service: Emulator, scenario: Any, **options: Any) -> Any:
    secrets = SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)
    url = f"http://host.example:{port_of(service)}"
    return facade.run(scenario, service, api_url=url, secrets=secrets, **options)


async def seconds_to_the_first_text(pen: AsyncMagickPen) -> float:
    started = time.monotonic()
    stream = pen.stream("Hi")
    await anext(stream)
    passed = time.monotonic() - started
    await stream.aclose()
    return passed


@pytest.mark.parametrize(
    ("addresses", "longest"),
    [([SILENT, HERE], 1.0), ([CLOSED, HERE], 0.25), ([SILENT, CLOSED, HERE], 1.0)],
    ids=["silent", "refused", "both"],
)
def test_the_next_address_does_not_wait_long(
    facade: Facade,
    service: Emulator,
    names: dict[str, list[str]],
    addresses: list[str],
    longest: float,
) -> None:
    names["host.example"] = addresses
    assert run(facade, service, seconds_to_the_first_text, deadline=8) < longest


async def failure(pen: AsyncMagickPen) -> APIConnectionError:
    with pytest.raises(APIConnectionError) as caught:
        await pen.ask("Hi")
    return caught.value


def test_the_error_names_the_addresses_that_were_tried(
    facade: Facade, service: Emulator, names: dict[str, list[str]]
) -> None:
    names["host.example"] = [CLOSED, "127.0.0.4"]
    error = run(facade, service, failure, max_retries=0)
    refused = "Connection refused"
    assert error.message == f"no connection: {refused} ({CLOSED}), {refused} (127.0.0.4)"
    assert not error.sent
    names["host.example"] = [SILENT, CLOSED]
    error = run(facade, service, failure, max_retries=0, deadline=0.5)
    assert type(error) is APITimeoutError
    assert f"no answer ({SILENT}), {refused} ({CLOSED})" in error.message
