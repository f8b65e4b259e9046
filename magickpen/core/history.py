"""The messages of a conversation."""

from __future__ import annotations

import threading
import weakref

from magickpen.core.checks import kind_of
from magickpen.core.errors import ConfigurationError
from magickpen.core.messages import Message


class History:
    """The messages so far. Only complete answers enter it, with their questions.

    It is busy while a question is being answered, since the next one would not know the answer.
    """

    def __init__(self, messages: tuple[Message, ...] = ()) -> None:
        self.messages: tuple[Message, ...] = messages
        self._lock = threading.Lock()
        # A weak reference, so that a stream that was dropped keeps nothing busy.
        self._current: weakref.ref[Turn] | None = None

    def __reduce__(self) -> tuple[object, ...]:
        return History, (self.messages,)

    @property
    def busy(self) -> bool:
        """Whether a question is being answered."""
        return self._current is not None and self._current() is not None

    @property
    def turns(self) -> int:
        """The number of questions."""
        return sum(message.role == "user" for message in self.messages)

    def turn(self, prompt: str) -> Turn:
        """Return the next question, which is not asked yet.

        Raises:
            ConfigurationError: the prompt is no string, or empty, or the history is busy.
        """
        if not isinstance(prompt, str):
            raise ConfigurationError(f"prompt must be a string, not {kind_of(prompt)}")
        if not prompt.strip():
            raise ConfigurationError("prompt is empty")
        self.check_free()
        return Turn(self, Message("user", str(prompt)))

    def check_free(self) -> None:
        """Raise `ConfigurationError` if the history is busy."""
        if self.busy:
            raise ConfigurationError(
                "the conversation is being answered: read that answer to its end, or call close()"
                " of its stream (aclose() of an async one); fork() begins another conversation"
            )

    def begin(self, turn: Turn) -> tuple[Message, ...]:
        """Become busy with a turn, and return the messages before it."""
        with self._lock:
            self.check_free()
            self._current = weakref.ref(turn)
            return self.messages

    def end(self, turn: Turn, answered: tuple[Message, ...]) -> None:
        """Add what a turn has brought, and become free, if it is the turn that was begun."""
        if self._current is not None and self._current() is turn:
            self.messages += answered
            self._current = None

    def undo(self) -> None:
        """Remove the last question, with what follows it.

        Raises:
            ConfigurationError: there is none, or the history is busy.
        """
        self.check_free()
        asked = [i for i, message in enumerate(self.messages) if message.role == "user"]
        if not asked:
            raise ConfigurationError("there is nothing to undo: the conversation has no question")
        self.messages = self.messages[: asked[-1]]


class Turn:
    """A question of a conversation, and its answer."""

    def __init__(self, history: History, question: Message) -> None:
        self._history = history
        self._question = question

    def begin(self) -> tuple[Message, ...]:
        """Return the messages to send.

        Raises:
            ConfigurationError: another question is being answered.
        """
        return (*self._history.begin(self), self._question)

    def end(self, answer: str | None) -> None:
        """Keep the question with its answer; None if there is no complete one."""
        kept = () if answer is None else (self._question, Message("assistant", answer))
        self._history.end(self, kept)
