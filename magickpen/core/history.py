"""The messages of a conversation."""

from __future__ import annotations

from magickpen.core.checks import kind_of
from magickpen.core.errors import ConfigurationError
from magickpen.core.messages import Message


class History:
    """The messages so far. Only complete answers enter it, with their questions."""

    def __init__(self, system: str | None) -> None:
        self.messages: tuple[Message, ...] = (Message("system", system),) if system else ()

    def asking(self, prompt: str) -> tuple[Message, ...]:
        """Return the messages to send in order to ask `prompt`."""
        if not isinstance(prompt, str):
            raise ConfigurationError(f"prompt must be a string, not {kind_of(prompt)}")
        if not prompt.strip():
            raise ConfigurationError("prompt is empty")
        return (*self.messages, Message("user", prompt))

    def add(self, asked: tuple[Message, ...], answer: str) -> None:
        """Add a question, as returned by `asking`, and its answer."""
        self.messages = (*asked, Message("assistant", answer))
