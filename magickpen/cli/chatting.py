"""A conversation in the terminal: its questions, its commands, and its place in the history."""

from __future__ import annotations

import inspect
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import cast

import click

from magickpen.cli import WRONG_USAGE
from magickpen.cli.answers import Interrupted, print_answer, printer
from magickpen.cli.continued import Continued, with_system
from magickpen.cli.failures import tell
from magickpen.cli.output import say
from magickpen.cli.recording import Recording
from magickpen.cli.records import Dicts, Records
from magickpen.core.defaults import EndpointName
from magickpen.core.errors import MagickPenError
from magickpen.sync.client import MagickPen


class Chat:
    """A conversation that takes lines: questions and commands.

    Args:
        pen: the client.
        records: the history, or None.
        begun: the conversation that it begins with.
        markdown: whether to print answers with their formatting.

    Attributes:
        over: whether the user has left it.
        conversation: its number in the history, or None if it has none yet.
    """

    def __init__(
        self, pen: MagickPen, records: Records | None, begun: Continued, *, markdown: bool
    ) -> None:
        self.over: bool = False
        self.conversation: int | None = begun.id
        self._pen = pen
        self._records = records
        self._markdown = markdown
        # The messages before the entries of the history.
        self._beginning = begun.beginning
        self._talk = pen.conversation(messages=begun.messages)
        # The last question, if nothing came of it.
        self._unanswered = ""

    def take(self, line: str) -> int:
        """Ask a question, or carry out a command; return the exit status that it stands for."""
        name, _, rest = line.strip().partition(" ")
        if not name:
            return 0
        if not (name.startswith("/") and name[1:].isalpha()):
            return self._ask(line)
        command = self._commands().get(name, self._unknown)
        try:
            return command(rest.strip()) or 0
        except MagickPenError as error:
            return tell(error)
        except (OSError, sqlite3.Error, click.UsageError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            say(f"magickpen: {name}: {reason}", err=True)
            return WRONG_USAGE

    @property
    def commands(self) -> list[str]:
        """The names of the commands."""
        return list(self._commands())

    def _commands(self) -> dict[str, Callable[[str], int | None]]:
        return {
            "/help": self._help,
            "/retry": self._retry,
            "/undo": self._undo,
            "/system": self._system,
            "/save": self._save,
            "/load": self._load,
            "/endpoint": self._endpoint,
            "/quit": self._quit,
        }

    def _ask(self, question: str) -> int:
        stream = self._talk.stream(question)
        recording = Recording(self._records, self.conversation, question, self._beginning)
        self.conversation = recording.conversation
        status, partial = 0, ""
        try:
            print_answer(stream, recording, printer(markdown=self._markdown))
        except Interrupted as error:
            click.echo("magickpen: stopped", err=True)
            partial = error.partial
        except MagickPenError as error:
            partial = getattr(error, "partial", "") or stream.text
            status = tell(error)
        else:
            self._unanswered = ""
            return 0
        # A conversation keeps complete answers alone; a reader can go on from a part as well.
        self._unanswered = "" if partial else question
        if partial:
            asked: Dicts = [
                {"role": "user", "content": question},
                {"role": "assistant", "content": partial},
            ]
            self._go_on_with([*self._talk.to_dicts(), *asked])
        return status

    def _go_on_with(self, messages: Dicts) -> None:
        self._talk = self._pen.conversation(messages=messages)

    def _help(self, _rest: str) -> None:
        """List the commands."""
        for name, command in self._commands().items():
            click.echo(f"{name:<10} {inspect.getdoc(command)}", err=True)

    def _retry(self, _rest: str) -> int:
        """Ask the last question again, and drop the answer to it."""
        question = self._unanswered
        if not question:
            question = next((m.content for m in self._talk.messages[::-1] if m.role == "user"), "")
            self._undo("")
        return self._ask(question)

    def _undo(self, _rest: str) -> None:
        """Drop the last question and its answer; the history keeps them."""
        self._unanswered = ""
        self._talk.undo()
        if self._records is None or self.conversation is None:
            return
        if not self._records.undo(self.conversation):
            self._begin_with(self._talk.to_dicts())

    def _system(self, rest: str) -> None:
        """Set the instruction that stands before the conversation; without one, show it."""
        if rest:
            instruction = "" if rest == '""' else rest
            self._go_on_with(with_system(self._talk.to_dicts(), instruction))
            self._begin_with(with_system(self._beginning, instruction))
        else:
            shown = [m.content for m in self._talk.messages if m.role == "system"]
            say("\n".join(shown) or 'magickpen: there is none; "" removes one', err=True)

    def _save(self, rest: str) -> None:
        """Write the conversation to a file."""
        self._talk.save(_path(rest))
        click.echo(f"magickpen: saved {self._talk!r}", err=True)

    def _load(self, rest: str) -> None:
        """Go on with a conversation that was saved."""
        self._talk = self._pen.load_conversation(_path(rest))
        self.conversation = None
        self._beginning = self._talk.to_dicts()
        click.echo(f"magickpen: loaded {self._talk!r}", err=True)

    def _endpoint(self, rest: str) -> None:
        """Send questions to this endpoint: ask or chat."""
        self._pen = self._pen.with_options(endpoint=cast("EndpointName", rest))
        self._go_on_with(self._talk.to_dicts())

    def _unknown(self, _rest: str) -> None:
        raise click.UsageError("there is no such command; /help lists them")

    def _quit(self, _rest: str) -> None:
        """Leave, as Ctrl-D does."""
        self.over = True

    def _begin_with(self, messages: Dicts) -> None:
        self._beginning = messages
        if self._records is not None and self.conversation is not None:
            self._records.begin_with(self.conversation, messages)


def _path(given: str) -> Path:
    if not given:
        raise click.UsageError("it needs the path of a file")
    return Path(given).expanduser()
