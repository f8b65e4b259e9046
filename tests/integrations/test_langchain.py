"""The chat model of LangChain, and LangChain's own tests of it."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core import exceptions
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.prompts import ChatPromptTemplate

from magickpen.emulator import CutStream, Emulator, Fault, HtmlPage, RateLimit, Status
from magickpen.integrations.langchain import ChatMagickPen

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

STANDARD_TESTS = """
import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from magickpen.emulator import Emulator
from magickpen.integrations.langchain import ChatMagickPen


class TestUnit(ChatModelUnitTests):
    chat_model_class = ChatMagickPen
    chat_model_params = {}


class TestIntegration(ChatModelIntegrationTests):
    chat_model_class = ChatMagickPen
    # The service counts no tokens.
    returns_usage_metadata = False

    @pytest.fixture(scope="class", autouse=True)
    def service(self, request):
        with Emulator() as service:
            request.cls.url = service.url
            yield

    @property
    def chat_model_params(self):
        return {"base_url": self.url, "api_url": self.url}
"""


def invoke(model: ChatMagickPen, given: Any, **options: Any) -> str:
    return model.invoke(given, **options).text


def ainvoke(model: ChatMagickPen, given: Any, **options: Any) -> str:
    return asyncio.run(model.ainvoke(given, **options)).text


def stream(model: ChatMagickPen, given: Any, **options: Any) -> str:
    return "".join(chunk.text for chunk in model.stream(given, **options))


def astream(model: ChatMagickPen, given: Any, **options: Any) -> str:
    async def main() -> str:
        return "".join([chunk.text async for chunk in model.astream(given, **options)])

    return asyncio.run(main())


WAYS = pytest.mark.parametrize("ask", [invoke, ainvoke, stream, astream])


@pytest.fixture
def model(service: Emulator) -> ChatMagickPen:
    service.reply = lambda prompt: f"To {prompt}"
    return ChatMagickPen(base_url=service.url, api_url=service.url)


@WAYS
def test_an_answer(ask: Callable[..., str], model: ChatMagickPen) -> None:
    assert ask(model, "Hello") == "To Hello"
    history = [
        SystemMessage("Be brief."),
        HumanMessage("Hello"),
        AIMessage("Hi."),
        HumanMessage([{"type": "text", "text": "And?"}]),
    ]
    asked = "System: Be brief.\nUser: Hello\nAssistant: Hi.\nUser: And?\nAssistant:"
    assert ask(model, history) == f"To {asked}"
    assert ask(model, "Hello", stop=["lo", "x"]) == "To Hel"


def test_the_site_is_read_once(model: ChatMagickPen, service: Emulator) -> None:
    for ask in (invoke, ainvoke, stream, astream):
        ask(model, "Hello")
    assert [r.path for r in service.requests].count("/") == 1
    assert [r.path for r in service.requests].count("/ask") == 4


def test_it_is_part_of_a_chain(model: ChatMagickPen) -> None:
    prompt = ChatPromptTemplate.from_messages([("system", "Be {manner}."), ("user", "{question}")])
    answer = (prompt | model).invoke({"manner": "brief", "question": "Hello"})
    assert answer.text == "To System: Be brief.\nUser: Hello\nAssistant:"
    assert answer.response_metadata["model_name"] == "gpt-4o-mini"


@WAYS
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (RateLimit(3600), exceptions.ModelRateLimitError),
        (HtmlPage(challenge=True), exceptions.ModelError),
        (Status(400), exceptions.ModelInvalidRequestError),
        (CutStream(3), exceptions.ModelError),
    ],
)
def test_a_fault_is_an_error_of_langchain(
    ask: Callable[..., str],
    model: ChatMagickPen,
    service: Emulator,
    fault: Fault,
    error: type[Exception],
) -> None:
    service.play(fault)
    with pytest.raises(error) as caught:
        ask(model, "Hello")
    assert str(caught.value) == getattr(caught.value.__cause__, "message", None)


@WAYS
@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        (" ", {}, "the prompt is empty"),
        ([HumanMessage([{"type": "image", "url": "https://x.example/y.png"}])], {}, "text alone"),
        ("Hello", {"tools": [{"type": "function"}]}, "no tools"),
        ("Hello", {"stop": [""]}, "stop"),
    ],
)
def test_wrong_input_is_an_error_of_langchain(
    ask: Callable[..., str],
    model: ChatMagickPen,
    service: Emulator,
    given: Any,
    options: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(exceptions.ModelInvalidRequestError, match=message):
        ask(model, given, **options)
    assert service.requests == []


def test_a_network_that_is_gone_is_an_error_of_langchain() -> None:
    model = ChatMagickPen(base_url="http://127.0.0.1:9", max_retries=0)
    with pytest.raises(exceptions.ModelConnectionError, match="Connection refused"):
        model.invoke("Hello")


def test_no_repr_shows_a_password() -> None:
    model = ChatMagickPen(proxy="http://me:hidden@127.0.0.1:1")
    assert "hidden" not in repr(model) + str(model) + str(model._identifying_params)


def test_the_standard_tests_of_langchain_pass(tmp_path: Path) -> None:
    (tmp_path / "test_standard.py").write_text(STANDARD_TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-o", "asyncio_mode=auto", "-p", "no:cacheprovider"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": ""},
        check=False,
    )
    counts = dict(re.findall(r"(\d+) (\w+)", done.stdout.splitlines()[-1]))
    numbers = {name: int(number) for number, name in counts.items()}
    assert done.returncode == 0, done.stdout
    assert numbers["passed"] >= 23, done.stdout
