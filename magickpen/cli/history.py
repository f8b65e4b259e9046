"""`magickpen history`."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import datetime

import click

from magickpen.cli.output import say
from magickpen.cli.recording import ANSWERED, open_records
from magickpen.cli.records import Entry, Records, Summary

WIDTH = 60
"""The characters of a question that a list shows."""

LIMIT = click.option(
    "-n", "limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print a list in JSON.")


@click.group(invoke_without_command=True)
@click.pass_context
def history(context: click.Context) -> None:
    """List, search, show, export and delete what was asked and answered.

    Without a command, it lists the last conversations. `magickpen ask --conversation ID` and
    `magickpen chat --conversation ID` continue one.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_command)


@history.command("list")
@LIMIT
@AS_JSON
def list_command(limit: int, as_json: bool) -> None:
    """List the conversations, the last one first."""
    with _records() as records:
        conversations = list(records.conversations(limit))
    if as_json:
        _write_list(_as_dict(conversation) for conversation in conversations)
        return
    for conversation in conversations:
        turns = f"{conversation.turns} turn{'s' * (conversation.turns != 1)}"
        line = _line(conversation.id, conversation.asked, _start(conversation.question))
        say(f"{line}  ({turns})")
    if not conversations:
        click.echo("magickpen: nothing was asked yet", err=True)


@history.command()
@click.argument("words", nargs=-1, required=True)
@LIMIT
@AS_JSON
def search(words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find the questions that contain all WORDS, or whose answers do."""
    wanted = " ".join(words).replace("\0", "").split()
    with _records() as records:
        found = list(records.search(wanted, limit))
    if as_json:
        _write_list(_entry_as_dict(entry) for entry in found)
        return
    for entry in found:
        say(_line(entry.conversation, entry.asked, _start(entry.question)))
        say(f"{'':26}{_around(entry.answer, wanted)}")
    if not found:
        click.echo("magickpen: nothing was found", err=True)


@history.command()
@click.argument("conversation", type=int, required=False, metavar="[ID]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(conversation: int | None, as_json: bool) -> None:
    """Show a conversation; without ID, the last one."""
    with _records() as records:
        number = records.last() if conversation is None else conversation
        beginning = None if number is None else records.beginning(number)
        if number is None or beginning is None:
            raise click.UsageError(f"there is no conversation {number or 'yet'}")
        if as_json:
            sys.stdout.write(json.dumps(_exported(records, number)) + "\n")
            return
        entries = records.entries(number)
    for message in beginning:
        say(f"[{message['role']}] {message['content']}\n")
    for entry in entries:
        notes = [entry.outcome] * (entry.outcome != ANSWERED) + ["undone"] * entry.undone
        say("\n".join(f"> {line}" for line in entry.question.splitlines()))
        say(f"\n{entry.answer.rstrip()}\n" if entry.answer else "")
        if notes:
            say(f"({', '.join(notes)})\n")


@history.command()
def export() -> None:
    """Write all conversations to standard output, as JSON lines."""
    with _records() as records:
        for number in sorted(conversation.id for conversation in records.conversations()):
            sys.stdout.write(json.dumps(_exported(records, number)) + "\n")


@history.command()
@click.argument("conversations", type=int, nargs=-1, metavar="[ID]...")
@click.option("--all", "everything", is_flag=True, help="Delete all conversations.")
@click.option("--yes", is_flag=True, help="Do not ask whether to delete all.")
def delete(conversations: tuple[int, ...], everything: bool, yes: bool) -> None:
    """Delete conversations, so that nothing of them is left in the file."""
    if bool(conversations) == everything:
        raise click.UsageError("pass the ID of one or more conversations, or --all")
    if everything and not yes:
        click.confirm("Delete all conversations?", abort=True, err=True)
    with _records() as records:
        missing = [n for n in conversations if records.beginning(n) is None]
        if missing:
            raise click.UsageError(f"there is no conversation {missing[0]}")
        count = records.delete(None if everything else conversations)
    click.echo(f"magickpen: deleted {count} conversation{'s' * (count != 1)}", err=True)


@contextmanager
def _records() -> Generator[Records]:
    with open_records() as records:
        if records is None:
            raise click.ClickException("there is no history")
        try:
            yield records
        except sqlite3.Error as error:
            raise click.ClickException(f"the history cannot be used: {error}") from None


def _exported(records: Records, number: int) -> dict[str, object]:
    entries = records.entries(number)
    return {
        "id": number,
        "messages": records.messages(number),
        "entries": [_entry_as_dict(entry) for entry in entries],
    }


def _as_dict(conversation: Summary) -> dict[str, object]:
    return {**conversation._asdict(), "asked": _time(conversation.asked).isoformat()}


def _entry_as_dict(entry: Entry) -> dict[str, object]:
    return {**entry._asdict(), "asked": _time(entry.asked).isoformat()}


def _write_list(values: Iterable[dict[str, object]]) -> None:
    sys.stdout.write(json.dumps(list(values)) + "\n")


def _line(number: int, asked: float, question: str) -> str:
    return f"{number:>6}  {_time(asked):%Y-%m-%d %H:%M}  {question}"


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds).astimezone()


def _start(text: str) -> str:
    line = " ".join(text[: 4 * WIDTH].split())
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def _around(text: str, words: list[str]) -> str:
    """Return the part of a text around the first of these words in it, or else its start."""
    folded = text.casefold()
    places = [place for word in words if (place := folded.find(word.casefold())) >= 0]
    start = max(0, min(places, default=0) - WIDTH // 2)
    return ("…" if start else "") + _start(text[start:])
