"""The pytest plugin, in a pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TESTS = """
import asyncio

import pytest

from magickpen import AsyncMagickPen, MagickPen, RateLimitError
from magickpen.emulator import RateLimit


def test_a_client_asks_the_service(magickpen_service):
    magickpen_service.reply = "Rhine, Elbe, Oder"
    with MagickPen() as pen:
        assert pen.ask("Name three rivers.") == "Rhine, Elbe, Oder"
    assert b"Name three rivers." in magickpen_service.requests[-1].body


def test_the_service_forgets_the_test_before(magickpen_service):
    assert magickpen_service.requests == []
    with MagickPen() as pen:
        assert "emulator" in pen.ask("Hi")


def test_faults_are_played(magickpen_service):
    magickpen_service.play(RateLimit(3600))
    with MagickPen() as pen, pytest.raises(RateLimitError):
        pen.ask("Hi")


@pytest.mark.asyncio
async def test_the_async_client_asks_it(magickpen_service):
    async with AsyncMagickPen() as pen:
        assert "Hi" in await pen.ask("Hi")
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_application.py").write_text(TESTS)
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            # It takes seconds to be imported.
            *("-p", "no:langsmith_plugin"),
            *arguments,
        ],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=60,
        check=False,
    )


def test_the_fixture_serves_an_application(tmp_path: Path) -> None:
    # In a process of pytest-xdist, with a test of pytest-asyncio.
    done = run(tmp_path, "-n", "1")
    assert "4 passed" in done.stdout, done.stdout


def test_the_plugin_imports_nothing_large_until_it_is_used() -> None:
    code = (
        "import sys, magickpen.integrations.pytest_plugin\n"
        "print([n for n in ('starlette', 'uvicorn', 'httpx', 'anyio') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
