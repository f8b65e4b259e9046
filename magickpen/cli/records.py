"""The history: every question of the commands and what was answered, in one SQLite file."""

from __future__ import annotations

import itertools
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from magickpen.cli.folders import make_private

Dicts: TypeAlias = list[dict[str, str]]
"""Messages, each `{"role": …, "content": …}`."""

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another process that writes."""

VERSION = 1
# The trigram index finds parts of words, and words of languages that do not separate them.
_SCHEMA = """
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started REAL NOT NULL,
    beginning TEXT NOT NULL
);
CREATE TABLE entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
    asked REAL NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL DEFAULT 'under way',
    undone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX entries_by_conversation ON entries (conversation);
CREATE VIRTUAL TABLE texts USING fts5 (
    question, answer, content='entries', content_rowid='id', tokenize='trigram'
);
CREATE TRIGGER entry_inserted AFTER INSERT ON entries BEGIN
    INSERT INTO texts (rowid, question, answer) VALUES (new.id, new.question, new.answer);
END;
CREATE TRIGGER entry_deleted AFTER DELETE ON entries BEGIN
    INSERT INTO texts (texts, rowid, question, answer)
    VALUES ('delete', old.id, old.question, old.answer);
END;
CREATE TRIGGER entry_updated AFTER UPDATE OF question, answer ON entries BEGIN
    INSERT INTO texts (texts, rowid, question, answer)
    VALUES ('delete', old.id, old.question, old.answer);
    INSERT INTO texts (rowid, question, answer) VALUES (new.id, new.question, new.answer);
END;
PRAGMA user_version = 1;
"""

_ENTRIES = "SELECT id, conversation, asked, question, answer, outcome, undone FROM entries"
_IN_INDEX = " WHERE id IN (SELECT rowid FROM texts WHERE texts MATCH ?) ORDER BY id DESC"
_FOUND = _ENTRIES + _IN_INDEX


class Entry(NamedTuple):
    """A question and its answer.

    Attributes:
        id: its number.
        conversation: the number of its conversation.
        asked: when it was asked, in seconds since the epoch.
        question: the question.
        answer: the answer, or the part of it that came.
        outcome: "answered", "interrupted", "under way", or the code of an error.
        undone: whether the conversation goes on without it.
    """

    id: int
    conversation: int
    asked: float
    question: str
    answer: str
    outcome: str
    undone: bool


class Summary(NamedTuple):
    """A conversation in a list.

    Attributes:
        id: its number.
        asked: when its last question was asked, in seconds since the epoch.
        turns: the number of its questions.
        question: its first question.
    """

    id: int
    asked: float
    turns: int
    question: str


class Records:
    """The conversations in a file that processes may share. Its methods raise `sqlite3.Error`.

    Args:
        path: the file, which is made if it is missing, with mode 0600.

    Raises:
        OSError: it cannot be made.
        sqlite3.Error: it cannot be read, or is no such file.
    """

    def __init__(self, path: Path) -> None:
        make_private(path)
        self._database = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None)
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def begin(self, messages: Dicts) -> int:
        """Begin a conversation with these messages, and return its number."""
        row = self._database.execute(
            "INSERT INTO conversations (started, beginning) VALUES (?, ?)",
            (time.time(), json.dumps(messages)),
        )
        return row.lastrowid or 0

    def begin_with(self, conversation: int, messages: Dicts) -> None:
        """Replace the messages that a conversation begins with."""
        self._database.execute(
            "UPDATE conversations SET beginning = ? WHERE id = ?",
            (json.dumps(messages), conversation),
        )

    def ask(self, conversation: int, question: str) -> int:
        """Add a question that is not answered yet, and return its number."""
        row = self._database.execute(
            "INSERT INTO entries (conversation, asked, question) VALUES (?, ?, ?)",
            (conversation, time.time(), _storable(question)),
        )
        return row.lastrowid or 0

    def answer(self, entry: int, answer: str, outcome: str) -> None:
        """Keep the answer to a question, as far as it came."""
        self._database.execute(
            "UPDATE entries SET answer = ?, outcome = ? WHERE id = ?",
            (_storable(answer), outcome, entry),
        )

    def undo(self, conversation: int) -> bool:
        """Mark the last turn as undone; return False if the conversation only has its beginning."""
        row = self._database.execute(
            "UPDATE entries SET undone = 1 WHERE id = (SELECT max(id) FROM entries"
            " WHERE conversation = ? AND answer != '' AND NOT undone)",
            (conversation,),
        )
        return row.rowcount > 0

    def last(self) -> int | None:
        """Return the number of the conversation that was asked last, or None."""
        row = self._database.execute(
            "SELECT conversation FROM entries ORDER BY id DESC LIMIT 1"
        ).fetchone()
        return None if row is None else int(row[0])

    def beginning(self, conversation: int) -> Dicts | None:
        """Return the messages that a conversation begins with, or None if it does not exist."""
        row = self._database.execute(
            "SELECT beginning FROM conversations WHERE id = ?", (conversation,)
        ).fetchone()
        messages: Dicts | None = None if row is None else json.loads(row[0])
        return messages

    def messages(self, conversation: int) -> Dicts | None:
        """Return all messages of a conversation, or None if there is no such conversation."""
        messages = self.beginning(conversation)
        if messages is None:
            return None
        for entry in self.entries(conversation):
            if entry.answer and not entry.undone:
                messages.append({"role": "user", "content": entry.question})
                messages.append({"role": "assistant", "content": entry.answer})
        return messages

    def entries(self, conversation: int) -> list[Entry]:
        """Return the questions of a conversation, in the order in which they were asked."""
        rows = self._database.execute(
            f"{_ENTRIES} WHERE conversation = ? ORDER BY id", (conversation,)
        )
        return list(map(_entry, rows))

    def conversations(self, limit: int = -1) -> Iterator[Summary]:
        """Yield the conversations, those that were asked last first."""
        rows = self._database.execute(
            "SELECT e.conversation, max(e.asked), count(*), (SELECT f.question FROM entries f"
            " WHERE f.conversation = e.conversation ORDER BY f.id LIMIT 1)"
            " FROM entries e GROUP BY e.conversation ORDER BY max(e.id) DESC LIMIT ?",
            (limit,),
        )
        yield from (Summary(*row) for row in rows)

    def search(self, words: Sequence[str], limit: int) -> Iterator[Entry]:
        """Yield the questions that contain all words, or whose answers do; the newest first."""
        # The index has groups of three characters.
        long = ['"' + word.replace('"', '""') + '"' for word in words if len(word) >= 3]
        short = [word.casefold() for word in words if len(word) < 3]
        if long:
            rows = self._database.execute(_FOUND, (_storable(" AND ".join(long)),))
        else:
            rows = self._database.execute(f"{_ENTRIES} ORDER BY id DESC")
        entries = map(_entry, rows)
        found = (e for e in entries if all(word in _folded(e) for word in short))
        yield from itertools.islice(found, limit)

    def delete(self, conversations: Sequence[int] | None = None) -> int:
        """Delete conversations, or all if None; return how many there were.

        Nothing of their texts is left in the file.
        """
        if conversations is None:
            count = self._database.execute("DELETE FROM conversations").rowcount
        else:
            count = self._database.executemany(
                "DELETE FROM conversations WHERE id = ?", [(number,) for number in conversations]
            ).rowcount
        self._database.execute("INSERT INTO texts (texts) VALUES ('optimize')")
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return count

    def _set_up(self) -> None:
        for setting in ("journal_mode = WAL", "foreign_keys = ON", "secure_delete = ON"):
            self._database.execute(f"PRAGMA {setting}")
        if self._version() == 0:
            self._make_tables()
        if self._version() > VERSION:
            raise sqlite3.DatabaseError("it was written by a newer version of magickpen")

    def _version(self) -> int:
        row = self._database.execute("PRAGMA user_version").fetchone()
        return int(row[0])

    def _make_tables(self) -> None:
        # Several processes may find a new file.
        self._database.execute("BEGIN IMMEDIATE")
        try:
            if self._version() == 0:
                for statement in _statements():
                    self._database.execute(statement)
            self._database.execute("COMMIT")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise


def _statements() -> Iterator[str]:
    statement = ""
    for line in _SCHEMA.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _entry(row: tuple[Any, ...]) -> Entry:
    entry = Entry(*row)
    return entry._replace(undone=bool(entry.undone))


def _folded(entry: Entry) -> str:
    return f"{entry.question}\n{entry.answer}".casefold()


def _storable(text: str) -> str:
    # An argument that is no UTF-8 contains surrogates.
    return text.encode("utf-8", "replace").decode()
