"""What a real terminal shows of an answer: a sign of life, retries, and Markdown."""

from __future__ import annotations

import os
import re
import sys
import time
from importlib import import_module
from typing import Any

import pytest

from magickpen.cli.markdown import LONGEST_BLOCK, MarkdownPrinter
from magickpen.emulator import CutStream, Emulator, RateLimit, Stall, Status

# It has no types.
pexpect: Any = import_module("pexpect")

pytestmark = pytest.mark.slow

ANSWER = """# Rivers

The **Rhine** is *long*, see [here](https://x.example/y).

- Elbe
- Oder

```python
print("a")

print("b")
```

| a | b |
| - | - |
| 1 | 2 |
"""


def spawn(service: Emulator, *arguments: str, **environment: str) -> Any:
    return pexpect.spawn(
        sys.executable,
        ["-m", "magickpen", *arguments],
        env={
            **os.environ,
            "MAGICKPEN_BASE_URL": service.url,
            "MAGICKPEN_API_URL": service.url,
            "TERM": "xterm-256color",
            **environment,
        },
        encoding="utf-8",
        timeout=20,
        dimensions=(40, 60),
    )


def shown(child: Any) -> str:
    """Return what the terminal shows until the command ends."""
    text: str = child.read()
    child.close()
    return text


def test_a_terminal_shows_a_sign_of_life_until_the_first_text(service: Emulator) -> None:
    service.play(Stall())
    child = spawn(service, "ask", "Hi")
    child.expect_exact("waiting for the answer, 1 s")
    child.expect_exact("waiting for the answer, 2 s")
    child.sendintr()
    out = shown(child)
    assert child.exitstatus == 130
    assert out.endswith("\r\x1b[K")


def test_the_sign_is_gone_before_the_answer(service: Emulator) -> None:
    def slowly(_prompt: str) -> Any:
        time.sleep(1.5)
        yield "Rhine"

    service.reply = slowly
    out = shown(spawn(service, "ask", "Hi"))
    assert re.search(r"waiting for the answer, \d s\r\x1b\[KRhine\r\n$", out)


def test_a_dumb_terminal_shows_the_answer_alone(service: Emulator) -> None:
    service.reply = "Rhine"
    service.play(Status(503))
    assert shown(spawn(service, "ask", "Hi", TERM="dumb")) == "Rhine\r\n"


def test_a_terminal_shows_each_retry(service: Emulator) -> None:
    service.reply = "Rhine"
    service.play(Status(503), RateLimit(0))
    out = shown(spawn(service, "ask", "Hi"))
    assert "magickpen: no answer (503): retry 1 of 2 in 0." in out
    assert "magickpen: no answer (429): retry 2 of 2 in " in out
    assert out.endswith("Rhine\r\n")


def test_markdown_is_formatted_on_a_terminal(service: Emulator) -> None:
    service.reply = ANSWER
    out = shown(spawn(service, "ask", "--markdown", "Hi"))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    for mark in ("**", "```", "| -"):
        assert mark not in plain
    for text in ("Rivers", "Rhine is long", "https://x.example/y", " • Elbe", 'print("b")'):
        assert text in plain
    assert "\x1b[1m" in out


def test_markdown_without_colours(service: Emulator) -> None:
    service.reply = ANSWER
    out = shown(spawn(service, "ask", "--markdown", "Hi", NO_COLOR="1"))
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", out)


def test_a_block_is_shown_when_it_is_finished(service: Emulator) -> None:
    service.reply = "First *one*.\n\nSecond *two*.\n\nThird"
    service.play(Stall(20))
    child = spawn(service, "ask", "--markdown", "Hi")
    child.expect(r"First .*one.*\.")
    child.sendintr()
    out = shown(child)
    assert "Secon" in out
    assert child.exitstatus == 130


def test_a_broken_answer_is_formatted_as_far_as_it_came(service: Emulator) -> None:
    service.reply = "First *one*.\n\nSecond *two*.\n\nThird"
    service.play(CutStream(26))
    out = shown(spawn(service, "ask", "--markdown", "Hi"))
    assert "Second" in out
    assert "Third" not in out


def test_markdown_that_does_not_end_is_printed_in_time(capsys: pytest.CaptureFixture[str]) -> None:
    printer = MarkdownPrinter()
    started = time.monotonic()
    for _ in range(5_000):
        printer.write("- item\n\n")
    printer.end()
    assert time.monotonic() - started < 20
    assert capsys.readouterr().out.count("item") == 5_000
    assert LONGEST_BLOCK < 5_000 * 8


def test_markdown_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    printer = MarkdownPrinter()
    printer.write("\x1b]0;title\x07 [x](javascript:1) \x9b31m\n\n[red]not a style[/red]\n\n")
    printer.end()
    out = capsys.readouterr().out
    assert "\x1b]" not in out
    assert "\x9b" not in out
    assert "[red]not a style[/red]" in out
