"""A session in a shell: real commands, pipes, files, signals, and what each leaves behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from magickpen.emulator import CutStream, Emulator, Fault, RateLimit, Stall

pytestmark = pytest.mark.slow


class Row(NamedTuple):
    """A command, and what is right.

    Attributes:
        command: the command.
        out: what it writes to standard output; a regular expression.
        err: what it writes to standard error; a regular expression.
        status: its exit status.
        faults: what the service plays.
    """

    command: str
    out: str = ""
    err: str = ""
    status: int = 0
    faults: tuple[Fault | None, ...] = ()


USAGE = r"Usage: magickpen .*\n(Try .*\n)?\n"
JSON = r'\{"text": "\[%s\]", "model": "gpt-4o-mini", "endpoint": "ask", "attempts": 1, .*\}\n'

ROWS = [
    # Answers.
    Row("magickpen ask Name three rivers.", r"\[Name three rivers\.\]\n"),
    Row("magickpen ask --json Hi", JSON % "Hi"),
    Row("magickpen ask --markdown '*Hi*'", r"\[\*Hi\*\]\n"),
    Row("magickpen ask -- -5 + 3?", r"\[-5 \+ 3\?\]\n"),
    Row(
        "magickpen ask one && magickpen ask -c two", r"\[one\]\n\[User: one\nAssistant: \[one\]\n.*"
    ),
    Row("LC_ALL=C magickpen ask 'Grüße 🙂'", r"\[Gr\S+e \S+\]\n"),
    # Pipes.
    Row("echo text | magickpen ask Sum it up.", r"\[text\n\nSum it up\.\]\n"),
    Row(r"printf 'a\nb\n' | while read l; do magickpen ask --no-stdin $l; done", r"\[a\]\n\[b\]\n"),
    Row("magickpen ask Hi | head -c 2", r"\[H"),
    Row("magickpen ask Hi < /dev/null", r"\[Hi\]\n"),
    Row("magickpen ask Hi <&-", r"\[Hi\]\n"),
    Row("(sleep 3; echo late) | magickpen ask", r"\[late\]\n", "magickpen: waiting for the end .*"),
    Row(r"printf 'one\ntwo\n' | magickpen chat", r"\[one\]\n\[User: one\n.*"),
    # Files and encodings.
    Row("echo a > a; echo b > b; magickpen ask -f a -f b c", r"\[a\n\nb\n\nc\]\n"),
    Row("magickpen ask -o out Hi && cat out", r"\[Hi\]\n"),
    Row("magickpen ask -f none Hi", "", USAGE + "Error: none cannot be read: No such file.*", 2),
    Row("magickpen ask -o none/out Hi", "", USAGE + "Error: none/out cannot be written\n", 2),
    Row(r"printf '\x89PNG\r\n\0' | magickpen ask", "", USAGE + "Error: .*a PNG image.*", 2),
    Row(r"printf 'caf\xe9' | magickpen ask", "", USAGE + "Error: .*Latin-1.*", 2),
    Row("yes | head -c 50000 | magickpen ask --json | wc -l", "1\n"),
    # Closed outputs.
    Row("magickpen ask Hi >&-", "", "magickpen: the output cannot be written: .*\n", 1),
    Row("magickpen ask Hi > /dev/full", "", "magickpen: the output cannot .*: No space.*", 1),
    Row("magickpen --version > /dev/full", "", "magickpen: the output cannot be written: .*\n", 1),
    Row("magickpen ask Hi 2>&-", r"\[Hi\]\n"),
    # Failures.
    Row("magickpen ask Hi", "", "magickpen: .*Try again in 20 h, at .*\n", 3, (RateLimit(72_000),)),
    Row("magickpen ask Hello", r"\[He\n", "magickpen: the answer broke.*\n", 1, (CutStream(3),)),
    Row("magickpen ask --json Hi", r'\{"error": "RateLimit.*\}\n', ".*", 3, (RateLimit(99),)),
    Row("magickpen ask --api-url http://127.0.0.1:9 Hi", "", "magickpen: no connection.*\n", 1),
    Row("magickpen doctor --api-url http://127.0.0.1:9", ".*FAILED  api .*", "", 1),
    # Interruptions.
    # timeout sends the signal twice, and the second one may come before the end of the line.
    Row("timeout -s INT 5 $PYTHON -m magickpen ask Hello", r"\[He\n?", "", 124, (Stall(3),)),
    Row("timeout -s INT 4 $PYTHON -m magickpen ask --json Hi", ".*", r"\n?", 124, (Stall(),)),
    # Wrong usage.
    Row("magickpen Hello there", "", USAGE + "Error: .*type: magickpen ask 'Hello'\n", 2),
    Row("magickpen ask --json", r'\{"error": "UsageError", .*\}\n', USAGE + "Error: .*\n", 2),
    Row("magickpen ask --endpiont ask Hi", "", USAGE + "Error: .*Did you mean '--endpoint'.*\n", 2),
    Row("magickpen", "", USAGE + r"(.*\n)+", 2),
    Row("magickpen -V", r"magickpen, version [0-9.]+\n"),
    # The machine.
    Row("env -u HOME -u XDG_DATA_HOME magickpen ask Hi", r"\[Hi\]\n"),
    Row("HOME=/nowhere XDG_CACHE_HOME= XDG_DATA_HOME= magickpen ask Hi", r"\[Hi\]\n", ".*"),
    Row("mkfifo f; MAGICKPEN_CACHE=f magickpen ask Hi", r"\[Hi\]\n", ".*f cannot be written.*"),
    Row("ln -s /dev/zero z; MAGICKPEN_CACHE=z magickpen ask Hi", r"\[Hi\]\n", ".*z cannot be .*"),
    Row("ulimit -v 4000000; magickpen ask -f /dev/zero", "", USAGE + ".*more than 64 MiB.*", 2),
    Row("ulimit -v 4000000; magickpen ask < /dev/zero", "", USAGE + ".*more than 64 MiB.*", 2),
    Row("ulimit -v 4000000; magickpen chat < /dev/zero", "", USAGE + ".*binary data.*", 2),
    Row("ulimit -v 4000000; magickpen batch /dev/zero o", "", USAGE + ".*more than 256 MiB.*", 2),
    Row("echo two > t; echo one | magickpen ask -f - -f t", r"\[one\n\ntwo\]\n"),
    Row("echo '{' > c; MAGICKPEN_CACHE=c magickpen ask Hi", r"\[Hi\]\n"),
    Row("magickpen history", "", "magickpen: nothing was asked yet\n"),
    Row("magickpen ask one && magickpen history show", r"\[one\]\n> one\n\n\[one\]\n\n"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.command)
def test_a_command_leaves_what_is_right(row: Row, service: Emulator, tmp_path: Path) -> None:
    service.reply = lambda prompt: f"[{prompt}]"
    service.play(*row.faults)
    programs = tmp_path / "programs"
    programs.mkdir()
    program = programs / "magickpen"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m magickpen "$@"\n')
    program.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHON": sys.executable,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "MAGICKPEN_BASE_URL": service.url,
        "MAGICKPEN_API_URL": service.url,
        "LC_ALL": "C.UTF-8",
    }
    # With it, a buffer that cannot be written shows nothing.
    environment.pop("PYTHONUNBUFFERED", None)
    done = subprocess.run(
        ["bash", "-c", row.command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env=environment,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert re.fullmatch(row.out, done.stdout, re.DOTALL), done
    assert re.fullmatch(row.err, done.stderr, re.DOTALL), done
    assert done.returncode == row.status, done
