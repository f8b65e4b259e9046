"""The provider of g4f, through g4f's own clients."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import g4f.errors
import pytest
from g4f.client import AsyncClient, Client
from g4f.Provider.base_provider import AsyncGeneratorProvider, ProviderModelMixin

from magickpen.emulator import CutStream, Emulator, Fault, HtmlPage, RateLimit, Status
from magickpen.integrations.g4f import MagickPen

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

PROVIDER: Any = MagickPen
MESSAGES: list[Any] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
]
ASKED = "System: Be brief.\nUser: Hello\nAssistant:"


@pytest.fixture(autouse=True)
def here(service: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    monkeypatch.setenv("MAGICKPEN_BASE_URL", service.url)
    monkeypatch.setenv("MAGICKPEN_API_URL", service.url)
    service.reply = lambda prompt: f"To {prompt}"
    return service


def blocking(**options: Any) -> str:
    done = Client(provider=PROVIDER).chat.completions.create(**options)
    return str(done.choices[0].message.content)


def blocking_stream(**options: Any) -> str:
    pieces = Client(provider=PROVIDER).chat.completions.create(stream=True, **options)
    return "".join(piece.choices[0].delta.content or "" for piece in pieces)


def awaiting(**options: Any) -> str:
    async def main() -> str:
        done = await AsyncClient(provider=PROVIDER).chat.completions.create(**options)
        return str(done.choices[0].message.content)

    return asyncio.run(main())


def awaiting_stream(**options: Any) -> str:
    async def main() -> str:
        pieces = AsyncClient(provider=PROVIDER).chat.completions.create(stream=True, **options)
        return "".join([piece.choices[0].delta.content or "" async for piece in pieces])

    return asyncio.run(main())


def blocking_in_a_running_loop(**options: Any) -> str:
    async def main() -> str:
        return blocking_stream(**options)

    return asyncio.run(main())


WAYS = pytest.mark.parametrize(
    "ask", [blocking, blocking_stream, awaiting, awaiting_stream, blocking_in_a_running_loop]
)


@WAYS
def test_an_answer(ask: Callable[..., str], here: Emulator) -> None:
    assert ask(messages=MESSAGES) == f"To {ASKED}"
    assert ask(messages="Hello", model="gpt-4o-mini", stop=["lo"]).startswith("To Hel")
    # The class remembers the secrets.
    here.requests.clear()
    before = len(here.requests)
    ask(messages="Hello", timeout=60, max_tokens=None, api_key=None)
    assert [r.path for r in here.requests[before:]] == ["/ask"]


@WAYS
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (RateLimit(3600), g4f.errors.RateLimitError),
        (HtmlPage(challenge=True), g4f.errors.CloudflareError),
        (Status(400), g4f.errors.BadRequestError),
        (Status(404), g4f.errors.ResponseStatusError),
        (CutStream(3), g4f.errors.ResponseError),
    ],
)
def test_a_fault_is_an_error_of_g4f(
    ask: Callable[..., str], here: Emulator, fault: Fault, error: type[Exception]
) -> None:
    here.play(fault)
    with pytest.raises(error) as caught:
        ask(messages="Hello")
    assert "magickpen." not in str(caught.value)


@WAYS
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"model": "gpt-9"}, g4f.errors.ModelNotFoundError, "has no model 'gpt-9'"),
        ({"image": b"PNG"}, g4f.errors.BadRequestError, "no media"),
        ({"messages": ""}, g4f.errors.BadRequestError, "is empty"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            g4f.errors.BadRequestError,
            "text alone",
        ),
    ],
)
def test_wrong_input_is_an_error_of_g4f(
    ask: Callable[..., str],
    here: Emulator,
    options: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        ask(**{"messages": "Hello", **options})
    assert not [r for r in here.requests if r.path == "/ask"]


def test_a_network_that_is_gone_is_an_error_of_g4f(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAGICKPEN_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(g4f.errors.ProviderNotWorkingError, match="Connection refused"):
        blocking(messages="Hello", max_retries=0)


def test_it_inherits() -> None:
    assert issubclass(PROVIDER, AsyncGeneratorProvider)
    assert issubclass(PROVIDER, ProviderModelMixin)
    assert PROVIDER.__name__ == "MagickPen"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("url", "https://magickpen.com"),
        ("api_endpoint", "https://api.magickpen.com/ask"),
        ("working", True),
        ("supports_stream", True),
        ("supports_system_message", True),
        ("supports_message_history", True),
        ("default_model", "gpt-4o-mini"),
        ("models", ["gpt-4o-mini"]),
    ],
)
def test_an_attribute(name: str, value: object) -> None:
    assert getattr(PROVIDER, name) == value


def test_fetch_api_credentials(here: Emulator) -> None:
    assert inspect.ismethod(MagickPen.fetch_api_credentials)
    found = asyncio.run(MagickPen.fetch_api_credentials())
    x_api_secret, _signature, timestamp, nonce, secret = found
    assert isinstance(found, tuple)
    assert (x_api_secret, secret) == (here.secrets.x_api_secret, here.secrets.secret)
    assert timestamp.isdigit()
    assert nonce


def test_create_async_generator() -> None:
    parameters = inspect.signature(MagickPen.create_async_generator).parameters
    assert list(parameters) == ["model", "messages", "proxy", "kwargs"]

    async def main() -> list[str]:
        pieces = MagickPen.create_async_generator("", MESSAGES)
        return [piece async for piece in pieces]

    assert inspect.isasyncgenfunction(MagickPen.create_async_generator)

    assert "".join(asyncio.run(main())) == f"To {ASKED}"


def test_tools_are_refused_where_g4f_does_not_imitate_them() -> None:
    with pytest.raises(g4f.errors.BadRequestError, match="no tools"):
        list(MagickPen.create_completion("", "Hello", tools=[{"type": "function"}]))


def test_create_completion() -> None:
    assert "".join(MagickPen.create_completion("", "Hello", True, prompt=None)) == "To Hello"
