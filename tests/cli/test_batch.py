"""`magickpen batch`."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from magickpen.emulator import CutStream, Emulator, HtmlPage, RateLimit, Stall, Status
from tests.support.command import Command
from tests.support.waiting import wait_for

# It has no types.
pexpect: Any = import_module("pexpect")

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, *lines: object) -> str:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    Path(name).write_text("\n".join(texts) + "\n")
    return name


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(name).read_text().splitlines()]


def prompts_at(service: Emulator) -> list[str]:
    return [json.loads(r.body)["query"] for r in service.requests if r.path == "/ask"]


def start(service: Emulator, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "magickpen", "batch", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "MAGICKPEN_BASE_URL": service.url, "MAGICKPEN_API_URL": service.url},
        **options,
    )


def test_lines_are_prompts(command: Command, service: Emulator) -> None:
    service.reply = lambda prompt: f"to {prompt}"
    result = command("batch", write("in.txt", "one", "", " two ", "one"), "out.jsonl")
    assert (result.status, result.out) == (0, "")
    assert result.err == "magickpen: 3 of 3 answered, 0 failed, 0 left\n"
    records = read("out.jsonl")
    assert [(r["prompt"], r["text"]) for r in records] == [
        ("one", "to one"),
        ("two", "to two"),
        ("one", "to one"),
    ]
    assert len({r["id"] for r in records}) == 3
    assert not Path("out.jsonl.failed").exists()


def test_lines_of_json_are_prompts(command: Command, service: Emulator) -> None:
    service.reply = lambda prompt: prompt
    path = write(
        "in",
        {"id": 1, "prompt": "a\u2028b"},
        {"id": "1", "messages": [{"role": "user", "content": "b"}], "system": "Be brief."},
        {"prompt": "no id", "topic": "is ignored"},
    )
    assert command("batch", path, "out.jsonl", "--system", "Be long.").status == 0
    records = read("out.jsonl")
    assert [r["id"] for r in records[:2]] == [1, "1"]
    assert records[0]["text"] == "System: Be long.\nUser: a\u2028b\nAssistant:"
    assert records[1]["text"] == "System: Be brief.\nUser: b\nAssistant:"
    assert set(records[0]) == {
        *("id", "prompt", "text", "model", "endpoint", "attempts"),
        *("time_to_first_chunk", "elapsed"),
    }


def test_prompts_can_be_piped_in(command: Command, service: Emulator) -> None:
    assert command("batch", "-", "out.jsonl", stdin="one\r\ntwo\r\n").status == 0
    assert prompts_at(service) == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "lines", "complaint"),
    [
        ("in.txt", [" "], "in.txt has no prompts"),
        ("in.jsonl", ["one"], 'in.jsonl, line 1: no JSON object such as {"id": 1'),
        ("in", [{"prompt": "x"}, "one"], "in, line 2: no JSON object"),
        ("in", [{"prompt": "x"}, "[" * 100_000], "in, line 2: no JSON object"),
        ("in", [{"id": 1}], 'in, line 1 must have a "prompt" or "messages"'),
        ("in", [{"id": 1, "prompt": ""}], "in, line 1: messages has no text"),
        ("in", [{"id": 1.5, "prompt": "x"}], '"id" must be a string or a whole number'),
        ("in", [{"id": True, "prompt": "x"}], '"id" must be a string or a whole number'),
        ("in", [{"id": 1, "prompt": "x"}] * 2, "lines 1 and 2 have the same id"),
        ("in", [{"prompt": "x", "messages": [1]}], 'must have a "prompt" or "messages"'),
    ],
)
def test_wrong_prompts_are_refused_before_one_is_sent(
    command: Command, service: Emulator, name: str, lines: list[object], complaint: str
) -> None:
    result = command("batch", write(name, *lines), "out.jsonl")
    assert (result.status, result.out, service.requests) == (2, "", [])
    assert complaint in result.err


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"my notes", "out.jsonl holds something else than answers"),
        (b"my notes\n", "out.jsonl, line 1 is no answer of a batch"),
        (b'{"id": 1, "prompt": "x"}\n', "out.jsonl, line 1 is no answer of a batch"),
        (b"\x89PNG\r\n", "out.jsonl, line 1 is no answer of a batch"),
    ],
)
def test_a_file_that_is_no_output_stays_as_it_is(
    command: Command, service: Emulator, content: bytes, complaint: str
) -> None:
    Path("out.jsonl").write_bytes(content)
    result = command("batch", write("in", "x"), "out.jsonl")
    assert (result.status, service.requests) == (2, [])
    assert complaint in result.err
    assert Path("out.jsonl").read_bytes() == content


@pytest.mark.parametrize("out", ["nowhere/out.jsonl", "."])
def test_an_output_that_cannot_be_written_is_wrong_usage(
    command: Command, service: Emulator, out: str
) -> None:
    assert command("batch", write("in", "x"), out).status == 2
    assert service.requests == []


def test_failures_stand_beside_and_are_asked_again(command: Command, service: Emulator) -> None:
    service.reply = "one two three"
    service.play(Status(400), None, CutStream(7))
    path = write("in", "a", "b", "c", "d")
    result = command("batch", path, "out.jsonl")
    assert result.status == 1
    assert result.err.endswith(
        "2 of 4 answered, 2 failed, 0 left; failures are in out.jsonl.failed\n"
    )
    failed = read("out.jsonl.failed")
    assert [(f["prompt"], f["code"]) for f in failed] == [
        ("a", "bad_request"),
        ("c", "interrupted"),
    ]
    assert failed[1]["partial"] == "one two"
    assert [r["prompt"] for r in read("out.jsonl")] == ["b", "d"]
    service.play(None, Status(400))
    assert command("batch", path, "out.jsonl").status == 1
    assert [f["prompt"] for f in read("out.jsonl.failed")] == ["c"]
    assert command("batch", path, "out.jsonl", "--ordered").status == 0
    assert not Path("out.jsonl.failed").exists()
    assert [r["prompt"] for r in read("out.jsonl")] == ["a", "b", "c", "d"]
    assert Counter(prompts_at(service)) == {"a": 2, "b": 1, "c": 3, "d": 1}


def test_a_complete_output_needs_no_question(command: Command, service: Emulator) -> None:
    path = write("in", "a", "b")
    command("batch", path, "out.jsonl")
    service.reset()
    result = command("batch", path, "out.jsonl", "--json")
    assert (result.status, service.requests) == (0, [])
    assert json.loads(result.out) == {
        "total": 2,
        "answered": 2,
        "failed": 0,
        "left": 0,
        "rate_limited": False,
        "interrupted": False,
    }


def test_prompts_can_be_added_and_moved(command: Command, service: Emulator) -> None:
    command("batch", write("in", "a", "b"), "out.jsonl")
    service.reset()
    assert command("batch", write("in", "c", "b", "a"), "out.jsonl", "--ordered").status == 0
    assert prompts_at(service) == ["c"]
    assert [r["prompt"] for r in read("out.jsonl")] == ["c", "b", "a"]


@pytest.mark.parametrize("torn", [1, 5, 20, -1, None])
def test_a_torn_last_line_is_mended(command: Command, service: Emulator, torn: int | None) -> None:
    path = write("in", "a", "b")
    command("batch", path, "out.jsonl")
    first, last = Path("out.jsonl").read_bytes().splitlines(keepends=True)
    # -1 lacks the end of the line alone; None is what a power failure may leave.
    Path("out.jsonl").write_bytes(first + (bytes(50) if torn is None else last[:torn]))
    service.reset()
    assert command("batch", path, "out.jsonl").status == 0
    assert prompts_at(service) == ([] if torn == -1 else ["b"])
    assert [r["prompt"] for r in read("out.jsonl")] == ["a", "b"]


def test_two_batches_on_one_output_are_refused(command: Command, service: Emulator) -> None:
    service.play(Stall())
    path = write("in", "a")
    with start(service, path, "out.jsonl") as first:
        wait_for(lambda: prompts_at(service))
        result = command("batch", path, "out.jsonl")
        assert result.status == 2
        assert "another batch is writing out.jsonl" in result.err
        first.kill()


def test_a_rate_limit_can_end_it(command: Command, service: Emulator) -> None:
    service.play(None, RateLimit(72_000))
    result = command("batch", write("in", "a", "b", "c"), "out.jsonl", "--stop-on-rate-limit")
    assert result.status == 3
    limit, counts = result.err.splitlines()
    assert "Try again in 20 h, at " in limit
    assert counts == "magickpen: 1 of 3 answered, 0 failed, 2 left"
    assert not Path("out.jsonl.failed").exists()


def test_a_rate_limit_is_waited_for_and_told(command: Command, service: Emulator) -> None:
    service.play(RateLimit(1.2))
    result = command("batch", write("in", "a"), "out.jsonl", "--max-retries", "0")
    assert result.status == 0
    assert "magickpen: the rate is limited; going on in 1 s\n" in result.err


def test_failures_that_all_questions_meet_end_it(command: Command, service: Emulator) -> None:
    service.play(*[HtmlPage()] * 50)
    path = write("in", *map(str, range(50)))
    result = command("batch", path, "out.jsonl")
    assert result.status == 1
    assert "5 failures in a row" in result.err
    assert len(prompts_at(service)) <= 6
    assert "44 left" in result.err or "45 left" in result.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_after_what_is_under_way(
    service: Emulator, number: signal.Signals
) -> None:
    go_on = threading.Event()
    asked: list[str] = []

    def reply(prompt: str) -> str:
        asked.append(prompt)
        go_on.wait(20)
        return f"to {prompt}"

    service.reply = reply
    with start(service, write("in", "a", "b", "c"), "out.jsonl", "--concurrency", "2") as process:
        wait_for(lambda: len(asked) == 2)
        process.send_signal(number)
        assert process.stderr is not None
        assert "ending after the questions under way" in process.stderr.readline()
        go_on.set()
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "2 of 3 answered, 0 failed, 1 left" in err
    assert sorted(r["text"] for r in read("out.jsonl")) == ["to a", "to b"]


def test_a_second_signal_keeps_what_had_come(service: Emulator) -> None:
    service.reply = "one two three"
    service.play(Stall(7))
    with start(service, write("in", "a", "b"), "out.jsonl", "-v") as process:
        wait_for(lambda: prompts_at(service))
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert read("out.jsonl") == []
    assert [f["partial"] for f in read("out.jsonl.failed")] == ["one two"]


def test_a_second_signal_does_not_wait_for_an_answer_to_begin(service: Emulator) -> None:
    service.play(None, Stall())
    path = write("in", "a", "b", "c")
    with start(service, path, "out.jsonl", "--timeout", "60") as process:
        wait_for(lambda: len(prompts_at(service)) == 2)
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert time.monotonic() - started < 6
    assert process.returncode == 130, err
    assert err.endswith("magickpen: 1 of 3 answered, 0 failed, 2 left\n")
    assert [r["prompt"] for r in read("out.jsonl")] == ["a"]


def test_an_answer_that_cannot_be_written_is_printed(service: Emulator) -> None:
    service.reply = "x" * 5000

    def limit_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))

    path = write("in", *map(str, range(9)))
    arguments = (path, "out.jsonl", "--no-cache", "--concurrency", "2")
    with start(service, *arguments, preexec_fn=limit_files) as process:
        out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    # The one that met the end of the file, and those that were under way at that time.
    printed = [json.loads(line)["prompt"] for line in out.splitlines()]
    assert len(printed) == len(prompts_at(service)) - 1
    assert 1 <= len(printed) <= 4
    assert "out.jsonl cannot be written: File too large" in err
    assert "Traceback" not in err
    # The line that was torn is mended, and asked again.
    with start(service, path, "out.jsonl") as process:
        process.communicate(timeout=20)
    assert [len(r["text"]) for r in read("out.jsonl")] == [5000] * 9


@pytest.mark.slow
def test_a_batch_that_is_killed_five_times_asks_nothing_twice(service: Emulator) -> None:
    randomly = random.Random(7)
    service.reply = lambda prompt: f"to {prompt} " + "x" * 3000
    faults: list[Any] = [None] * 700
    for place in randomly.sample(range(700), 70):
        faults[place] = randomly.choice([Status(500), Status(400), CutStream(100), HtmlPage()])
    faults[100] = faults[300] = RateLimit(1.1)
    service.play(*faults)
    path = write("in.jsonl", *({"id": n, "prompt": f"question {n}"} for n in range(500)))
    arguments = (path, "out.jsonl", "--concurrency", "4")
    out = Path("out.jsonl")
    recorded: set[int] = set()
    asked: Counter[str] = Counter()
    for kill in range(5):
        before = len(prompts_at(service))
        process = start(service, *arguments)
        wait_for(lambda: len(prompts_at(service)) > before + randomly.randrange(40, 80))  # noqa: B023
        process.kill()
        process.communicate()
        if kill == 2:
            # What is left of a line whose writing is ended in its middle.
            whole = out.read_bytes()
            out.write_bytes(whole[: whole.rstrip(b"\n").rfind(b"\n") + 1000])
        # What was recorded has not been asked again.
        asked_now = Counter(prompts_at(service))
        assert all(asked_now[f"question {n}"] == asked[f"question {n}"] for n in recorded)
        asked = asked_now
        lines = out.read_bytes().split(b"\n")[:-1]
        now = {json.loads(line)["id"] for line in lines}
        assert recorded <= now or kill == 2
        recorded = now
    for _ in range(5):
        with start(service, *arguments, "--ordered") as process:
            process.communicate(timeout=100)
        if process.returncode == 0:
            break
    assert [r["id"] for r in read("out.jsonl")] == list(range(500))
    assert all(r["text"].startswith(f"to question {r['id']} ") for r in read("out.jsonl"))
    asked_now = Counter(prompts_at(service))
    assert all(asked_now[f"question {n}"] == asked[f"question {n}"] for n in recorded)


def test_a_terminal_shows_a_bar_and_a_countdown(service: Emulator) -> None:
    service.play(None, RateLimit(3600))
    child = pexpect.spawn(
        sys.executable,
        ["-m", "magickpen", "batch", write("in", "a", "b", "c"), "out.jsonl"],
        env={
            **os.environ,
            "MAGICKPEN_BASE_URL": service.url,
            "MAGICKPEN_API_URL": service.url,
            "TERM": "xterm",
        },
        encoding="utf-8",
        timeout=20,
        dimensions=(24, 100),
    )
    child.expect("the rate is limited; going on in 60 min, at ")
    child.expect("1/3, 0 failed, waiting 0:59:5")
    child.sendintr()
    child.expect("1 of 3 answered, 0 failed, 2 left")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130


def test_each_answer_is_on_the_disk_before_the_next_is_taken(
    command: Command, service: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def spy(handle: int) -> None:
        fsync(handle)
        out = Path("out.jsonl")
        if out.exists() and os.path.samestat(os.fstat(handle), out.stat()):
            synced.append(len(read("out.jsonl")))

    monkeypatch.setattr(os, "fsync", spy)
    command("batch", write("in", "a", "b", "c"), "out.jsonl")
    assert synced == [1, 2, 3]


def test_an_output_that_was_replaced_meanwhile_is_not_written(
    command: Command, service: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace(_file: object) -> None:
        Path("new").write_text("")
        Path("new").replace("out.jsonl")

    monkeypatch.setattr("magickpen.cli.batch_files.lock_file", replace)
    result = command("batch", write("in", "a"), "out.jsonl")
    assert result.status == 2
    assert "another batch is writing out.jsonl" in result.err
