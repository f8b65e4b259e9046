"""docs/integrations.md names tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1].joinpath("docs", "integrations.md").read_text("utf-8")
ROWS = re.findall(r"^\| `(test_\w+\.py)` \|(.*)\|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("file", "cells"), ROWS)
def test_each_cell_names_a_test(file: str, cells: str) -> None:
    tree = ast.parse((FOLDER / file).read_text("utf-8"))
    tests = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    named = [cell.strip(" `") for cell in cells.split("|")]
    assert len(named) == 7
    assert set(named) - {"–"} <= tests


def test_each_tool_has_a_row() -> None:
    assert len(ROWS) == 6
