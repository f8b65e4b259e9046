"""`magickpen chat`: over a pipe, and in a real pseudo-terminal."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from magickpen.emulator import CutStream, Emulator, RateLimit, Stall, Status
from tests.support.command import Command

# It has no types.
pexpect: Any = import_module("pexpect")

pytestmark = pytest.mark.slow

READY = r"\x1b\[0m\x1b\[J\x1b\[0m>[^>]*?\x1b\[\?25h"
"""The prompt, and the cursor behind it."""


def sent(service: Emulator) -> list[list[str]]:
    """Return the contents of the messages of each question that was received at /chat/free."""
    bodies = [json.loads(r.body) for r in service.requests if r.path == "/chat/free"]
    return [[message["content"] for message in body["history"]] for body in bodies]


def test_a_pipe_has_a_question_a_line(command: Command, service: Emulator) -> None:
    service.reply = lambda prompt: f"To {prompt}"
    result = command("chat", "--endpoint", "chat", stdin="one\n\n  two\n")
    assert (result.status, result.out, result.err) == (0, "To one\nTo   two\n", "")
    assert sent(service)[-1] == ["one", "To one", "  two"]


def test_a_pipe_may_contain_commands(command: Command, service: Emulator, tmp_path: Path) -> None:
    service.reply = lambda prompt: f"To {prompt}"
    path = tmp_path / "talk.json"
    lines = ["one", "/undo", "two", "/system Be brief.", "/retry", f"/save {path}", "/quit", "no"]
    assert command("chat", "--endpoint", "chat", stdin="\n".join(lines)).status == 0
    assert sent(service) == [["one"], ["two"], ["Be brief.", "two"]]
    lines = [f"/load {path}", "/endpoint ask", "three", "/undo", "/undo", '/system ""', "four"]
    assert command("chat", stdin="\n".join(lines)).status == 0
    queries = [json.loads(r.body)["query"] for r in service.requests if r.path == "/ask"]
    assert queries[0].startswith("System: Be brief.\nUser: two\nAssistant: To two\nUser: three\n")
    assert queries[1] == "four"
    # The history goes on from what was undone, too.
    command("chat", "-c", "--endpoint", "chat", stdin="five\n")
    assert sent(service)[-1] == ["four", "To four", "five"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/nope", "/nope: there is no such command; /help lists them"),
        ("/undo", "there is nothing to undo"),
        ("/retry", "there is nothing to undo"),
        ("/save", "/save: it needs the path of a file"),
        ("/load /nowhere/x", "/load: No such file or directory"),
        ("/endpoint foo", "endpoint must be 'ask' or 'chat', not 'foo'"),
        ("/help", "/retry     Ask the last question again"),
        ("/system", "there is none"),
    ],
)
def test_a_command_that_asks_nothing(
    command: Command, service: Emulator, line: str, told: str
) -> None:
    result = command("chat", stdin=f"{line}\n")
    assert told in result.err
    assert (result.out, service.requests) == ("", [])
    assert result.status == (0 if line in ("/help", "/system") else 2)


def test_a_path_is_no_command(command: Command, service: Emulator) -> None:
    assert command("chat", stdin="/etc/hosts is what?\n").status == 0
    assert json.loads(service.requests[-1].body)["query"] == "/etc/hosts is what?"


def test_a_failure_does_not_end_a_conversation(command: Command, service: Emulator) -> None:
    service.reply = "one two three"
    service.play(Status(400), CutStream(7))
    result = command("chat", "--endpoint", "chat", stdin="a\n/retry\nc\n")
    assert result.status == 1
    assert result.out == "one two\none two three\n"
    # A part of an answer is an answer to go on from.
    assert sent(service) == [["a"], ["a"], ["a", "one two", "c"]]


def test_a_rate_limit_ends_a_pipe(command: Command, service: Emulator) -> None:
    service.play(RateLimit(3600))
    assert command("chat", stdin="a\nb\n").status == 3
    assert len([r for r in service.requests if r.path == "/ask"]) == 1


def test_what_is_no_text_is_refused(command: Command, service: Emulator) -> None:
    assert command("chat", stdin="\0\n").status == 2
    assert service.requests == []


class Terminal:
    """The command in a pseudo-terminal."""

    def __init__(self, service: Emulator, *arguments: str) -> None:
        self.child: Any = pexpect.spawn(
            sys.executable,
            ["-m", "magickpen", "chat", "--endpoint", "chat", *arguments],
            env={
                **os.environ,
                "MAGICKPEN_BASE_URL": service.url,
                "MAGICKPEN_API_URL": service.url,
                "TERM": "xterm",
                "PROMPT_TOOLKIT_NO_CPR": "1",
            },
            encoding="utf-8",
            timeout=20,
            dimensions=(40, 100),
        )
        self.child.expect(READY)

    def type(self, line: str, expected: str) -> None:
        self.child.send(f"{line}\r")
        self.child.expect_exact(expected)
        self.child.expect(READY)

    def leave(self) -> int:
        self.child.sendeof()
        self.child.expect(pexpect.EOF)
        self.child.close()
        status: int = self.child.exitstatus
        return status


OpenTerminal: TypeAlias = Callable[..., Terminal]


@pytest.fixture
def terminal(service: Emulator) -> Iterator[OpenTerminal]:
    with contextlib.ExitStack() as made:

        def terminal(*arguments: str) -> Terminal:
            talk = Terminal(service, *arguments)
            made.callback(talk.child.close, force=True)
            return talk

        yield terminal


def test_a_conversation_in_a_terminal(
    terminal: OpenTerminal, service: Emulator, tmp_path: Path, command: Command
) -> None:
    service.reply = lambda prompt: f"The answer to {prompt}, whole."
    talk = terminal("--system", "Be brief.")
    talk.type("one", "The answer to one, whole.")
    talk.type("two", "The answer to two, whole.")
    assert sent(service)[-1] == ["Be brief.", "one", "The answer to one, whole.", "two"]

    # Ctrl-C stops an answer, and keeps what came.
    service.play(Stall(12))
    talk.child.send("three\r")
    talk.child.expect_exact("The answer t")
    talk.child.sendintr()
    talk.child.expect_exact("stopped")
    talk.child.expect(READY)
    talk.type("/retry", "The answer to three, whole.")
    assert len(sent(service)[-1]) == 6
    talk.type("four", "The answer to four, whole.")
    talk.type("/undo", "")
    path = tmp_path / "talk.json"
    talk.type(f"/save {path}", "saved Conversation(3 turns)")
    assert [m["content"] for m in json.loads(path.read_text())][1::2] == ["one", "two", "three"]

    # Ctrl-C on a line gives it up.
    talk.child.send("not sent")
    talk.child.sendintr()
    talk.child.expect(READY)
    assert talk.leave() == 0
    assert len(sent(service)) == 5

    # The next session goes on, and has the lines of the last one.
    again = terminal("-c")
    again.child.send("\x1b[A\x1b[A\x1b[A\x15")
    again.type("five", "The answer to five, whole.")
    assert sent(service)[-1][1::2] == ["one", "two", "three", "five"]
    # A question may have several lines.
    again.child.send("six\x1b\rlines\r")
    again.child.expect_exact("The answer to six")
    again.child.expect(READY)
    assert sent(service)[-1][-1] == "six\nlines"
    assert again.leave() == 0

    entries = json.loads(command("history", "show", "--json").out)["entries"]
    assert [(e["question"], e["outcome"], e["undone"]) for e in entries] == [
        ("one", "answered", False),
        ("two", "answered", False),
        ("three", "interrupted", True),
        ("three", "answered", False),
        ("four", "answered", True),
        ("five", "answered", False),
        ("six\nlines", "answered", False),
    ]
    assert entries[2]["answer"] == "The answer t"
    lines = Path(os.environ["XDG_DATA_HOME"], "magickpen", "chat_lines")
    assert "+two" in lines.read_text()
    assert lines.stat().st_mode & 0o077 == 0


def test_without_history_no_line_is_kept(terminal: OpenTerminal, service: Emulator) -> None:
    service.reply = "ok then"
    talk = terminal("--no-history")
    talk.type("one", "ok then")
    assert talk.leave() == 0
    assert not Path(os.environ["XDG_DATA_HOME"]).exists()


def test_a_terminal_completes_commands(terminal: OpenTerminal, service: Emulator) -> None:
    talk = terminal("--no-history")
    talk.child.send("/he\t")
    talk.child.expect_exact("lp")
    talk.type("", "/retry")
    talk.child.send("/save /et\t")
    talk.child.expect_exact("c")
    talk.child.sendintr()
    talk.child.expect(READY)
    assert talk.leave() == 0
