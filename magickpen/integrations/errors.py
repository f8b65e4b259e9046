"""Errors of the client as those of another tool."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from magickpen import MagickPenError


@contextmanager
def errors_as(table: Mapping[type[MagickPenError], type[Exception]]) -> Generator[None]:
    """Raise an error of the client as an error of a tool, with its message.

    The error of the client is its `__cause__`.

    Args:
        table: the tool's error for each kind; the first one that fits counts.
    """
    try:
        yield
    except MagickPenError as error:
        kind = next(theirs for ours, theirs in table.items() if isinstance(error, ours))
        raise kind(error.message) from error
