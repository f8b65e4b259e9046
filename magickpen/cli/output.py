"""What the commands write to standard output and standard error."""

from __future__ import annotations

import json
import sys

import click

from magickpen.core.signing import UNPROVED, SiteSecrets

# An answer comes from the network: it must not move the cursor or set the title of the terminal.
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def write_answer(text: str) -> None:
    """Write a piece of an answer at once; to a terminal, without control characters."""
    sys.stdout.write(text.translate(_CONTROLS) if sys.stdout.isatty() else text)
    sys.stdout.flush()


def end_line(text: str) -> None:
    """End the last line of an answer unless it already ends with a newline."""
    if text and not text.endswith("\n"):
        write_answer("\n")


def warn_unproved(secrets: SiteSecrets) -> None:
    """Write a line to standard error unless the secrets of the site are proved."""
    if not secrets.proved:
        click.echo(f"magickpen: the secrets of the site are not proved: {UNPROVED}", err=True)


def write_json(value: dict[str, object]) -> None:
    """Write a JSON object as one line."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
