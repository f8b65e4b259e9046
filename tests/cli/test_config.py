"""The configuration file, `magickpen config`, and `magickpen completion`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from magickpen.cli.app import COMMANDS
from magickpen.emulator import Emulator
from tests.support.command import Command

pytestmark = pytest.mark.slow


def config_file() -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"], "magickpen", "config.toml")


def configure(text: str) -> None:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(text)


def test_the_file_gives_defaults_and_an_option_wins(command: Command, service: Emulator) -> None:
    configure('endpoint = "chat"\nsystem = "Be brief."\nheader = ["X-One: 1"]\ntimeout = 5\n')
    command("ask", "Hi")
    history = json.loads(service.requests[-1].body)["history"]
    assert [m["content"] for m in history] == ["Be brief.", "Hi"]
    assert service.requests[-1].headers["x-one"] == "1"
    command("ask", "--endpoint", "ask", "--system", "", "Hi")
    assert json.loads(service.requests[-1].body)["query"] == "Hi"


@pytest.mark.parametrize("prompt", ["-h", "--version"])
def test_the_file_counts_for_a_prompt_that_looks_like_an_option(
    command: Command, service: Emulator, prompt: str
) -> None:
    configure('system = "Be brief."\n')
    assert command("ask", "--", prompt).status == 0
    assert b"Be brief." in service.requests[-1].body


def test_names_may_be_written_as_options(command: Command) -> None:
    configure("max-retries = 0\n")
    assert "max_retries = 0  # configuration file" in command("config", "show").out


def test_a_variable_wins_over_the_file(command: Command, service: Emulator) -> None:
    configure('base_url = "http://127.0.0.1:9"\napi_url = "http://127.0.0.1:9"\n')
    assert command("ask", "Hi").status == 0
    out = command("config", "show").out
    assert f'base_url = "{service.url}"  # MAGICKPEN_BASE_URL' in out


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("endpoint = ", "is no TOML"),
        ("\udcff", "is no TOML"),
        ('endpoint = "foo"', "endpoint: 'foo' is not one of 'ask', 'chat'"),
        ('endpiont = "ask"', "endpiont is no option; did you mean endpoint?"),
        ("colour = 1", "colour is no option; the options are base_url"),
        ('timeout = "5"', "timeout must be a number"),
        ("timeout = true", "timeout must be a number"),
        ("max_retries = 1.5", "max_retries must be a whole number"),
        ("markdown = 1", "markdown must be true or false"),
        ("system = 1", "system must be a string"),
        ('header = "A: b"', "header must be a list of strings"),
        ("header = [1]", "header must be a list of strings"),
        ("[ask]\nendpoint = 'chat'", "ask is no option"),
        ("timeout = -1", "timeout must be a number of seconds above 0"),
    ],
)
def test_a_damaged_file_is_wrong_usage(
    command: Command, service: Emulator, text: str, complaint: str
) -> None:
    configure("")
    config_file().write_bytes(text.encode("utf-8", "surrogateescape"))
    result = command("ask", "Hi")
    assert (result.status, result.out, service.requests) == (2, "", [])
    assert complaint in result.err
    assert command("config", "path").out == f"{config_file()}\n"


def test_a_file_that_cannot_be_read_is_wrong_usage(command: Command) -> None:
    config_file().mkdir(parents=True)
    result = command("ask", "Hi")
    assert result.status == 2
    assert "config.toml cannot be read: Is a directory" in result.err


def test_show_hides_what_is_private(command: Command) -> None:
    configure(
        'proxy = "http://u:hunter2@p:80"\nturnstile_token = "hunter2"\nheader = ["A: hunter2"]\n'
    )
    out = command("config", "show").out
    assert "hunter2" not in out
    assert "# proxy = (hidden)  # configuration file" in out or '"(hidden)"' in out
    assert "timeout = 60.0  # default" in out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_is_code_of_the_shell(command: Command, shell: str) -> None:
    result = command("completion", shell)
    assert (result.status, result.err) == (0, "")
    assert "_MAGICKPEN_COMPLETE" in result.out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=result.out, text=True, check=True)


def test_bash_completes_commands_and_options() -> None:
    def complete(*words: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", "from magickpen.cli import main; main()"],
            env={
                **os.environ,
                "_MAGICKPEN_COMPLETE": "bash_complete",
                "COMP_WORDS": " ".join(words),
                "COMP_CWORD": str(len(words) - 1),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return [line.partition(",")[2] for line in done.stdout.splitlines()]

    assert complete("magickpen", "co") == ["config", "completion"]
    assert complete("magickpen", "ask", "--endpoint", "c") == ["chat"]
    assert "--deadline" in complete("magickpen", "ask", "--d")


def test_each_command_has_a_help(command: Command) -> None:
    listed = command("--help").out
    for name in COMMANDS:
        assert f"\n  {name} " in listed
        result = command(name, "--help")
        assert (result.status, result.err) == (0, "")
        assert result.out.startswith(f"Usage: magickpen {name} ")
