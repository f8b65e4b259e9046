"""The command `magickpen`, and its exit status."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

import click

from magickpen.cli.ask import ask
from magickpen.cli.credentials import credentials
from magickpen.cli.doctor import doctor
from magickpen.cli.emulator import emulator
from magickpen.cli.output import say
from magickpen.core.errors import ConfigurationError, MagickPenError, RateLimitError
from magickpen.version import __version__

FAILED = 1
WRONG_USAGE = 2
RATE_LIMITED = 3
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="magickpen")
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
    try:
        status = app.main(arguments, prog_name="magickpen", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except MagickPenError as error:
        say(f"magickpen: {error}", err=True)
        if isinstance(error, ConfigurationError):
            return WRONG_USAGE
        return RATE_LIMITED if isinstance(error, RateLimitError) else FAILED
    return status if isinstance(status, int) else 0
