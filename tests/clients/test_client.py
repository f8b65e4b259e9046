"""The clients, in scenarios that run blocking, on asyncio and on trio."""

from __future__ import annotations

import json
import math
from typing import Any

import httpx
import httpx2
import pytest

from magickpen import (
    APIConnectionError,
    AsyncMagickPen,
    ClientOptions,
    ConfigurationError,
    InternalServerError,
    MagickPen,
    MagickPenError,
    Message,
    PermissionDeniedError,
    Reply,
    SiteSecrets,
)
from magickpen.core.settings import Settings
from magickpen.emulator import Emulator, HtmlPage, Status
from tests.support.facades import Facade

pytestmark = pytest.mark.usefixtures("short_pauses")

CLIENTS: list[type[MagickPen] | type[AsyncMagickPen]] = [MagickPen, AsyncMagickPen]


def paths(service: Emulator) -> list[str]:
    return [received.path.partition(".")[0][:7] for received in service.requests]


def test_a_first_question_is_the_index_the_bundles_and_the_query(
    facade: Facade, service: Emulator
) -> None:
    async def scenario(pen: AsyncMagickPen) -> Reply:
        return await pen.ask("Name three rivers.")

    reply = facade.run(scenario, service)
    assert "Name three rivers." in reply.text
    assert str(reply) == reply.text
    assert (reply.model, reply.endpoint, reply.attempts) == ("gpt-4o-mini", "ask", 1)
    assert 0 < reply.time_to_first_chunk <= reply.elapsed
    assert paths(service) == ["/", "/_nuxt/", "/_nuxt/", "/ask"]


def test_a_warm_question_is_one_request_on_the_same_connection(
    facade: Facade, service: Emulator
) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        await pen.ask("one")
        before = len(service.requests)
        await pen.ask("two")
        assert len(service.requests) == before + 1

    facade.run(scenario, service)
    assert len({received.client_port for received in service.requests}) == 1


def test_what_is_sent_is_what_the_front_end_sends(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        await pen.ask("Hi", system="Be brief.", turnstile_token="token")

    facade.run(scenario, service, headers={"X-Mine": "1"})
    sent = service.requests[-1]
    assert json.loads(sent.body) == {
        "query": "System: Be brief.\nUser: Hi\nAssistant:",
        "turnstileResponse": "token",
        "action": "verify",
    }
    assert sent.headers["origin"] == service.url
    assert sent.headers["referer"] == f"{service.url}/"
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["user-agent"].startswith("magickpen/")
    assert sent.headers["x-mine"] == "1"


def test_the_chat_endpoint_takes_the_history(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> Reply:
        return await pen.ask(
            [Message("user", "Hi"), Message("assistant", "Hello"), Message("user", "You?")],
            endpoint="chat",
        )

    assert facade.run(scenario, service).endpoint == "chat"
    assert service.requests[-1].path == "/chat/free"
    assert len(json.loads(service.requests[-1].body)["history"]) == 3


def test_any_text_comes_back(facade: Facade, service: Emulator) -> None:
    text = 'né 😀 "\\" \u2028 \x00 \ud800'

    async def scenario(pen: AsyncMagickPen) -> str:
        return (await pen.ask(text)).text

    facade.run(scenario, service)
    assert json.loads(service.requests[-1].body)["query"] == text


def test_renewed_credentials_after_a_rotation(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> Reply:
        await pen.ask("one")
        service.rotate()
        return await pen.ask("two")

    assert facade.run(scenario, service).attempts == 2
    assert paths(service).count("/") == 2


def test_secrets_of_the_caller_spare_reading_the_site(facade: Facade, service: Emulator) -> None:
    known = SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)

    async def scenario(pen: AsyncMagickPen) -> Any:
        await pen.ask("Hi")
        return await pen.fetch_secrets()

    assert facade.run(scenario, service, secrets=known) is known
    assert paths(service) == ["/ask"]


def test_credentials_that_stay_refused_are_an_error(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        await pen.ask("one")
        service.play(Status(403, "Forbidden", "text/plain"))
        with pytest.raises(PermissionDeniedError, match="clock"):
            await pen.ask("two")

    facade.run(scenario, service)


def test_retries_can_be_switched_off(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        service.play(Status(503, '{"error": {"message": "overloaded"}}'))
        with pytest.raises(InternalServerError, match="overloaded") as caught:
            await pen.ask("Hi")
        assert (caught.value.status_code, caught.value.attempts) == (503, 1)

    facade.run(scenario, service, max_retries=0)


def test_a_site_behind_a_challenge_is_said_to_be_one(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        service.play(HtmlPage(), path="/")
        with pytest.raises(MagickPenError, match="challenge") as caught:
            await pen.ask("Hi")
        assert caught.value.url == f"{service.url}/"

    facade.run(scenario, service)


def test_no_service_is_a_connection_error(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        with pytest.raises(APIConnectionError, match="after 2 attempts") as caught:
            await pen.ask("Hi")
        assert caught.value.sent is False
        assert caught.value.__cause__ is not None

    # Nothing listens on the port of a socket that was bound and closed.
    facade.run(scenario, service, base_url="http://127.0.0.1:9", max_retries=1)


def test_derived_clients_share_connections_and_credentials(
    facade: Facade, service: Emulator
) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        await pen.ask("one")
        chat = pen.with_options(endpoint="chat", timeout=5)
        assert (await chat.ask("two")).endpoint == "chat"
        await chat.aclose()
        assert (await pen.ask("three")).endpoint == "ask"

    facade.run(scenario, service)
    assert paths(service) == ["/", "/_nuxt/", "/_nuxt/", "/ask", "/chat/f", "/ask"]
    assert len({received.client_port for received in service.requests}) == 1


def test_a_derived_client_of_another_site_reads_that_one(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        await pen.ask("one")
        with Emulator() as other:
            moved = pen.with_options(base_url=other.url, api_url=other.url)
            assert (await moved.ask("two")).attempts == 1

    facade.run(scenario, service)


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_client_of_the_caller_is_used_and_stays_open(
    facade: Facade, service: Emulator, library: Any
) -> None:
    kind = library.Client if facade.blocking else library.AsyncClient
    client = kind(headers={"user-agent": "mine/1"})

    async def scenario(pen: AsyncMagickPen) -> None:
        assert "Hi" in (await pen.ask("Hi")).text
        await pen.aclose()
        assert not client.is_closed
        client.close() if facade.blocking else await client.aclose()

    facade.run(scenario, service, http_client=client)
    assert {received.headers["user-agent"] for received in service.requests} == {"mine/1"}


def test_a_closed_client_of_the_caller_is_said_to_be(facade: Facade, service: Emulator) -> None:
    client = facade.http_client()

    async def scenario(pen: AsyncMagickPen) -> None:
        client.close() if facade.blocking else await client.aclose()
        with pytest.raises(ConfigurationError, match="http_client is closed"):
            await pen.ask("Hi")

    facade.run(scenario, service, http_client=client)


BAD_MESSAGES: list[Any] = [
    [],
    "",
    "  \n",
    [{"role": "robot", "content": "Hi"}],
    [{"role": "user", "content": 7}],
    [{"role": "user", "content": ""}],
    ["Hi", "there"],
    {"role": "user", "content": "Hi"},
    None,
]
BAD_OPTIONS: list[dict[str, Any]] = [
    {"model": "gpt-5"},
    {"endpoint": "generate"},
    {"timeout": -1},
    {"timeout": math.nan},
    {"deadline": 0},
    {"system": 7},
]


@pytest.mark.parametrize("messages", BAD_MESSAGES, ids=repr)
def test_bad_messages_send_nothing(facade: Facade, service: Emulator, messages: Any) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        with pytest.raises(ConfigurationError, match="messages"):
            await pen.ask(messages)
        with pytest.raises(ConfigurationError, match="messages"):
            pen.stream(messages)

    facade.run(scenario, service)
    assert service.requests == []


@pytest.mark.parametrize("options", BAD_OPTIONS, ids=repr)
def test_bad_options_send_nothing(
    facade: Facade, service: Emulator, options: dict[str, Any]
) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        with pytest.raises(ConfigurationError, match=next(iter(options))):
            await pen.ask("Hi", **options)

    facade.run(scenario, service)
    assert service.requests == []


def test_an_unknown_option_of_a_call_is_a_type_error(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        with pytest.raises(TypeError, match="temperature"):
            await pen.ask("Hi", temperature=1)  # type: ignore[call-arg]

    facade.run(scenario, service)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"base_url": "magickpen.com"}, "base_url must be a URL .* not 'magickpen.com'"),
        ({"api_url": ""}, "api_url must be a URL"),
        ({"model": "gpt-5"}, "model"),
        ({"endpoint": "generate"}, "endpoint"),
        ({"timeout": -1}, "timeout"),
        ({"deadline": -1}, "deadline"),
        ({"max_retries": -1}, "max_retries"),
        ({"proxy": "proxy.example:8080"}, "proxy must be a URL .* socks5://"),
        ({"headers": ["a"]}, "headers"),
        ({"secrets": "W252GY255JVYBS9NAM"}, "secrets must be a SiteSecrets"),
        ({"http_client": "client"}, "http_client must be an httpx"),
        ({"max_reply_bytes": 0}, "max_reply_bytes"),
    ],
)
def test_a_wrong_argument_is_named(client: Any, options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        client(**options)


def test_a_client_takes_the_http_client_of_its_own_kind() -> None:
    with httpx.Client() as blocking, pytest.raises(ConfigurationError, match=r"httpx\.AsyncClient"):
        AsyncMagickPen(http_client=blocking)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"httpx\.Client"):
        MagickPen(http_client=httpx.AsyncClient())  # type: ignore[arg-type]


def test_a_proxy_beside_an_http_client_has_no_effect_and_says_so() -> None:
    with (
        httpx.Client() as client,
        pytest.raises(ConfigurationError, match="proxy cannot be combined with http_client"),
    ):
        MagickPen(proxy="http://127.0.0.1:1", http_client=client)


@pytest.mark.parametrize("client", CLIENTS)
def test_the_environment_stands_in_for_arguments(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGICKPEN_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("MAGICKPEN_API_URL", "")
    assert "http://127.0.0.1:1" in repr(client())
    assert "http://127.0.0.1:2" in repr(client(base_url="http://127.0.0.1:2"))


@pytest.mark.parametrize("variable", ["BASE_URL", "API_URL", "PROXY"])
def test_a_wrong_variable_is_named(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"MAGICKPEN_{variable}", "nonsense")
    with pytest.raises(ConfigurationError, match=f"MAGICKPEN_{variable} must be a URL"):
        MagickPen()


@pytest.mark.parametrize("client", CLIENTS)
def test_none_is_the_default(client: Any) -> None:
    options = dict.fromkeys(ClientOptions.__annotations__)
    assert client(**options, proxy=None, secrets=None)._settings == Settings()


@pytest.mark.parametrize("client", CLIENTS)
def test_an_unknown_option_is_named_with_those_that_exist(client: Any) -> None:
    with pytest.raises(
        TypeError, match=r"unknown option 'oops'; the options are .*base_url.*proxy"
    ):
        client(oops="x")
    with pytest.raises(TypeError, match="unknown option 'api_key'; the service has no keys"):
        client(api_key="x")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_positional_argument_is_told_to_be_named(client: Any) -> None:
    name = client.__name__
    with pytest.raises(TypeError, match=rf"^{name}\(\) takes arguments by name: {name}\(base_"):
        client("http://user:hunter2@host")


@pytest.mark.parametrize("client", CLIENTS)
def test_settings_can_be_read_and_not_assigned(client: Any) -> None:
    pen = client(timeout=5, stop="END", endpoint="chat")
    assert (pen.timeout, pen.stop, pen.endpoint) == (5, ("END",), "chat")
    for name in ClientOptions.__annotations__:
        with pytest.raises(AttributeError, match=rf"with_options\({name}=…\)"):
            setattr(pen, name, 5)
    for name in ("proxy", "ssl_context", "http_client", "secrets", "secrets_store"):
        with pytest.raises(AttributeError, match=f"{name} cannot be assigned; make a new client"):
            setattr(pen, name, 5)
    pen.ask = None  # as tests of users replace methods
    assert pen.timeout == 5


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", ["proxy", "http_client", "secrets", "secrets_store"])
def test_what_clients_share_cannot_be_changed(client: Any, name: str) -> None:
    with pytest.raises(TypeError, match=f"cannot change {name}; make a new client"):
        client().with_options(**{name: None})


def test_no_repr_holds_a_secret() -> None:
    pen = MagickPen(
        headers={"authorization": "hunter1"},
        proxy="http://user:hunter2@127.0.0.1:1",
        turnstile_token="hunter3",
        secrets=SiteSecrets("hunter4-hunter4", "hunter5"),
    )
    assert "hunter" not in repr(pen)
    assert repr(pen) == "MagickPen(base_url='https://magickpen.com', endpoint='ask')"
