"""Clients of OpenAI's API that ask through the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from langchain_openai import ChatOpenAI
from pydantic import SecretStr
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

from magickpen import AsyncMagickPen
from magickpen.emulator import Emulator, RateLimit
from magickpen.integrations.openai_gateway import create_app
from tests.support.gateway import served

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

KEY = "key-of-the-gateway"
ASKED = "System: Be brief.\nUser: Hello\nAssistant:"
MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello"},
]


class Gateway(NamedTuple):
    url: str
    service: Emulator


@pytest.fixture
def gateway(service: Emulator) -> Iterator[Gateway]:
    service.reply = lambda prompt: f"To {prompt}"
    pen = AsyncMagickPen(base_url=service.url, api_url=service.url)
    with served(create_app(pen, api_key=KEY)) as url:
        yield Gateway(f"{url}/v1", service)


@pytest.fixture
def litellm(monkeypatch: pytest.MonkeyPatch) -> Any:
    # It would look for prices in the network.
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm  # noqa: PLC0415

    return litellm


def test_litellm(litellm: Any, gateway: Gateway) -> None:
    options = {"model": "openai/magickpen", "api_base": gateway.url, "api_key": KEY}
    answer = litellm.completion(messages=MESSAGES, **options)
    assert answer.choices[0].message.content == f"To {ASKED}"
    pieces = litellm.completion(messages=MESSAGES, stream=True, **options)
    assert "".join(p.choices[0].delta.content or "" for p in pieces) == f"To {ASKED}"
    gateway.service.play(RateLimit(3600))
    with pytest.raises(litellm.RateLimitError, match="429"):
        litellm.completion(messages=MESSAGES, max_retries=0, **options)

    async def main() -> str:
        pieces = await litellm.acompletion(messages=MESSAGES, stream=True, **options)
        return "".join([p.choices[0].delta.content or "" async for p in pieces])

    assert asyncio.run(main()) == f"To {ASKED}"


@pytest.mark.parametrize("kind", [OpenAIChatModel, OpenAIResponsesModel])
def test_pydantic_ai(kind: type[OpenAIChatModel | OpenAIResponsesModel], gateway: Gateway) -> None:
    model: Model = kind("magickpen", provider=OpenAIProvider(base_url=gateway.url, api_key=KEY))
    agent = Agent(model, instructions="Be brief.")
    first = agent.run_sync("Hello")
    assert first.output == f"To {ASKED}"
    second = agent.run_sync("And?", message_history=first.all_messages())
    assert second.output.endswith("\nUser: And?\nAssistant:")

    async def main() -> str:
        async with agent.run_stream("Hello") as result:
            return str([text async for text in result.stream_text()][-1])

    assert asyncio.run(main()) == f"To {ASKED}"
    gateway.service.play(RateLimit(3600))
    with pytest.raises(ModelHTTPError, match="429"):
        agent.run_sync("Hello")


@pytest.mark.parametrize("use_responses_api", [False, True])
def test_langchain_openai(gateway: Gateway, use_responses_api: bool) -> None:
    model = ChatOpenAI(
        model="magickpen",
        base_url=gateway.url,
        api_key=SecretStr(KEY),
        use_responses_api=use_responses_api,
    )
    assert model.invoke(MESSAGES).text == f"To {ASKED}"
    assert "".join(chunk.text for chunk in model.stream(MESSAGES)) == f"To {ASKED}"
    assert asyncio.run(model.ainvoke(MESSAGES)).text == f"To {ASKED}"
