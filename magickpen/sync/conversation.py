"""A conversation with the blocking client."""

from __future__ import annotations

from typing import Unpack

from magickpen.base import BaseConversation
from magickpen.core.reply import Reply
from magickpen.options import CallOptions
from magickpen.sync.stream import Stream


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
