"""A conversation with the async client."""

from __future__ import annotations

from typing import Unpack

from magickpen.aio.stream import AsyncStream
from magickpen.base_conversation import BaseConversation
from magickpen.core.reply import Reply
from magickpen.options import CallOptions


class AsyncConversation(BaseConversation[AsyncStream]):
    """A conversation, which sends each question with the messages before it."""

    async def ask(self, prompt: str, **options: Unpack[CallOptions]) -> Reply:
        """Ask the next question and return the complete answer.

        Args:
            prompt: the question.
            **options: the options of `CallOptions` to change in this call.

        Raises:
            MagickPenError: as for `AsyncMagickPen.ask`. The history stays as it is.
        """
        return await self.stream(prompt, **options).reply()
