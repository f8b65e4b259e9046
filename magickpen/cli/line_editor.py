"""The lines that a user types, with editing, completion, and those of earlier sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import create_output
from prompt_toolkit.shortcuts import CompleteStyle

from magickpen.cli.folders import data_file, make_private


class _Completer(Completer):
    """Completes the names of commands, and the paths that some of them take."""

    def __init__(self, commands: Sequence[str]) -> None:
        self._commands = commands
        self._paths = PathCompleter(expanduser=True)

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        name, space, rest = document.text_before_cursor.partition(" ")
        if space and name in ("/save", "/load"):
            yield from self._paths.get_completions(Document(rest), complete_event)
        elif name and not space:
            for command in self._commands:
                if command.startswith(name):
                    yield Completion(command, -len(name))


class LineEditor:
    """Reads questions and commands from a terminal.

    Args:
        commands: the commands, for completion.
        keep: whether to keep the lines for later sessions.
    """

    def __init__(self, commands: Sequence[str], *, keep: bool) -> None:
        self._session: PromptSession[str] = PromptSession(
            "> ",
            complete_style=CompleteStyle.READLINE_LIKE,
            completer=_Completer(commands),
            enable_open_in_editor=True,
            history=_history(keep=keep),
            key_bindings=_key_bindings(),
            output=create_output(always_prefer_tty=True),
            prompt_continuation="  ",
        )

    def read(self) -> str:
        """Return the next question or command, which may have several lines.

        Raises:
            EOFError: the user leaves.
            KeyboardInterrupt: the user gives the line up.
        """
        return self._session.prompt()


def _history(*, keep: bool) -> History:
    path = data_file("chat_lines") if keep else None
    if path is None:
        return InMemoryHistory()
    try:
        make_private(path)
    except OSError:
        return InMemoryHistory()
    return FileHistory(path)


def _key_bindings() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings
