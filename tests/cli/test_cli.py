"""The command, run in this process; what only a real process shows is run in one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest

from magickpen import MagickPen, RateLimitError
from magickpen.cli.failures import when
from magickpen.emulator import CutStream, Emulator, HtmlPage, RateLimit, Status
from tests.support.command import Command
from tests.support.guesses import prove_nothing
from tests.support.raw_server import raw_server


def test_ask_prints_the_answer_and_nothing_else(command: Command, service: Emulator) -> None:
    service.reply = "Rhine, Elbe, Oder"
    assert command("ask", "Name three rivers.") == (0, "Rhine, Elbe, Oder\n", "")


def test_a_line_end_of_the_answer_is_enough(command: Command, service: Emulator) -> None:
    service.reply = "Rhine\n"
    assert command("ask", "--no-stream", "river?").out == "Rhine\n"
    assert command("ask", "river?").out == "Rhine\n"


def test_several_words_need_no_quotes(command: Command, service: Emulator) -> None:
    command("ask", "Name", "three", "rivers.")
    assert b"Name three rivers." in service.requests[-1].body


def test_text_piped_in_stands_before_the_prompt(command: Command, service: Emulator) -> None:
    assert command("ask", "Summarise.", stdin="A long text.\n").status == 0
    assert json.loads(service.requests[-1].body)["query"] == "A long text.\n\nSummarise."
    assert command("ask", stdin="A long text.\n").status == 0
    assert json.loads(service.requests[-1].body)["query"] == "A long text."


def test_options_reach_the_service(command: Command, service: Emulator) -> None:
    assert command("ask", "--endpoint", "chat", "--system", "Be brief.", "Hi").status == 0
    history = json.loads(service.requests[-1].body)["history"]
    assert [message["content"] for message in history] == ["Be brief.", "Hi"]


def test_json_is_one_object(command: Command, service: Emulator) -> None:
    service.reply = "né"
    result = command("ask", "--json", "Hi")
    reply = json.loads(result.out)
    assert (reply["text"], reply["attempts"], reply["endpoint"]) == ("né", 1, "ask")
    assert result.out.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["ask"], "pass a PROMPT"),
        (["ask", " "], "The prompt is empty"),
        (["ask", "--endpoint", "x", "Hi"], "'x' is not one of 'ask', 'chat'"),
        (["ask", "--timeout", "-1", "Hi"], "timeout must be"),
        (["ask", "--max-retries", "x", "Hi"], "'x' is not a valid integer"),
        (["ask", "--base-url", "magickpen.com", "Hi"], "base_url must be a URL"),
        (["ask", "--proxy", "proxy:80", "Hi"], "proxy must be a URL"),
        (["ask", "--colour", "Hi"], "No such option"),
        (["tell"], "No such command 'tell'. To ask a question, type: magickpen ask 'Hello'"),
        (["aks", "Hi"], "No such command 'aks'. Did you mean `ask`?"),
        (["ask", "-5 + 3?"], "A prompt that begins with a dash stands after --"),
    ],
)
def test_wrong_usage(
    command: Command, service: Emulator, arguments: list[str], complaint: str
) -> None:
    result = command(*arguments)
    assert (result.status, result.out) == (2, "")
    assert complaint in result.err
    assert service.requests == []


def test_an_empty_pipe_is_wrong_usage(command: Command) -> None:
    result = command("ask", stdin="\n")
    assert (result.status, result.out) == (2, "")
    assert "The prompt is empty" in result.err


def test_a_rate_limit_has_a_status_of_its_own(command: Command, service: Emulator) -> None:
    service.play(RateLimit(3600))
    result = command("ask", "Hi")
    assert (result.status, result.out) == (3, "")
    assert "Try again in 60 min, at " in result.err


@pytest.mark.parametrize("fault", [Status(500), HtmlPage()])
def test_a_failure_is_told_on_standard_error(
    command: Command, service: Emulator, fault: Status | HtmlPage
) -> None:
    service.play(fault)
    result = command("ask", "--max-retries", "0", "Hi")
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith("magickpen: ")
    assert "Traceback" not in result.err


@pytest.mark.parametrize("option", [None, "--no-stream"])
def test_a_broken_answer_is_printed_as_far_as_it_came(
    command: Command, service: Emulator, option: str | None
) -> None:
    service.reply = "one two three"
    service.play(CutStream(7))
    result = command("ask", *filter(None, [option]), "Hi")
    assert (result.status, result.out) == (1, "one two\n")
    assert "broke off" in result.err


def test_what_was_pending_of_a_broken_answer_is_printed_too(
    command: Command, service: Emulator
) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99\r\n\r\n"
    with raw_server(head + b"data: Hel\n\ndata: lo") as (url, _):
        assert command("ask", "--api-url", url, "Hi").out == "Hello\n"


def test_a_broken_answer_in_json_is_marked(command: Command, service: Emulator) -> None:
    service.reply = "one two three"
    service.play(CutStream(7))
    result = command("ask", "--json", "Hi")
    assert result.status == 1
    assert json.loads(result.out)["partial"] == "one two"
    assert json.loads(result.out)["error"] == "StreamInterruptedError"


def test_where_nothing_came_nothing_is_printed(command: Command, service: Emulator) -> None:
    service.play(Status(400))
    assert command("ask", "--no-stream", "Hi").out == ""


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (["ask", "--json", "Hi"], 3, "rate_limited"),
        (["ask", "--json", "--oops", "Hi"], 2, "configuration"),
        (["ask", "--json", "--timeout", "-1", "Hi"], 2, "configuration"),
        (["credentials", "--json", "--base-url", "http://127.0.0.1:9"], 1, "connection"),
    ],
)
def test_json_is_one_object_whatever_happens(
    command: Command, service: Emulator, arguments: list[str], status: int, code: str
) -> None:
    service.play(RateLimit(72_000))
    result = command(*arguments, "--no-cache") if status == 1 else command(*arguments)
    assert result.status == status
    told = json.loads(result.out)
    assert told["code"] == code
    assert result.out.count("\n") == 1
    assert told["message"]
    assert told.get("retry_after") == (72_000 if code == "rate_limited" else None)


def test_offline_says_who_answers(command: Command, service: Emulator) -> None:
    result = command("ask", "--offline", "Name three rivers.")
    assert result.status == 0
    assert "You wrote: Name three rivers." in result.out
    assert "offline: the emulator answers, not MagickPen" in result.err
    assert service.requests == []


def test_verbose_tells_each_step_without_secrets(command: Command, service: Emulator) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "magickpen", "ask", "-v", "Hi"],
        env=os.environ | {"MAGICKPEN_BASE_URL": service.url, "MAGICKPEN_API_URL": service.url},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"magickpen: POST {service.url}/ask\n" in result.stderr
    assert "magickpen: answered with status 200\n" in result.stderr
    assert "magickpen: understand page\n" in result.stderr
    assert "magickpen: look the secrets of the site up" in result.stderr
    assert "(" not in result.stderr.replace("(s)", "")
    assert "first text after" in result.stderr
    assert service.secrets.secret not in result.stderr


def test_an_answer_cannot_steer_the_terminal(
    command: Command, service: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.reply = "\x1b[2Jred\x07\r\x9b1m\ttab\u202eturned\u2069\n"
    assert command("ask", "Hi").out == service.reply
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert command("ask", "Hi").out == "[2Jred1m\ttabturned\n"


CONTROLS = "\x1b]0;X\x07\x9b2J\u202e\u2066\x7f"


@pytest.mark.parametrize(
    "arguments", [("ask", "Hi"), ("doctor", "--ask"), ("credentials",)], ids=lambda each: each[0]
)
@pytest.mark.parametrize("path", ["/", "/ask"])
@pytest.mark.parametrize("kind", ["application/json", "text/html", "text/plain"])
def test_an_error_cannot_steer_the_terminal(
    command: Command, service: Emulator, arguments: tuple[str, ...], path: str, kind: str
) -> None:
    bodies = {
        "application/json": json.dumps({"error": CONTROLS}),
        "text/html": f"<html><title>{CONTROLS}</title>",
        "text/plain": CONTROLS,
    }
    service.play(Status(418, bodies[kind], kind), path=path)
    result = command(*arguments)
    assert path == "/ask" or "418" in result.out + result.err
    assert not set(CONTROLS) - set("]0;X2J") & set(result.out + result.err)


def test_credentials_are_masked(command: Command, service: Emulator) -> None:
    secrets = service.secrets
    result = command("credentials")
    assert result.status == 0
    assert f"x_api_secret  {secrets.x_api_secret[:3]}…\n" in result.out
    assert "--reveal" in result.err
    masked = json.loads(command("credentials", "--json").out)
    assert masked["secret"] == f"{secrets.secret[:3]}…"
    for secret in (secrets.x_api_secret, secrets.secret, secrets.salt):
        assert secret not in result.out + result.err


def test_credentials_can_be_revealed(command: Command, service: Emulator) -> None:
    secrets = service.secrets
    found = json.loads(command("credentials", "--json", "--reveal").out)
    bundle = found.pop("bundle")
    assert found == {
        "x_api_secret": secrets.x_api_secret,
        "secret": secrets.secret,
        "salt": secrets.salt,
        "proved": True,
    }
    assert bundle.startswith(f"{service.url}/_nuxt/")
    assert secrets.secret in command("credentials", "--reveal").out


@pytest.mark.parametrize("arguments", [("credentials",), ("credentials", "--json"), ("ask", "Hi")])
def test_unproved_credentials_are_said_to_be(
    command: Command, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    assert "proved" not in command(*arguments, "--no-cache").err
    prove_nothing(monkeypatch)
    result = command(*arguments, "--no-cache")
    assert result.status == 0
    assert result.err.count("magickpen: the secrets of the site are not proved: ") == 1


def test_credentials_in_json_tell_whether_they_are_proved(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert json.loads(command("credentials", "--json").out)["proved"] is True
    prove_nothing(monkeypatch)
    assert json.loads(command("credentials", "--json").out)["proved"] is False


def test_a_site_without_credentials_fails(command: Command, service: Emulator) -> None:
    service.play(Status(200, "<p>Nothing here.</p>", "text/html"), path="/")
    result = command("credentials", "--json", "--reveal")
    assert (result.status, json.loads(result.out)["code"]) == (1, "credentials")
    assert "do not tell what signs a request" in result.err


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_names_the_commands(command: Command, option: str) -> None:
    result = command(option)
    assert result.status == 0
    for name in ("ask", "credentials", "doctor", "emulator"):
        assert name in result.out


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version(command: Command, option: str) -> None:
    assert command(option).out.startswith("magickpen, version ")


def test_options_of_the_client_reach_the_service(command: Command, service: Emulator) -> None:
    arguments = ["--header", "x-trace: 7", "--turnstile-token", "tok-en", "--deadline", "9"]
    assert command("ask", "-s", "Be brief.", *arguments, "--retry-unanswered", "Hi").status == 0
    asked = service.requests[-1]
    assert asked.headers["x-trace"] == "7"
    assert json.loads(asked.body)["turnstileResponse"] == "tok-en"
    assert "Be brief." in json.loads(asked.body)["query"]
    wrong = command("ask", "--header", "hunter2-hunter2", "Hi")
    assert wrong.status == 2
    assert "NAME:VALUE" in wrong.err
    assert "hunter2" not in wrong.err


def test_files_stand_between_the_input_and_the_prompt(
    command: Command, service: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("first\n", "utf-16")
    (tmp_path / "b").write_text("sécond\n", "utf-8-sig")
    files = ["-f", str(tmp_path / "a"), "-f", str(tmp_path / "b")]
    assert command("ask", *files, "Hi", stdin="piped\n").status == 0
    assert json.loads(service.requests[-1].body)["query"] == "piped\n\nfirst\n\nsécond\n\nHi"
    command("ask", "--no-stdin", "Hi", stdin="piped\n")
    assert json.loads(service.requests[-1].body)["query"] == "Hi"


@pytest.mark.parametrize(
    ("data", "looks"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "a PNG image"),
        (b"%PDF-1.7 \xe2\xe3", "a PDF document"),
        ("Grüße".encode("latin-1"), "Latin-1"),
        ("Hi".encode("utf-16-le"), "binary data, or UTF-16 without its mark"),
        (b"\xff\xfeH", "Latin-1"),
    ],
)
def test_what_is_no_text_is_refused_before_it_is_sent(
    command: Command, service: Emulator, tmp_path: Path, data: bytes, looks: str
) -> None:
    path = tmp_path / "data"
    path.write_bytes(data)
    result = command("ask", "-f", str(path), "Hi")
    assert result.status == 2
    assert f"is not text in UTF-8: it looks like {looks}" in result.err
    for missing in (tmp_path / "none", tmp_path):
        assert command("ask", "-f", str(missing), "Hi").status == 2
    assert service.requests == []


def test_the_answer_can_be_written_to_a_file(
    command: Command, service: Emulator, tmp_path: Path
) -> None:
    service.reply = "one two"
    path = tmp_path / "answer"
    assert command("ask", "-o", str(path), "Hi") == (0, "", "")
    assert path.read_text() == "one two\n"
    service.play(Status(400))
    assert command("ask", "-o", str(path), "Hi").status == 1
    assert path.read_text() == "one two\n"
    service.play(CutStream(3))
    assert command("ask", "-o", str(path), "Hi").status == 1
    assert path.read_text() == "one\n"
    asked = len(service.requests)
    assert command("ask", "-o", str(tmp_path / "none" / "answer"), "Hi").status == 2
    assert len(service.requests) == asked


def test_an_answer_that_cannot_be_written_is_printed(command: Command, service: Emulator) -> None:
    service.reply = "one two"
    result = command("ask", "-o", "/dev/full", "Hi")
    assert (result.status, result.out) == (1, "one two\n")
    assert "/dev/full cannot be written: No space left on device" in result.err
    assert command("ask", "-o", "answer", "--json", "Hi").status == 2


def test_hints_are_in_words_of_the_command_line(command: Command, service: Emulator) -> None:
    service.play(CutStream(3))
    broken = command("ask", "Hi").err
    assert "stands in the output" in broken
    assert ".partial" not in broken
    service.play(HtmlPage())
    assert "--turnstile-token" in command("ask", "Hi").err
    slow = command("ask", "--deadline", "0.000001", "Hi").err
    assert "--timeout or --deadline" in slow


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "in 0 s"),
        (89, "in 89 s"),
        (90, "in 2 min, at 22:41"),
        (3600, "in 60 min, at 23:40"),
        (72_000, "in 20 h, at 18:40 tomorrow"),
        (200_000, "in 56 h, at 06:13 on 2026-03-04"),
        (1e12, "in many years"),
    ],
)
def test_a_time_in_the_future_is_told_by_the_clock(seconds: float, told: str) -> None:
    assert when(seconds, datetime(2026, 3, 1, 22, 40)) == told


def test_an_input_that_does_not_end_is_told_to_be_waited_for() -> None:
    with Emulator(reply="Hello") as service:
        environment = {"MAGICKPEN_BASE_URL": service.url, "MAGICKPEN_API_URL": service.url}
        with subprocess.Popen(
            [sys.executable, "-m", "magickpen", "ask", "Hi"],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as asking:
            assert asking.stdin is not None
            assert asking.stderr is not None
            # So that this ends even if nothing is told.
            threading.Timer(6, asking.stdin.close).start()
            assert "waiting for the end of standard input; --no-stdin" in asking.stderr.readline()
            out, _ = asking.communicate(timeout=10)
            assert (asking.returncode, out) == (0, "Hello\n")


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
def test_an_output_that_cannot_be_written_is_one_line(redirection: str) -> None:
    with Emulator(reply="Hello") as service:
        environment = {"MAGICKPEN_BASE_URL": service.url, "MAGICKPEN_API_URL": service.url}
        command = f"{sys.executable} -m magickpen ask Hi </dev/null {redirection}"
        result = subprocess.run(
            ["sh", "-c", command],
            env={k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"} | environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "cannot be written" in result.stderr


def process(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "magickpen", *arguments],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_emulator_serves_until_it_is_interrupted() -> None:
    with process("emulator", "--reply", "Hello") as emulator:
        assert emulator.stdout is not None
        lines = [emulator.stdout.readline().removeprefix("export ").strip() for _ in range(2)]
        environment = dict(line.split("=", 1) for line in lines)
        with process("ask", "Hi", **environment) as asking:
            assert asking.communicate()[0] == "Hello\n"
        emulator.send_signal(signal.SIGINT)
        _, err = emulator.communicate(timeout=10)
        assert emulator.returncode == 130
        assert "Traceback" not in err


def test_the_emulator_prints_its_address_for_scripts_and_its_requests() -> None:
    with process("emulator", "--json", "-v", "--host", "0.0.0.0", "--quota", "1") as emulator:
        assert emulator.stdout is not None
        url = json.loads(emulator.stdout.readline())["url"]
        with MagickPen(base_url=url, api_url=url, max_retries=0) as pen:
            assert "Hi" in pen.ask("Hi")
            with pytest.raises(RateLimitError):
                pen.ask("Hi")
        started = time.monotonic()
        emulator.terminate()
        _, err = emulator.communicate(timeout=10)
        assert time.monotonic() - started < 1
    lines = err.splitlines()
    assert "magickpen: whoever reaches 0.0.0.0 can ask the emulator" in lines
    assert "magickpen: GET / 200" in lines
    assert lines[-2:] == ["magickpen: POST /ask 200", "magickpen: POST /ask 429"]


def test_a_port_in_use_is_told(command: Command, service: Emulator) -> None:
    result = command("emulator", "--port", service.url.rpartition(":")[2])
    assert result.status == 1
    assert "cannot be used" in result.err


def test_an_interrupt_ends_an_answer() -> None:
    with Emulator(reply="one two three", chunk_delay=5) as service:
        environment = {"MAGICKPEN_BASE_URL": service.url, "MAGICKPEN_API_URL": service.url}
        with process("ask", "Hi", **environment) as asking:
            assert asking.stdout is not None
            assert asking.stdout.read(4) == "one "
            asking.send_signal(signal.SIGINT)
            _, err = asking.communicate(timeout=10)
            assert asking.returncode == 130
            assert "Traceback" not in err


def test_a_closed_pipe_is_no_traceback() -> None:
    with Emulator(reply="word " * 50_000) as service:
        environment = {"MAGICKPEN_BASE_URL": service.url, "MAGICKPEN_API_URL": service.url}
        with process("ask", "Hi", **environment) as asking:
            assert asking.stdout is not None
            asking.stdout.read(4)
            asking.stdout.close()
            assert asking.stderr is not None
            assert asking.stderr.read() == ""


def test_without_its_extra_the_command_says_what_to_install() -> None:
    script = "import sys; sys.modules['click'] = None; from magickpen.cli import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "pip install 'magickpen[cli]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_offline_without_the_emulators_extra_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['starlette'] = None; from magickpen.cli import main;"
        "sys.argv[1:] = ['ask', '--offline', 'Hi']; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "pip install 'magickpen[emulator]'" in result.stderr
    assert "Traceback" not in result.stderr
