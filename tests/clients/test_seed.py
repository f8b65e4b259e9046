"""The interface that the project was described by: a test a row, on both clients."""

from __future__ import annotations

import inspect
import json
from typing import Any

import anyio
import pytest

from magickpen import ApiCredentials, AsyncMagickPen, ConfigurationError, MagickPen, SiteSecrets
from magickpen.emulator import Emulator
from tests.support.facades import Facade
from tests.support.raw_server import raw_server

CLIENTS = pytest.mark.parametrize("client", [AsyncMagickPen, MagickPen])
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi there"}]


@pytest.fixture
def here(service: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """The emulator as the default service, since methods of the class take no URL."""
    monkeypatch.setenv("MAGICKPEN_BASE_URL", service.url)
    monkeypatch.setenv("MAGICKPEN_API_URL", service.url)
    return service


def credentials(client: Any) -> ApiCredentials:
    if client is MagickPen:
        return MagickPen.fetch_api_credentials()

    async def main() -> ApiCredentials:
        return await AsyncMagickPen.fetch_api_credentials()

    return anyio.run(main)


def generated(client: Any, *args: Any, **options: Any) -> list[str]:
    if client is MagickPen:
        return list(MagickPen.create_generator(*args, **options))

    async def main() -> list[str]:
        chunks = AsyncMagickPen.create_async_generator(*args, **options)
        return [chunk async for chunk in chunks]

    return anyio.run(main)


@CLIENTS
def test_url(client: Any) -> None:
    assert client.url == "https://magickpen.com"


@CLIENTS
def test_api_endpoint(client: Any) -> None:
    assert client.api_endpoint == "https://api.magickpen.com/ask"


@CLIENTS
def test_working(client: Any) -> None:
    assert client.working is True


@CLIENTS
def test_supports_stream(client: Any) -> None:
    assert client.supports_stream is True


@CLIENTS
def test_supports_system_message(client: Any) -> None:
    assert client.supports_system_message is True


@CLIENTS
def test_supports_message_history(client: Any) -> None:
    assert client.supports_message_history is True


@CLIENTS
def test_default_model(client: Any) -> None:
    assert client.default_model == "gpt-4o-mini"
    assert client.default_model in client.models


@CLIENTS
def test_models(client: Any) -> None:
    assert client.models == ["gpt-4o-mini"]


@CLIENTS
def test_get_model(client: Any) -> None:
    assert client.get_model("gpt-4o-mini") == "gpt-4o-mini"
    assert client.get_model("") == client.get_model(None) == "gpt-4o-mini"
    with pytest.raises(ConfigurationError, match="model must be 'gpt-4o-mini', not 'gpt-5'"):
        client.get_model("gpt-5")


@CLIENTS
def test_fetch_api_credentials(client: Any, here: Emulator) -> None:
    found = credentials(client)
    x_api_secret, signature, timestamp, nonce, secret = found
    assert (x_api_secret, secret) == (here.secrets.x_api_secret, here.secrets.secret)
    assert len(signature) == 32
    assert timestamp.isdecimal()
    assert 0 <= float(nonce) < 1
    assert credentials(client).nonce != nonce


def test_fetch_api_credentials_is_a_coroutine_of_the_async_client() -> None:
    assert inspect.iscoroutinefunction(AsyncMagickPen.fetch_api_credentials)
    assert "credentials of one request" in (MagickPen.fetch_api_credentials.__doc__ or "")


def test_fetch_api_credentials_of_a_client_uses_its_settings(
    facade: Facade, service: Emulator
) -> None:
    async def scenario(pen: AsyncMagickPen) -> ApiCredentials:
        return await pen.fetch_api_credentials()

    assert facade.run(scenario, service).secret == service.secrets.secret


@CLIENTS
def test_create_generator(client: Any, here: Emulator) -> None:
    here.reply = "one two"
    assert generated(client, "gpt-4o-mini", MESSAGES) == ["one ", "two"]
    # The rendering of the last public client.
    query = json.loads(here.requests[-1].body)["query"]
    assert query == "System: Be brief.\nUser: Hi there\nAssistant:"


@CLIENTS
def test_create_generator_reads_the_site_once(client: Any, here: Emulator) -> None:
    generated(client, "", MESSAGES)
    before = len(here.requests)
    generated(client, "", MESSAGES)
    assert len(here.requests) == before + 1


@CLIENTS
def test_create_generator_takes_secrets(client: Any, here: Emulator) -> None:
    generated(client, "", MESSAGES)
    here.rotate()
    known = SiteSecrets(here.secrets.x_api_secret, here.secrets.secret)
    here.reset()
    generated(client, "", MESSAGES, secrets=known)
    assert [received.path for received in here.requests] == ["/ask"]


@CLIENTS
def test_create_generator_takes_a_proxy(client: Any, here: Emulator) -> None:
    page = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 5\r\n\r\nproxy"
    with raw_server(page) as (proxy, received), pytest.raises(Exception, match="502 Bad Gateway"):
        generated(client, "", MESSAGES, proxy, base_url="http://site.invalid", max_retries=0)
    assert received[0].startswith(b"GET http://site.invalid/ HTTP/1.1")


@CLIENTS
def test_create_generator_takes_options_and_leaves_out_those_it_does_not_know(
    client: Any, service: Emulator
) -> None:
    options = {"base_url": service.url, "api_url": service.url, "endpoint": "chat", "timeout": 5}
    chunks = generated(client, "", MESSAGES[1:], temperature=0.5, system="Be brief.", **options)
    assert "Hi there" in "".join(chunks)
    assert service.requests[-1].path == "/chat/free"
    assert json.loads(service.requests[-1].body)["history"] == MESSAGES


@CLIENTS
def test_create_generator_names_a_wrong_argument(client: Any) -> None:
    with pytest.raises(ConfigurationError, match="model"):
        generated(client, "gpt-5", MESSAGES)
    with pytest.raises(ConfigurationError, match="messages"):
        generated(client, "", ["Hi"])
    with pytest.raises(ConfigurationError, match="timeout"):
        generated(client, "", MESSAGES, timeout=-1)


class Shelf:
    """A store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, SiteSecrets] = {}

    def load(self, site: str) -> SiteSecrets | None:
        return self.kept.get(site)

    def save(self, site: str, secrets: SiteSecrets) -> None:
        self.kept[site] = secrets


async def answer_of(pen: AsyncMagickPen, *args: Any, **options: Any) -> str:
    return "".join([chunk async for chunk in pen.create_async_generator(*args, **options)])


def test_create_generator_of_a_client_uses_its_settings_and_its_connections(
    facade: Facade, service: Emulator
) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        assert "Hi there" in await answer_of(pen, "", MESSAGES)
        await answer_of(pen, "gpt-4o-mini", MESSAGES, endpoint="chat")
        # The generator leaves the client open.
        await pen.ask("And now?")

    shelf = Shelf()
    facade.run(scenario, service, secrets_store=shelf, headers={"x-mine": "1"})
    paths = [received.path for received in service.requests if received.method == "POST"]
    assert paths == ["/ask", "/chat/free", "/ask"]
    assert {received.headers.get("x-mine") for received in service.requests} == {"1"}
    assert len({received.client_port for received in service.requests}) == 1
    assert shelf.kept[service.url].secret == service.secrets.secret


def test_create_generator_of_a_client_uses_its_proxy(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        with pytest.raises(Exception, match="502 Bad Gateway"):
            await answer_of(pen, "", MESSAGES)

    page = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 5\r\n\r\nproxy"
    with raw_server(page) as (proxy, received):
        facade.run(scenario, service, proxy=proxy, base_url="http://site.invalid", max_retries=0)
    assert received[0].startswith(b"GET http://site.invalid/ HTTP/1.1")


def test_create_generator_of_a_client_cannot_change_what_clients_share(
    facade: Facade, service: Emulator
) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        with pytest.raises(TypeError, match="cannot change proxy; make a new client with it"):
            await answer_of(pen, "", MESSAGES, "http://proxy.example")

    facade.run(scenario, service)
    assert service.requests == []


@CLIENTS
def test_create_generator_of_the_class_uses_the_store_that_it_is_given(
    client: Any, here: Emulator
) -> None:
    generated(client, "", MESSAGES)
    for shelf in (Shelf(), Shelf()):
        generated(client, "", MESSAGES, secrets_store=shelf)
        assert shelf.kept[here.url].secret == here.secrets.secret


@CLIENTS
def test_a_client_tells_the_model_as_its_class_does(client: Any) -> None:
    assert client().get_model("") == "gpt-4o-mini"
