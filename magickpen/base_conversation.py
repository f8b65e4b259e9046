"""What the blocking and the async conversation share, without I/O."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Self, TypeAlias, TypeVar, Unpack, cast

from magickpen.core.errors import ConfigurationError
from magickpen.core.history import History, Turn
from magickpen.core.messages import Message, Messages, parse_history
from magickpen.files import read_file, replace_file
from magickpen.options import CallOptions

StreamT = TypeVar("StreamT")

MAX_SAVED_BYTES = 256 * 2**20
"""The size of a saved conversation that is read."""

OpenStream: TypeAlias = Callable[[Turn, CallOptions], StreamT]
"""Makes the stream of a turn of a conversation, with options."""


class BaseConversation(Generic[StreamT]):
    """A conversation, without its I/O. Only complete answers enter the history."""

    def __init__(
        self, open_stream: OpenStream[StreamT], messages: Messages = (), system: str | None = None
    ) -> None:
        self._open_stream = open_stream
        self._history = History(parse_history(messages, system))

    def __repr__(self) -> str:
        turns = self._history.turns
        answering = ", answering" if self._history.busy else ""
        return f"{type(self).__name__}({turns} turn{'s' * (turns != 1)}{answering})"

    def __copy__(self) -> Self:
        return self.fork()

    def __deepcopy__(self, _memo: object) -> Self:
        return self.fork()

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages so far, beginning with the system message."""
        return self._history.messages

    def stream(self, prompt: str, **options: Unpack[CallOptions]) -> StreamT:
        """Ask the next question and return the stream of its answer.

        The question and its answer enter the history when the stream has been read to its end.
        From its first read until it ends, fails, is closed or is dropped, the conversation takes no
        other question.

        Args:
            prompt: the question.
            **options: the options of `CallOptions` to change in this call.

        Raises:
            ConfigurationError: an argument is wrong, or another question is being answered; nothing
                was sent.
        """
        return self._open_stream(self._history.turn(prompt), options)

    def undo(self) -> None:
        """Remove the last question and its answer.

        Raises:
            ConfigurationError: there is none, or a question is being answered.
        """
        self._history.undo()

    def fork(self) -> Self:
        """Return another conversation that begins with the messages of this one."""
        return type(self)(self._open_stream, self.messages)

    def to_dicts(self) -> list[dict[str, str]]:
        """Return the messages, each as `{"role": …, "content": …}`."""
        return [{"role": m.role, "content": m.content} for m in self.messages]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the messages to a file, as a JSON list; `load_conversation` of a client reads it.

        The file is replaced as a whole, with mode 0600.

        Args:
            path: the file.

        Raises:
            OSError: it cannot be written.
        """
        replace_file(Path(path), json.dumps(self.to_dicts(), indent=2))


def saved_messages(path: str | os.PathLike[str]) -> Messages:
    """Return the messages that `BaseConversation.save` has written.

    Raises:
        ConfigurationError: it is no such file.
        OSError: it cannot be read.
    """
    try:
        kept: object = json.loads(read_file(Path(path), MAX_SAVED_BYTES))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path} holds no conversation: it is not JSON") from error
    if not isinstance(kept, list):
        raise ConfigurationError(f"{path} holds no conversation: it is not a list of messages")
    return cast("Messages", kept)
