"""What the integrations import, and what they say if it is missing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import magickpen.integrations

FILES = sorted(Path(str(magickpen.integrations.__file__)).parent.glob("[a-z]*.py"))


@pytest.mark.parametrize(
    ("module", "package", "extra"),
    [
        ("g4f", "g4f", "g4f"),
        ("langchain", "langchain_core", "langchain"),
        ("llm", "llm", "llm"),
        ("mcp", "mcp", "mcp"),
        ("openai_gateway", "starlette", "gateway"),
    ],
)
def test_without_its_package_it_names_the_extra(module: str, package: str, extra: str) -> None:
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        f"try: import magickpen.integrations.{module}\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith(f"needs an extra: pip install 'magickpen[{extra}]'\n")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_private_name_is_imported(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names = [*str(node.module).split("."), *(alias.name for alias in node.names)]
            assert not [n for n in names if n.startswith("_") and not n.endswith("__")]
            # What integrations need of this package is public.
            room = str(node.module)
            assert room == "magickpen" or not room.startswith("magickpen.core")
