"""What the commands write to standard output and standard error."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from magickpen.core.reply import Reply
    from magickpen.core.signing import SiteSecrets

# What comes from the network must not move the cursor, set the title of the terminal, or turn the
# direction of what follows.
_DIRECTIONS = (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_STEERING = {*range(32), *range(0x7F, 0xA0), *_DIRECTIONS} - {ord("\n"), ord("\t")}
_CONTROLS: dict[int, None] = dict.fromkeys(_STEERING)


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a standard stream is open, and a terminal."""
    return stream is not None and stream.isatty()


def printable(text: str) -> str:
    """Return a text without control characters."""
    return text.translate(_CONTROLS)


def write_answer(text: str) -> None:
    """Write a piece of an answer at once; to a terminal, without control characters."""
    sys.stdout.write(printable(text) if sys.stdout.isatty() else text)
    sys.stdout.flush()


def say(text: str, *, err: bool = False) -> None:
    """Write a line that may quote a server, without control characters."""
    click.echo(printable(text), err=err)


def end_line(text: str) -> None:
    """End the last line of an answer unless it already ends with a newline."""
    if text and not text.endswith("\n"):
        write_answer("\n")


def warn_unproved(secrets: SiteSecrets) -> None:
    """Write a line to standard error unless the secrets of the site are proved."""
    if not secrets.proved:
        from magickpen.core.signing import UNPROVED  # noqa: PLC0415  --help does not need it

        click.echo(f"magickpen: the secrets of the site are not proved: {UNPROVED}", err=True)


def reply_as_dict(reply: Reply) -> dict[str, object]:
    """Return an answer as JSON can hold it."""
    names = ("text", "model", "endpoint", "attempts", "time_to_first_chunk", "elapsed")
    return {name: getattr(reply, name) for name in names}


def write_json(value: dict[str, object]) -> None:
    """Write a JSON object as one line."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
