"""The command `magickpen`, and its exit status."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from magickpen.cli import FAILED, INTERRUPTED
from magickpen.version import __version__

COMMANDS = (
    "ask",
    "chat",
    "batch",
    "history",
    "credentials",
    "doctor",
    "emulator",
    "gateway",
    "mcp",
    "config",
    "completion",
)
"""The commands, each in a module of its name."""

WITHOUT_CONFIGURATION = ("config", "completion", "emulator")
"""The commands that work even if the configuration file is damaged."""


class _Commands(click.Group):
    """Imports the command that is run alone, since some need large libraries."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"magickpen.cli.{cmd_name}"), cmd_name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="magickpen")
def app() -> None:
    """Ask MagickPen, an AI writing service, from a terminal.

    Answers go to standard output, everything else to standard error. Exit status: 0 answered, 1 the
    service or the network failed, 2 wrong usage, 3 rate limited, 130 interrupted.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Args:
        arguments: the arguments; None for those of the process.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Behind the dashes stands a prompt.
    options = given[: given.index("--")] if "--" in given else given
    try:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # An answer may contain characters that the encoding of the terminal lacks.
                stream.reconfigure(errors="replace")
        return _run(given, options)
    except OSError as error:
        _abandon_standard_output()
        click.echo(f"magickpen: the output cannot be written: {error.strerror}", err=True)
        return FAILED


def _run(arguments: list[str], options: list[str]) -> int:
    if sys.stdout is None:
        raise OSError(errno.EBADF, "standard output is closed")
    try:
        status = app.main(
            arguments,
            prog_name="magickpen",
            standalone_mode=False,
            default_map=_defaults(options),
        )
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except (click.ClickException, click.Abort) as error:
        status, told = _tell_usage(error)
    except Exception as error:
        from magickpen.cli.failures import tell  # noqa: PLC0415  --help does not need it
        from magickpen.core.errors import MagickPenError  # noqa: PLC0415

        if not isinstance(error, MagickPenError):
            raise
        status, told = tell(error), {"error": type(error).__name__, **error.to_dict()}
    if "--json" in options:
        from magickpen.cli.output import write_json  # noqa: PLC0415  --help does not need it

        write_json(told)
    return status


def _defaults(options: list[str]) -> dict[str, object]:
    """Return what the configuration file says, for each command."""
    unneeded = {"-h", "--help", "-V", "--version"}
    if not options or options[0] in WITHOUT_CONFIGURATION or unneeded & set(options):
        return {}
    from magickpen.cli.config import read_config  # noqa: PLC0415  --help does not need it

    return dict.fromkeys(COMMANDS, read_config())


def _tell_usage(error: click.ClickException | click.Abort) -> tuple[int, dict[str, object]]:
    """Say on standard error what was wrong; return the exit status, and what `--json` prints."""
    if isinstance(error, click.Abort):
        told = {"error": "Interrupted", "code": "interrupted", "message": "it was interrupted"}
        return INTERRUPTED, {**told, "partial": getattr(error, "partial", "")}
    from magickpen.core.errors import ConfigurationError  # noqa: PLC0415  --help does not need it

    if advice := _advice(error):
        error = click.UsageError(error.message + advice, getattr(error, "ctx", None))
    error.show()
    usage = ConfigurationError(error.format_message())
    return error.exit_code, {"error": "UsageError", **usage.to_dict()}


def _advice(error: click.ClickException) -> str:
    """Return what to type instead, or ""."""
    if isinstance(error, click.NoSuchOption) and not error.possibilities:
        return " A prompt that begins with a dash stands after --."
    unknown = re.match(r"No such command '([^']*)'", error.message)
    if unknown is None:
        return ""
    from difflib import get_close_matches  # noqa: PLC0415  it is needed for mistakes alone

    close = get_close_matches(unknown[1], COMMANDS, n=1)
    if close:
        return f" Did you mean `{close[0]}`?"
    return " To ask a question, type: magickpen ask 'Hello'"


def _abandon_standard_output() -> None:
    # What is left in its buffer would fail again at the end of the process, and change the status.
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
