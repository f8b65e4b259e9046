"""A conversation with the blocking client."""

from __future__ import annotations

from typing import Unpack

from magickpen.base_conversation import BaseConversation
from magickpen.core.reply import Reply
from magickpen.options import CallOptions
from magickpen.sync.stream import Stream


class Conversation(BaseConversation[Stream]):
    """A conversation, which sends each question with the messages before it."""

    def ask(self, prompt: str, **options: Unpack[CallOptions]) -> Reply:
        """Ask the next question and return the complete answer.

        Args:
            prompt: the question.
            **options: the options of `CallOptions` to change in this call.

        Raises:
            MagickPenError: as for `MagickPen.ask`. The history stays as it is.
        """
        return self.stream(prompt, **options).reply()
