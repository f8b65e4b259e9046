"""The README's examples, run on the emulator."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import anyio
import pytest

from magickpen.emulator import Emulator

pytestmark = pytest.mark.usefixtures("short_pauses")

README = Path(__file__).parent.parent / "README.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_example_runs(
    example: str,
    backend: str,
    service: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MAGICKPEN_BASE_URL", service.url)
    monkeypatch.setenv("MAGICKPEN_API_URL", service.url)
    code = compile(example, str(README), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    async def main() -> None:
        result = eval(code, {})
        if inspect.isawaitable(result):
            await result

    anyio.run(main, backend=backend)
    assert capsys.readouterr().out


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 4
