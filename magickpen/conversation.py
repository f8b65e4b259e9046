"""A conversation with the blocking client, and what both conversations share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Generic, TypeAlias, TypeVar, Unpack

from magickpen.core.history import History
from magickpen.core.messages import Message, Messages
from magickpen.core.reply import Reply
from magickpen.core.settings import CallOptions
from magickpen.stream import Stream

StreamT = TypeVar("StreamT")

OpenStream: TypeAlias = Callable[
    [Messages, str | None, CallOptions, Callable[[str], None]], StreamT
]
"""Makes a stream of messages, system, options, and a function that gets the whole answer."""


class BaseConversation(Generic[StreamT]):
    """A conversation, without its I/O. What has no answer, or half of one, is not kept."""

    def __init__(self, open_stream: OpenStream[StreamT], system: str | None) -> None:
        self._open_stream = open_stream
        self._history = History(system)

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was said so far, the system message first."""
        return self._history.messages

    def stream(self, prompt: str, **options: Unpack[CallOptions]) -> StreamT:
        """Ask the next question and return its answer as it is written.

        The question and its answer are kept once the stream was read to its end.

        Args:
            prompt: the question.
            **options: what differs from the client's settings in this call.

        Raises:
            ConfigurationError: an argument is wrong; nothing was sent.
        """
        asked = self._history.asking(prompt)
        return self._open_stream(asked, None, options, partial(self._history.add, asked))


class Conversation(BaseConversation[Stream]):
    """A conversation, in which each question is asked with what was said before."""

    def ask(self, prompt: str, **options: Unpack[CallOptions]) -> Reply:
        """Ask the next question and return the whole answer.

        Args:
            prompt: the question.
            **options: what differs from the client's settings in this call.

        Raises:
            MagickPenError: as for `MagickPen.ask`; the question is not kept then.
        """
        return self.stream(prompt, **options).reply()
