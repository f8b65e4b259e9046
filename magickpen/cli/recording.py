"""Keeps what is asked and answered in the history of the user."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Generator
from contextlib import closing, contextmanager

import click

from magickpen.cli.folders import data_file
from magickpen.cli.records import Dicts, Records

UNDER_WAY = "under way"
ANSWERED = "answered"
INTERRUPTED = "interrupted"


@contextmanager
def open_records(*, wanted: bool = True) -> Generator[Records | None]:
    """Open the history of the user until the end of the `with` block.

    It is None if it is not wanted, and, after a line on standard error, if it cannot be used.
    """
    path = data_file("history.db") if wanted else None
    if path is None:
        if wanted:
            warn("there is no folder for it: HOME is not set")
        yield None
        return
    try:
        records = Records(path)
    except (sqlite3.Error, OSError) as error:
        warn(f"{path}: {error.strerror if isinstance(error, OSError) else error}")
        yield None
        return
    with closing(records):
        yield records


def warn(reason: str) -> None:
    """Say that the history does not work."""
    click.echo(f"magickpen: the history is not kept: {reason}", err=True)


class Recording:
    """The record of one question while it is answered. A file that fails is told once.

    Args:
        records: the history; None to keep nothing.
        conversation: the number of the conversation, or None to begin one.
        question: the question.
        beginning: the messages that a new conversation begins with.

    Attributes:
        conversation: the number of the conversation, or None if nothing is kept.
    """

    INTERVAL = 1.0
    """Seconds between two times that the part of an answer is written."""

    def __init__(
        self,
        records: Records | None,
        conversation: int | None,
        question: str,
        beginning: Dicts | None = None,
    ) -> None:
        self.conversation = conversation
        self._records = records
        self._entry = 0
        # The first part is written at once.
        self._written = 0.0
        if records is None:
            return
        try:
            if self.conversation is None:
                self.conversation = records.begin(beginning or [])
            self._entry = records.ask(self.conversation, question)
        except sqlite3.Error as error:
            self._give_up(error)

    def keep(self, answer: str, outcome: str = UNDER_WAY) -> None:
        """Write the answer as far as it came."""
        if self._records is None:
            return
        self._written = time.monotonic()
        try:
            self._records.answer(self._entry, answer, outcome)
        except sqlite3.Error as error:
            self._give_up(error)

    @property
    def due(self) -> bool:
        """Whether the part that has come is to be written."""
        return self._records is not None and time.monotonic() - self._written >= self.INTERVAL

    def _give_up(self, error: sqlite3.Error) -> None:
        self._records = None
        warn(str(error))
