"""The command `magickpen`, and its exit status."""

from __future__ import annotations

import contextlib
import difflib
import errno
import io
import os
import re
import sys
from collections.abc import Sequence
from datetime import datetime

import click

from magickpen.cli import INTERRUPTED
from magickpen.cli.ask import ask
from magickpen.cli.credentials import credentials
from magickpen.cli.doctor import doctor
from magickpen.cli.emulator import emulator
from magickpen.cli.failures import in_words_of_the_command_line
from magickpen.cli.output import say, write_json
from magickpen.core.errors import ConfigurationError, MagickPenError, RateLimitError
from magickpen.version import __version__

FAILED = 1
WRONG_USAGE = 2
RATE_LIMITED = 3


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="magickpen")
def app() -> None:
    """Ask MagickPen, an AI writing service, from a terminal.

    Answers go to standard output, everything else to standard error. Exit status: 0 answered, 1 the
    service or the network failed, 2 wrong usage, 3 rate limited, 130 interrupted.
    """


app.add_command(ask)
app.add_command(credentials)
app.add_command(doctor)
app.add_command(emulator)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Args:
        arguments: the arguments; None for those of the process.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # An answer may contain characters that the encoding of the terminal lacks.
            stream.reconfigure(errors="replace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = given[: given.index("--")] if "--" in given else given
    try:
        return _run(given, as_json="--json" in options)
    except OSError as error:
        _abandon_standard_output()
        click.echo(f"magickpen: the output cannot be written: {error.strerror}", err=True)
        return FAILED


def _run(arguments: list[str], *, as_json: bool) -> int:
    told: dict[str, object]
    if sys.stdout is None:
        raise OSError(errno.EBADF, "standard output is closed")
    try:
        status = app.main(arguments, prog_name="magickpen", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.ClickException as error:
        if advice := _advice(error):
            error = click.UsageError(error.message + advice, getattr(error, "ctx", None))
        error.show()
        usage = ConfigurationError(error.format_message())
        status, told = error.exit_code, {"error": "UsageError", **usage.to_dict()}
    except click.Abort:
        status = INTERRUPTED
        told = {"error": "Interrupted", "code": "interrupted", "message": "it was interrupted"}
    except MagickPenError as error:
        told = {"error": type(error).__name__, **error.to_dict()}
        words = in_words_of_the_command_line(error, datetime.now().astimezone())
        say(f"magickpen: {words}", err=True)
        status = RATE_LIMITED if isinstance(error, RateLimitError) else FAILED
        if isinstance(error, ConfigurationError):
            status = WRONG_USAGE
    if as_json:
        write_json(told)
    return status


def _advice(error: click.ClickException) -> str:
    """Return what to type instead, or ""."""
    if isinstance(error, click.NoSuchOption) and not error.possibilities:
        return " A prompt that begins with a dash stands after --."
    unknown = re.match(r"No such command '([^']*)'", error.message)
    if unknown is None:
        return ""
    close = difflib.get_close_matches(unknown[1], app.commands, n=1)
    if close:
        return f" Did you mean `{close[0]}`?"
    return " To ask a question, type: magickpen ask 'Hello'"


def _abandon_standard_output() -> None:
    # What is left in its buffer would fail again at the end of the process, and change the status.
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
