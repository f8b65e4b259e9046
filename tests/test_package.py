"""The package as it is imported: its names, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import magickpen


def modules_after(statement: str) -> set[str]:
    script = f"{statement}; import sys; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


@pytest.mark.parametrize("name", magickpen.__all__)
def test_each_public_name_is_there(name: str) -> None:
    assert getattr(magickpen, name) is not None
    assert name in dir(magickpen)


def test_nothing_but_public_names_is_listed() -> None:
    assert dir(magickpen) == sorted(magickpen.__all__)


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'MagicPen'"):
        _ = magickpen.MagicPen


@pytest.mark.parametrize(
    "statement",
    [
        "import magickpen",
        "from magickpen import *",
        "from magickpen import MagickPen; MagickPen()",
        "from magickpen import AsyncMagickPen; AsyncMagickPen()",
    ],
)
def test_no_import_and_no_constructor_imports_an_http_library(statement: str) -> None:
    assert not modules_after(statement) & {"httpx", "httpx2", "httpcore", "ssl"}


def test_the_blocking_client_does_without_an_event_loop() -> None:
    script = "from magickpen import MagickPen; MagickPen()"
    assert not modules_after(script) & {"anyio", "asyncio", "trio"}
