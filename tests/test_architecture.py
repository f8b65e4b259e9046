"""docs/architecture.md names files and functions that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT.joinpath("docs", "architecture.md").read_text("utf-8")

# A file of the diagram, and the function that stands behind it on its line.
STEPS = re.findall(r"([a-z_]+(?:/[a-z_]+)?\.py)[ │]+([A-Za-z_.]+) ─", PAGE)
FILES = sorted(set(re.findall(r"`([\w/]+\.py)`", PAGE)))


@pytest.mark.parametrize(("file", "name"), STEPS)
def test_each_step_of_the_diagram_is_in_its_file(file: str, name: str) -> None:
    scope: ast.AST = ast.parse((ROOT / "magickpen" / file).read_text("utf-8"))
    for part in name.split("."):
        found = [node for node in ast.walk(scope) if getattr(node, "name", None) == part]
        if not found:
            # A constant, such as a table.
            found = [node for node in ast.walk(scope) if getattr(node, "id", None) == part]
        assert found, f"{file} has no {name}"
        scope = found[0]


def test_the_diagram_goes_from_the_client_to_the_wire_and_back() -> None:
    assert len(STEPS) >= 15
    assert STEPS[0] == ("sync/client.py", "MagickPen.ask")
    assert STEPS[-1] == ("core/call.py", "Call.reply")


@pytest.mark.parametrize("file", FILES)
def test_each_file_that_is_named_exists(file: str) -> None:
    path = file.removeprefix("magickpen/")
    assert (ROOT / "magickpen" / path).is_file() or (ROOT / file).is_file()
