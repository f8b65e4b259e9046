"""The plugin of `llm`, through its command and its Python interface."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llm
import pytest
from click.testing import CliRunner, Result
from llm.cli import cli

from magickpen.emulator import CutStream, Emulator, Fault, HtmlPage, RateLimit

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

Run = Callable[..., Result]


@pytest.fixture
def run(service: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("MAGICKPEN_BASE_URL", service.url)
    monkeypatch.setenv("MAGICKPEN_API_URL", service.url)
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path / "llm"))
    service.reply = lambda prompt: f"To {prompt}"

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(cli, arguments, input=stdin)

    return run


def test_the_command_asks(run: Run, service: Emulator) -> None:
    first = run("-m", "magickpen", "Hello")
    assert (first.exit_code, first.output) == (0, "To Hello\n")
    service.reset()
    service.reply = lambda prompt: f"To {prompt}"
    # The secrets are in the user's cache folder.
    second = run("-m", "magickpen", "-s", "Be brief.", "--no-stream", "Hello")
    assert second.output == "To System: Be brief.\nUser: Hello\nAssistant:\n"
    assert [r.path for r in service.requests] == ["/ask"]


def test_a_conversation_goes_on_and_is_logged(run: Run) -> None:
    run("-m", "magickpen", "-s", "Be brief.", "Hello")
    answer = run("-c", "And?").output
    assert answer.startswith("To System: Be brief.\nUser: Hello\nAssistant: To System: Be brief.")
    assert answer.endswith("\nUser: And?\nAssistant:\n")
    logs = run("logs", "--json").output
    assert [(entry["model"], entry["prompt"]) for entry in json.loads(logs)] == [
        ("magickpen", "Hello"),
        ("magickpen", "And?"),
    ]


def test_options_are_passed(run: Run, service: Emulator) -> None:
    assert run("-m", "magickpen", "-o", "endpoint", "chat", "-o", "timeout", "5", "Hello").output
    assert service.requests[-1].path == "/chat/free"
    wrong = run("-m", "magickpen", "-o", "endpoint", "oops", "Hello")
    assert wrong.exit_code == 1
    assert "endpoint" in wrong.output


def test_input_is_piped_in(run: Run) -> None:
    assert run("-m", "magickpen", "Sum up.", stdin="A text.").output == "To A text. Sum up.\n"


def test_chat(run: Run) -> None:
    result = run("chat", "-m", "magickpen", stdin="Hello\nAnd?\nquit\n")
    assert "To Hello" in result.output
    assert "To User: Hello\nAssistant: To Hello\nUser: And?" in result.output


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (RateLimit(3600), "429"),
        (HtmlPage(challenge=True), "challenge"),
        (CutStream(3), "the answer broke off"),
    ],
)
def test_a_fault_is_an_error_of_llm(
    run: Run, service: Emulator, fault: Fault, message: str, asynchronous: bool
) -> None:
    service.play(fault)
    result = run("-m", "magickpen", "Hello", *["--async"] * asynchronous)
    assert result.exit_code == 1
    assert "Error: " in result.output
    assert message in result.output
    assert "Traceback" not in result.output
    assert "MagickPen(" not in result.output


def test_a_network_that_is_gone_is_an_error_of_llm(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGICKPEN_BASE_URL", "http://127.0.0.1:9")
    result = run("-m", "magickpen", "Hello")
    assert (result.exit_code, "Connection refused" in result.output) == (1, True)


def test_wrong_input_is_an_error_of_llm(run: Run) -> None:
    with pytest.raises(llm.ModelError, match="is empty"):
        llm.get_model("magickpen").prompt(" ").text()


def test_pictures_are_refused(run: Run, tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    result = run("-m", "magickpen", "Hello", "-a", str(picture))
    assert result.exit_code == 1


def test_the_async_model_streams(run: Run) -> None:
    async def main() -> list[str]:
        model: Any = llm.get_async_model("magickpen")
        return [piece async for piece in model.prompt("Hello", system="Be brief.")]

    pieces = asyncio.run(main())
    assert "".join(pieces) == "To System: Be brief.\nUser: Hello\nAssistant:"


def test_what_came_of_an_answer_that_is_cut_is_printed(run: Run, service: Emulator) -> None:
    service.play(CutStream(4))
    assert "To H" in run("-m", "magickpen", "Hello").output
