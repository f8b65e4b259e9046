"""The examples of the integrations, each run as it says."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import anyio
import pytest

from magickpen import AsyncMagickPen
from magickpen.emulator import CutStream, Emulator, RateLimit
from magickpen.integrations.openai_gateway import create_app
from tests.support.gateway import served

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples"
ASKED = "System: Be brief.\nUser: Name three rivers.\nAssistant:"


def run(service: Emulator, *command: str, **variables: str) -> str:
    service.reply = lambda prompt: f"To {prompt}"
    done = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={
            **os.environ,
            "MAGICKPEN_BASE_URL": service.url,
            "MAGICKPEN_API_URL": service.url,
            **variables,
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("g4f_client.py", ASKED),
        ("haystack_pipeline.py", ASKED),
        ("langchain_chain.py", ASKED),
        ("llamaindex_llm.py", "Name three rivers."),
    ],
)
def test_an_answer_is_printed(service: Emulator, name: str, asked: str) -> None:
    out = run(service, str(EXAMPLES / name), HAYSTACK_TELEMETRY_ENABLED="False")
    assert out == f"To {asked}\n"


def test_workers_of_dask_ask(service: Emulator) -> None:
    out = run(service, str(EXAMPLES / "dask_batch.py"))
    assert out == "To Name a river.\nTo Name a lake.\nTo Name a sea.\n"
    assert [r.path for r in service.requests].count("/") == 1


def test_spans_tell_of_requests_and_of_a_question(service: Emulator) -> None:
    service.play(None, CutStream(3))
    whole = run(service, str(EXAMPLES / "opentelemetry_spans.py")).splitlines()
    assert whole[-3:] == ["POST: UNSET", "To Name three rivers.", "question: UNSET"]
    broken = run(service, str(EXAMPLES / "opentelemetry_spans.py")).splitlines()
    # The request itself looks well.
    assert broken[-3:] == ["POST: UNSET", "question: ERROR", "failed: interrupted"]


def test_a_chat_in_a_window(service: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setenv("MAGICKPEN_BASE_URL", service.url)
    monkeypatch.setenv("MAGICKPEN_API_URL", service.url)
    service.reply = lambda prompt: f"To {prompt}"
    app = import_module("textual_chat").Chat()

    async def main() -> list[str]:
        async with app.run_test() as pilot:
            for prompt in ("Hello", "And?"):
                service.play(*[RateLimit(3600)] * (prompt == "And?"))
                await pilot.press(*prompt, "enter")
                await app.workers.wait_for_complete()
            await pilot.pause()
            assert [note.severity for note in app._notifications] == ["error"]
            return [str(shown.content) for shown in app.query("VerticalScroll > Static")]

    assert anyio.run(main) == ["> Hello", "To Hello", "> And?", ""]


def test_a_conversation_with_llm(service: Emulator, tmp_path: Path) -> None:
    out = run(service, str(EXAMPLES / "llm_model.py"), LLM_USER_PATH=str(tmp_path))
    assert out.startswith(f"To {ASKED}\n")
    assert out.endswith("\nUser: Which one is the longest?\nAssistant:\n")


def test_openai_through_the_gateway(service: Emulator) -> None:
    pen = AsyncMagickPen(base_url=service.url, api_url=service.url)
    with served(create_app(pen)) as url:
        variables = {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": "any"}
        assert run(service, str(EXAMPLES / "openai_client.py"), **variables) == f"To {ASKED}\n"


def test_a_tool_of_an_editor(service: Emulator) -> None:
    assert run(service, str(EXAMPLES / "mcp_client.py")) == "To Name three rivers.\n"


def test_the_tests_of_an_application(service: Emulator, tmp_path: Path) -> None:
    file = str(EXAMPLES / "test_application.py")
    options = (
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:langsmith_plugin",
        "--rootdir",
        str(tmp_path),
        "-c",
        os.devnull,
    )
    assert "2 passed" in run(service, "-m", "pytest", *options, file)
