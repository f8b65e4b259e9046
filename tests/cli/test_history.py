"""What the commands keep of questions and answers, and `magickpen history`."""

from __future__ import annotations

import _thread
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from magickpen.cli.recording import INTERRUPTED, UNDER_WAY, Recording
from magickpen.emulator import CutStream, Emulator, RateLimit, Stall, Status
from tests.support.command import Command

pytestmark = pytest.mark.slow


def history_file() -> Path:
    return Path(os.environ["XDG_DATA_HOME"], "magickpen", "history.db")


def kept(command: Command) -> list[tuple[str, str, str]]:
    """Return the questions, answers and outcomes that are in the history, in order."""
    lines = command("history", "export").out.splitlines()
    entries = [entry for line in lines for entry in json.loads(line)["entries"]]
    return [(entry["question"], entry["answer"], entry["outcome"]) for entry in entries]


def test_every_question_is_kept_with_its_answer(command: Command, service: Emulator) -> None:
    service.reply = lambda prompt: f"To {prompt}"
    command("ask", "one?")
    command("ask", "--json", "two?")
    command("ask", "--no-stream", "three?", stdin="text\n")
    assert kept(command) == [
        ("one?", "To one?", "answered"),
        ("two?", "To two?", "answered"),
        ("text\n\nthree?", "To text\n\nthree?", "answered"),
    ]


def test_what_failed_is_kept_with_what_had_come(command: Command, service: Emulator) -> None:
    service.reply = "one two three"
    for fault in (CutStream(7), Status(400), RateLimit(3600)):
        service.play(fault)
        assert command("ask", "Hi").status != 0
    assert kept(command) == [
        ("Hi", "one two", "interrupted"),
        ("Hi", "", "bad_request"),
        ("Hi", "", "rate_limited"),
    ]


def test_wrong_usage_is_not_kept(command: Command) -> None:
    assert command("ask", "--timeout", "-1", "Hi").status == 2
    assert kept(command) == []


def test_the_history_can_be_switched_off(command: Command) -> None:
    assert command("ask", "--no-history", "Hi").status == 0
    assert not history_file().exists()
    config = Path(os.environ["XDG_CONFIG_HOME"], "magickpen", "config.toml")
    config.parent.mkdir(parents=True)
    config.write_text("history = false\n")
    assert command("ask", "Hi").status == 0
    assert not history_file().exists()
    assert command("ask", "--history", "Hi").status == 0
    assert len(kept(command)) == 1


def test_its_user_alone_may_read_the_file(command: Command) -> None:
    command("ask", "Hi")
    folder = history_file().parent
    for path in (folder, *folder.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_ask_continues_the_last_conversation_or_another(
    command: Command, service: Emulator
) -> None:
    command("ask", "--system", "Be brief.", "one?")
    command("ask", "two?")
    command("ask", "-c", "three?")
    service.reply = "ok"
    assert command("ask", "--conversation", "1", "--endpoint", "chat", "four?").out == "ok\n"
    history = json.loads(service.requests[-1].body)["history"]
    assert [m["content"] for m in history][::2] == ["Be brief.", history[2]["content"]]
    assert [m["role"] for m in history] == ["system", "user", "assistant", "user"]
    shown = json.loads(command("history", "show", "2", "--json").out)
    assert [entry["question"] for entry in shown["entries"]] == ["two?", "three?"]
    # The last conversation is that of the last question.
    assert command("ask", "-c", "five?").status == 0
    shown = json.loads(command("history", "show", "--json").out)
    assert [entry["question"] for entry in shown["entries"]] == ["one?", "four?", "five?"]


def test_a_conversation_goes_on_from_a_part_but_not_from_a_failure(
    command: Command, service: Emulator
) -> None:
    service.reply = "one two three"
    service.play(CutStream(7))
    command("ask", "first")
    service.play(Status(400))
    command("ask", "-c", "second")
    command("ask", "-c", "--endpoint", "chat", "third")
    history = json.loads(service.requests[-1].body)["history"]
    assert [m["content"] for m in history] == ["first", "one two", "third"]


def test_a_system_message_replaces_that_of_a_conversation(
    command: Command, service: Emulator
) -> None:
    command("ask", "--system", "Be brief.", "one?")
    command("ask", "-c", "--system", "Be long.", "two?")
    command("ask", "-c", "--endpoint", "chat", "three?")
    history = json.loads(service.requests[-1].body)["history"]
    assert [m["content"] for m in history if m["role"] == "system"] == ["Be long."]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["ask", "-c", "Hi"], "there is no conversation to continue yet"),
        (["ask", "--conversation", "7", "Hi"], "there is no conversation 7"),
        (["ask", "-c", "--no-history", "Hi"], "cannot be continued without the history"),
        (["history", "show"], "there is no conversation yet"),
        (["history", "show", "7"], "there is no conversation 7"),
        (["history", "delete"], "pass the ID of one or more conversations, or --all"),
        (["history", "delete", "7"], "there is no conversation 7"),
        (["history", "delete", "x"], "'x' is not a valid integer"),
        (["history", "search"], "Missing argument"),
    ],
)
def test_wrong_usage(
    command: Command, service: Emulator, arguments: list[str], complaint: str
) -> None:
    result = command(*arguments)
    assert (result.status, result.out) == (2, "")
    assert complaint in result.err
    assert service.requests == []


def test_a_list_begins_with_the_last_conversation(command: Command, service: Emulator) -> None:
    for question in ("one?", "two\nlines?", "x" * 200):
        command("ask", question)
    command("ask", "--conversation", "1", "more?")
    lines = command("history").out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "3", "2"]
    assert lines[0].endswith("one?  (2 turns)")
    assert lines[1].endswith("x…  (1 turn)")
    assert lines[2].endswith("two lines?  (1 turn)")
    assert len(command("history", "list", "-n", "2").out.splitlines()) == 2
    assert [c["id"] for c in json.loads(command("history", "list", "--json").out)] == [1, 3, 2]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["rivers"], {1}),
        (["RIVER"], {1}),
        (["rhine"], {1, 3}),
        (["rhine", "name"], {1}),
        (["天气"], {2}),
        (["天气预报"], {2}),
        (["no"], set()),
        (["ob"], {3}),
        (['"', "a*b"], {3}),
        (["50%"], {3}),
        (["5_%"], set()),
        (["rhine OR x"], set()),
    ],
)
def test_a_search_finds_words_in_questions_and_answers(
    command: Command, service: Emulator, words: list[str], found: set[int]
) -> None:
    for question, answer in [
        ("Name three rivers.", "Rhine, Elbe, Oder"),
        ("今天天气预报", "晴"),
        ('Ob "a*b" is 50% of it', "the Rhine"),
    ]:
        service.reply = answer
        command("ask", question)
    entries = json.loads(command("history", "search", "--json", "--", *words).out)
    assert {entry["conversation"] for entry in entries} == found
    lines = command("history", "search", *words).out.splitlines()
    assert len(lines) == 2 * len(found)


def test_a_conversation_is_shown(command: Command, service: Emulator) -> None:
    service.reply = "\x1b[31mRhine\nElbe"
    command("ask", "--system", "Be brief.", "Name\nrivers.")
    out = command("history", "show").out
    assert out == "[system] Be brief.\n\n> Name\n> rivers.\n\n[31mRhine\nElbe\n\n"


def test_nothing_is_left_of_what_is_deleted(command: Command, service: Emulator) -> None:
    service.reply = "secretanswer " * 200
    command("ask", "secretquestion")
    service.reply = "ok"
    command("ask", "other")
    assert b"secretanswer" in history_file().read_bytes()
    assert command("history", "delete", "1").err == "magickpen: deleted 1 conversation\n"
    for path in history_file().parent.iterdir():
        content = path.read_bytes()
        assert b"secretanswer" not in content
        assert b"secretquestion" not in content
    assert kept(command) == [("other", "ok", "answered")]
    assert command("history", "search", "secretanswer").out == ""
    # A number is not given again.
    assert command("history", "delete", "--all", "--yes").status == 0
    command("ask", "new")
    assert json.loads(command("history", "list", "--json").out)[0]["id"] == 3


def test_all_is_deleted_after_a_confirmation_alone(command: Command) -> None:
    command("ask", "Hi")
    result = command("history", "delete", "--all", stdin="n\n")
    assert (result.status, result.out) == (130, "")
    assert len(kept(command)) == 1
    assert command("history", "delete", "--all", stdin="y\n").status == 0
    assert kept(command) == []


def test_an_argument_that_is_no_text_is_kept(command: Command) -> None:
    assert command("ask", "caf\udce9").status == 0
    assert kept(command)[0][0] == "caf?"


@pytest.mark.parametrize("kind", ["damaged", "newer", "folder"])
def test_a_file_that_cannot_be_used_is_told_and_costs_no_answer(
    command: Command, service: Emulator, kind: str
) -> None:
    service.reply = "ok"
    path = history_file()
    if kind == "folder":
        path.mkdir(parents=True)
    else:
        command("ask", "Hi")
    if kind == "damaged":
        path.write_bytes(b"no database" * 1000)
    if kind == "newer":
        database = sqlite3.connect(path)
        database.execute("PRAGMA user_version = 9")
        database.close()
    result = command("ask", "Hi")
    assert (result.status, result.out) == (0, "ok\n")
    assert result.err.startswith("magickpen: the history is not kept: ")
    assert command("history").status == 1


def test_without_a_home_there_is_no_history(
    command: Command, service: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service.reply = "ok"
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setattr("pwd.getpwuid", dict[int, object]().__getitem__)
    monkeypatch.chdir(tmp_path)
    result = command("ask", "Hi")
    assert (result.status, result.out) == (0, "ok\n")
    assert "the history is not kept: there is no folder for it" in result.err
    assert list(tmp_path.iterdir()) == []


def start(service: Emulator, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "magickpen", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "MAGICKPEN_BASE_URL": service.url, "MAGICKPEN_API_URL": service.url},
    )


def test_a_second_interruption_loses_nothing(
    command: Command, service: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = Recording.keep

    def interrupted(recording: Recording, answer: str, outcome: str = UNDER_WAY) -> None:
        if outcome == INTERRUPTED:
            signal.raise_signal(signal.SIGINT)
        keep(recording, answer, outcome)

    monkeypatch.setattr(Recording, "keep", interrupted)
    service.reply = "one two three"
    service.play(Stall(7))
    threading.Timer(1.0, _thread.interrupt_main).start()
    result = command("ask", "Hi")
    assert (result.status, result.out) == (130, "one two\n")
    assert kept(command) == [("Hi", "one two", "interrupted")]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_what_had_come_is_kept_when_the_command_is_ended(
    command: Command, service: Emulator, how: signal.Signals
) -> None:
    service.reply = "one two three"
    service.play(Stall(7))
    with start(service, "ask", "Hi") as process:
        assert process.stdout is not None
        assert process.stdout.read(7) == "one two"
        if how is signal.SIGKILL:
            deadline = time.monotonic() + 10
            while not kept(command)[0][1] and time.monotonic() < deadline:
                time.sleep(0.05)
        process.send_signal(how)
        process.wait(10)
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert kept(command) == [("Hi", "one two", "interrupted")]
    else:
        ((question, answer, outcome),) = kept(command)
        assert (question, answer[:4], outcome) == ("Hi", "one ", "under way")


def test_ten_processes_write_at_once(command: Command, service: Emulator) -> None:
    service.reply = lambda prompt: f"to {prompt}"
    processes = [start(service, "ask", str(n)) for n in range(10)]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
    assert sorted(kept(command)) == [(str(n), f"to {n}", "answered") for n in range(10)]
