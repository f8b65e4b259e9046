from __future__ import annotations

import io
import sys

import pytest

from magickpen.cli.app import run
from magickpen.emulator import Emulator
from tests.support.command import Command, Result


@pytest.fixture
def command(
    service: Emulator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Run the command on the emulator."""

    def command(*arguments: str, stdin: str | None = None) -> Result:
        terminal = io.TextIOWrapper(io.BytesIO((stdin or "").encode()))
        terminal.isatty = lambda: stdin is None  # type: ignore[method-assign]
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setenv("MAGICKPEN_BASE_URL", service.url)
        monkeypatch.setenv("MAGICKPEN_API_URL", service.url)
        status = run(arguments)
        out, err = capsys.readouterr()
        return Result(status, out, err)

    return command
