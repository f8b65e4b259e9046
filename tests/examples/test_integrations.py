"""The examples of the integrations, each run as it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from magickpen import AsyncMagickPen
from magickpen.emulator import Emulator
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


@pytest.mark.parametrize("name", ["g4f_client.py", "langchain_chain.py"])
def test_an_answer_is_streamed(service: Emulator, name: str) -> None:
    assert run(service, str(EXAMPLES / name)) == f"To {ASKED}\n"


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
    options = ("-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "-c", os.devnull)
    assert "2 passed" in run(service, "-m", "pytest", *options, file)
