"""What is public survives pickle, copies, and the way to another process and back."""

from __future__ import annotations

import copy
import math
import multiprocessing
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

import magickpen
from magickpen import (
    APIConnectionError,
    ApiCredentials,
    APIStatusError,
    APITimeoutError,
    AsyncMagickPen,
    AuthenticationError,
    BadRequestError,
    BatchResult,
    ChallengeError,
    ConfigurationError,
    CredentialsError,
    Discovery,
    DiscoveryLimits,
    FileStore,
    InternalServerError,
    MagickPen,
    MagickPenError,
    MemoryStore,
    Message,
    NotFoundError,
    PageRead,
    PermissionDeniedError,
    RateLimitError,
    Reply,
    ResponseError,
    SiteReading,
    SiteSecrets,
    StreamInterruptedError,
)
from magickpen.emulator import Emulator, Status
from tests.support.facades import Facade

SECRETS = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx", "grains")
READING = SiteReading(
    (PageRead("https://host/", 9), PageRead("https://host/a.js", 0, "404 Not Found")),
    found=("salt",),
    clock_offset=-2.0,
)
ABOUT: dict[str, Any] = {"url": "https://host/ask", "attempts": 2, "hint": "Wait."}
STATUS: dict[str, Any] = {
    "status_code": 429,
    "body": "spent",
    "headers": {"retry-after": "3"},
    "retry_after": 3.0,
}
ERRORS: list[MagickPenError] = [
    MagickPenError("it failed", **ABOUT),
    ConfigurationError("timeout is wrong"),
    CredentialsError("nothing found", reading=READING, **ABOUT),
    APIConnectionError("no connection", sent=False, **ABOUT),
    APITimeoutError("too late", sent=True, **ABOUT),
    APIStatusError("refused", **STATUS, **ABOUT),
    BadRequestError("refused", **STATUS, **ABOUT),
    AuthenticationError("refused", **STATUS, **ABOUT),
    PermissionDeniedError("refused", **STATUS, **ABOUT),
    NotFoundError("refused", **STATUS, **ABOUT),
    RateLimitError("refused", **STATUS, **ABOUT),
    InternalServerError("refused", **STATUS, **ABOUT),
    ChallengeError("a challenge", status_code=403, title="Just a moment...", **ABOUT),
    ResponseError("no answer", partial="Hel", **ABOUT),
    StreamInterruptedError("it broke off", partial="Hel 😀 \ud800", **ABOUT),
]
VALUES: list[object] = [
    Reply(
        text="Hello 😀 \ud800",
        model="gpt-4o-mini",
        endpoint="chat",
        attempts=2,
        time_to_first_chunk=0.5,
        elapsed=1.5,
    ),
    Discovery(SECRETS, "https://host/a.js", READING),
    READING,
    PageRead("https://host/", 9),
    SECRETS,
    ApiCredentials("W252GY255JVYBS9NAM", "0cc1", "1700000000000", "0.5", "oszn8MTx60pS6Jwx"),
    Message("user", "Hi"),
    BatchResult(3, "id"),
    DiscoveryLimits(max_scripts=3, allow_private=True),
]

PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        yield pool


def kinds_of(error: type[MagickPenError]) -> Iterator[type[MagickPenError]]:
    yield error
    for kind in error.__subclasses__():
        if kind.__module__.startswith("magickpen."):
            yield from kinds_of(kind)


def test_every_error_is_tried_and_public() -> None:
    kinds = set(kinds_of(MagickPenError))
    assert {type(error) for error in ERRORS} == kinds
    assert kinds <= {getattr(magickpen, name) for name in magickpen.__all__}


def test_every_public_class_is_tried() -> None:
    public = {getattr(magickpen, name) for name in magickpen.__all__}
    classes = {kind for kind in public if isinstance(kind, type)}
    # Types for annotations alone; what holds an open connection; and the clients and the store,
    # which have tests of their own.
    classes -= {magickpen.CallOptions, magickpen.ClientOptions, magickpen.SecretsStore}
    classes -= {magickpen.Stream, magickpen.AsyncStream}
    classes -= {magickpen.Batch, magickpen.AsyncBatch}
    classes -= {magickpen.Conversation, magickpen.AsyncConversation}
    classes -= {MagickPen, AsyncMagickPen, FileStore, MemoryStore}
    assert {type(example) for example in [*ERRORS, *VALUES]} == classes


def assert_same_error(twin: BaseException, error: MagickPenError) -> None:
    assert type(twin) is type(error)
    assert vars(twin).keys() >= vars(error).keys()
    for name, value in vars(error).items():
        assert getattr(twin, name) == value
    assert (str(twin), repr(twin), twin.args) == (str(error), repr(error), error.args)


def name_of(value: object) -> str:
    return type(value).__name__


@pytest.mark.parametrize("error", ERRORS, ids=name_of)
def test_an_error_survives_pickle_and_copies(error: MagickPenError) -> None:
    for protocol in PROTOCOLS:
        assert_same_error(pickle.loads(pickle.dumps(error, protocol)), error)
    assert_same_error(copy.copy(error), error)
    assert_same_error(copy.deepcopy(error), error)


@pytest.mark.parametrize("error", ERRORS, ids=name_of)
def test_a_copied_error_can_be_told_a_hint_of_its_own(error: MagickPenError) -> None:
    hint = error.hint
    for twin in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        twin.hint = "Try tomorrow."
        assert error.hint == hint


def raised(error: Exception) -> None:
    raise error


def returned(value: object) -> object:
    return value


@pytest.mark.parametrize("error", ERRORS, ids=name_of)
def test_an_error_survives_a_process_pool(
    error: MagickPenError, processes: ProcessPoolExecutor
) -> None:
    with pytest.raises(type(error)) as caught:
        processes.submit(raised, error).result()
    assert_same_error(caught.value, error)
    result = processes.submit(returned, error).result()
    assert isinstance(result, BaseException)
    assert_same_error(result, error)


@pytest.mark.parametrize("value", VALUES, ids=name_of)
def test_a_value_survives_pickle_copies_and_a_process_pool(
    value: object, processes: ProcessPoolExecutor
) -> None:
    twins = [pickle.loads(pickle.dumps(value, protocol)) for protocol in PROTOCOLS]
    twins += [copy.copy(value), copy.deepcopy(value)]
    twins.append(processes.submit(returned, value).result())
    for twin in twins:
        assert type(twin) is type(value)
        assert twin == value
        assert (str(twin), repr(twin)) == (str(value), repr(value))


def ask_and_fail(url: str) -> None:
    with MagickPen(base_url=url, api_url=url, max_retries=0) as pen:
        pen.ask("Hi")


def test_an_error_of_a_call_reaches_the_parent(
    service: Emulator, processes: ProcessPoolExecutor
) -> None:
    service.play(Status(429, '{"message": "spent"}', headers={"retry-after": "3600"}))
    with pytest.raises(RateLimitError, match="spent") as caught:
        processes.submit(ask_and_fail, service.url).result()
    assert (caught.value.status_code, caught.value.retry_after) == (429, 3600)
    assert (caught.value.url, caught.value.attempts) == (f"{service.url}/ask", 1)
    # The pool is not broken by it.
    assert processes.submit(returned, 1).result() == 1


CLIENTS: list[type[MagickPen] | type[AsyncMagickPen]] = [MagickPen, AsyncMagickPen]
OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "secrets": {"secrets": SECRETS},
    "headers": {"headers": {"X-Mine": "1", "authorization": "mine"}},
    "bounds": {"timeout": 5, "deadline": 9.5, "max_retries": 7, "max_reply_bytes": 99},
    "no bounds": {"timeout": None, "deadline": None},
    "proxy": {"proxy": "http://user:hunter2@127.0.0.1:9"},
    "places": {"base_url": "http://127.0.0.1:8", "api_url": "http://127.0.0.1:9"},
    "endpoint": {"endpoint": "chat", "turnstile_token": "token"},
    "limits": {"discovery_limits": DiscoveryLimits(max_scripts=3, seconds=math.inf)},
}


def assert_same_client(twin: Any, client: Any) -> None:
    assert type(twin) is type(client)
    assert repr(twin) == repr(client)
    for name in ("_settings", "_route"):
        assert getattr(twin, name) == getattr(client, name), name
    assert twin._session.known == client._session.known
    assert str(twin._secrets_store) == str(client._secrets_store)


@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())
def test_a_client_survives_pickle_and_a_process_pool(
    kind: Any, options: dict[str, Any], processes: ProcessPoolExecutor
) -> None:
    client = kind(**options)
    derived = client.with_options(endpoint="chat", timeout=3, headers={"x-other": "2"})
    for original in (client, derived):
        for protocol in PROTOCOLS:
            assert_same_client(pickle.loads(pickle.dumps(original, protocol)), original)
        assert_same_client(processes.submit(returned, original).result(), original)


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_client_takes_its_store_along(
    kind: Any, tmp_path: Path, processes: ProcessPoolExecutor
) -> None:
    store = FileStore(tmp_path / "secrets.json")
    store.save("https://magickpen.com", SECRETS)
    twin: Any = processes.submit(returned, kind(secrets_store=store)).result()
    assert twin._secrets_store.path == store.path
    assert twin._secrets_store.load("https://magickpen.com") == SECRETS


def test_a_pickled_client_asks_like_the_first(facade: Facade, service: Emulator) -> None:
    kind = MagickPen if facade.blocking else AsyncMagickPen
    known = SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)
    client = kind(
        base_url=service.url,
        api_url=service.url,
        endpoint="chat",
        headers={"x-mine": "1"},
        secrets=known,
    )
    twin: Any = pickle.loads(pickle.dumps(client.with_options(turnstile_token="token")))

    async def scenario(_: AsyncMagickPen) -> None:
        if facade.blocking:
            with twin:
                assert twin.ask("Hi").endpoint == "chat"
        else:
            async with twin:
                assert (await twin.ask("Hi")).endpoint == "chat"

    facade.run(scenario, service)
    assert [received.path for received in service.requests] == ["/chat/free"]
    assert service.requests[-1].headers["x-mine"] == "1"


def test_the_twin_of_a_derived_client_is_closed_for_itself(service: Emulator) -> None:
    with MagickPen(base_url=service.url, api_url=service.url) as pen:
        with pickle.loads(pickle.dumps(pen.with_options(timeout=5))) as twin:
            twin.ask("Hi")
        with pytest.raises(ConfigurationError, match="closed"):
            twin.ask("Hi")
        assert "Hi" in pen.ask("Hi").text


def test_an_unpickled_client_does_not_look_at_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = MagickPen()
    data = pickle.dumps(client)
    monkeypatch.setenv("MAGICKPEN_BASE_URL", "nonsense")
    monkeypatch.setenv("MAGICKPEN_PROXY", "http://127.0.0.1:2")
    assert_same_client(pickle.loads(data), client)


def test_a_client_with_a_client_of_the_caller_cannot_be_pickled() -> None:
    with httpx.Client() as theirs, pytest.raises(TypeError, match="http_client cannot be pickled"):
        pickle.dumps(MagickPen(http_client=theirs))
    with pytest.raises(TypeError, match="http_client cannot be pickled"):
        pickle.dumps(AsyncMagickPen(http_client=httpx.AsyncClient()))


def test_what_holds_a_connection_is_not_pickled_by_mistake(service: Emulator) -> None:
    with MagickPen(base_url=service.url, api_url=service.url) as pen, pen.stream("Hi") as stream:
        next(stream)
        with pytest.raises(TypeError):
            pickle.dumps(stream)


def test_a_pickled_client_takes_along_what_it_knows(service: Emulator) -> None:
    with MagickPen(base_url=service.url, api_url=service.url) as pen:
        pen.ask("Hi")
        service.reset()
        with pickle.loads(pickle.dumps(pen)) as twin:
            assert "Hi" in twin.ask("Hi").text
        assert [request.path for request in service.requests] == ["/ask"]


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_client_that_is_unpickled_again_is_the_one_that_is_there(kind: Any) -> None:
    client = kind()
    twin = pickle.loads(pickle.dumps(client))
    assert twin is not client
    assert pickle.loads(pickle.dumps(client)) is twin
    assert pickle.loads(pickle.dumps(twin)) is twin
    assert pickle.loads(pickle.dumps(kind())) is not twin
    derived = pickle.loads(pickle.dumps(client.with_options(timeout=5)))
    assert derived is not twin
    twin._driver.closed = True
    assert pickle.loads(pickle.dumps(client)) is not twin


def test_only_some_unpickled_clients_are_kept() -> None:
    clients = [MagickPen() for _ in range(9)]
    twins = [pickle.loads(pickle.dumps(client)) for client in clients]
    again = [pickle.loads(pickle.dumps(client)) for client in reversed(clients)]
    assert [a is b for a, b in zip(reversed(again), twins, strict=True)] == [False] + [True] * 8


@pytest.mark.slow
def test_a_pool_of_processes_reads_the_site_not_at_all(service: Emulator) -> None:
    spawn = multiprocessing.get_context("spawn")
    with MagickPen(base_url=service.url, api_url=service.url) as pen:
        pen.ask("Hi")
        service.reset()
        service.reply = "Hello"
        with ProcessPoolExecutor(2, mp_context=spawn) as pool:
            replies = list(pool.map(pen.ask, ["Hi"] * 20))
    assert [reply.text for reply in replies] == ["Hello"] * 20
    assert {request.path for request in service.requests} == {"/ask"}
    assert len({request.client_port for request in service.requests}) <= 2
