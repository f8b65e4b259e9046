"""Whatever a library or the system raises, a `MagickPenError` comes out."""

from __future__ import annotations

import errno
import inspect
import socket
import ssl
import types
from collections.abc import Iterator
from typing import Any

import anyio
import h11
import httpcore
import httpx
import pytest

from magickpen import AsyncMagickPen, MagickPenError, RateLimitError, SiteSecrets
from magickpen.emulator import Emulator, Status
from magickpen.network.async_backend import AsyncBackend, AsyncStream
from magickpen.network.backend import Backend, Stream
from tests.support.facades import Facade

pytestmark = pytest.mark.usefixtures("short_pauses")

SECRETS = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx")
REQUEST = httpx.Request("POST", "https://api.magickpen.com/ask")


def made(kind: type[Exception]) -> Exception | None:
    """Make an exception, with the arguments that its kind needs."""
    response = httpx.Response(429, request=REQUEST, text="Slow down")
    for arguments, options in (
        (("told",), {}),
        ((errno.ECONNRESET, "told"), {}),
        ((), {}),
        (("told",), {"request": REQUEST}),
        (("told",), {"request": REQUEST, "response": response}),
        ((b"told", 0, 1, "told"), {}),
    ):
        try:
            return kind(*arguments, **options)
        except (TypeError, AttributeError, ValueError):
            continue
    return None


def exceptions() -> Iterator[type[Exception]]:
    modules: list[types.ModuleType] = [httpx, httpcore, h11, ssl, socket, anyio]
    members = {
        each for module in modules for _, each in inspect.getmembers(module, inspect.isclass)
    }
    for kind in members:
        if issubclass(kind, Exception) and made(kind) is not None:
            yield kind


KINDS = sorted(exceptions(), key=lambda kind: (kind.__module__, kind.__qualname__))


class Broken(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that raises at a step."""

    def __init__(self, step: str, error: Exception) -> None:
        self._step = step
        self.error = error

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if self._step == "send":
            raise self.error
        return httpx.Response(200, stream=BrokenBody(self._step, self.error))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


class BrokenBody(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, step: str, error: Exception) -> None:
        self._step = step
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        yield b"begun"
        if self._step == "read":
            raise self._error

    async def __aiter__(self) -> Any:
        for piece in self:
            yield piece

    def close(self) -> None:
        if self._step == "close":
            raise self._error

    async def aclose(self) -> None:
        self.close()


async def ask(pen: AsyncMagickPen) -> object:
    try:
        return (await pen.ask("Hi")).text
    except MagickPenError as error:
        return error


def test_there_are_kinds() -> None:
    names = {kind.__name__ for kind in KINDS}
    assert {"ConnectError", "InvalidURL", "SSLError", "gaierror", "RemoteProtocolError"} <= names
    assert {"HTTPStatusError", "BrokenResourceError", "StreamError"} <= names


@pytest.mark.parametrize("step", ["send", "read", "close"])
def test_what_a_transport_of_the_callers_raises_is_translated(
    facade: Facade, service: Emulator, step: str
) -> None:
    transport = Broken(step, AssertionError())

    async def scenario(pen: AsyncMagickPen) -> None:
        for kind in KINDS:
            transport.error = made(kind) or AssertionError()
            outcome = await ask(pen)
            assert isinstance(outcome, MagickPenError) or step == "close", (kind, outcome)
            if step == "send" and kind is httpx.HTTPStatusError:
                assert isinstance(outcome, RateLimitError)

    client = facade.http_client(transport=transport)
    facade.run(scenario, service, http_client=client, secrets=SECRETS, max_retries=0)


@pytest.mark.parametrize("operation", ["connect_tcp", "write", "read"])
def test_what_the_sockets_raise_is_translated(
    facade: Facade, service: Emulator, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    error: Exception = AssertionError()

    def fail(*_: object, **__: object) -> Any:
        raise error

    async def fail_async(*_: object, **__: object) -> Any:
        raise error

    place: Any = Stream if facade.blocking else AsyncStream
    if operation == "connect_tcp":
        place = Backend if facade.blocking else AsyncBackend
    monkeypatch.setattr(place, operation, fail if facade.blocking else fail_async)

    async def scenario(pen: AsyncMagickPen) -> None:
        nonlocal error
        for kind in KINDS:
            error = made(kind) or AssertionError()
            outcome = await ask(pen)
            assert isinstance(outcome, MagickPenError), (kind, outcome)

    facade.run(scenario, service, secrets=SECRETS, max_retries=0, timeout=0.2)


class MistakeError(Exception):
    """An error of the caller's program."""


def test_a_mistake_of_the_callers_is_raised_as_it_is(facade: Facade, service: Emulator) -> None:
    for error in (MistakeError(), TypeError("a mistake"), AssertionError("a mistake")):
        client = facade.http_client(transport=Broken("send", error))
        with pytest.raises(type(error)) as caught:
            facade.run(ask, service, http_client=client, secrets=SECRETS)
        assert caught.value is error


def raise_for_status(response: httpx.Response) -> None:
    response.raise_for_status()


async def raise_for_status_async(response: httpx.Response) -> None:
    response.raise_for_status()


def test_a_hook_may_raise_the_error_of_a_status(facade: Facade, service: Emulator) -> None:
    hook = raise_for_status if facade.blocking else raise_for_status_async
    client = facade.http_client(event_hooks={"response": [hook]})
    service.play(Status(429, headers={"retry-after": "3600"}), path="/ask")
    outcome = facade.run(ask, service, http_client=client)
    assert isinstance(outcome, RateLimitError)
    assert outcome.retry_after == 3600


def test_a_refused_signature_is_renewed_behind_such_a_hook(
    facade: Facade, service: Emulator
) -> None:
    hook = raise_for_status if facade.blocking else raise_for_status_async
    client = facade.http_client(event_hooks={"response": [hook]})
    old = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx", "hunter2salt")
    service.rotate()
    service.reply = "Hello"
    assert facade.run(ask, service, http_client=client, secrets=old) == "Hello"
