"""The messages of a conversation, to which an answer is added once it is whole."""

from __future__ import annotations

from magickpen.core.checks import kind_of
from magickpen.core.errors import ConfigurationError
from magickpen.core.messages import Message


class History:
    """What was said so far. A question without an answer leaves no trace."""

    def __init__(self, system: str | None) -> None:
        self.messages: tuple[Message, ...] = (Message("system", system),) if system else ()

    def asking(self, prompt: str) -> tuple[Message, ...]:
        """Return the messages with which `prompt` is asked."""
        if not isinstance(prompt, str):
            raise ConfigurationError(f"prompt must be a string, not {kind_of(prompt)}")
        if not prompt.strip():
            raise ConfigurationError("prompt is empty")
        return (*self.messages, Message("user", prompt))

    def add(self, asked: tuple[Message, ...], answer: str) -> None:
        """Keep a question and its answer."""
        self.messages = (*asked, Message("assistant", answer))
