"""A conversation with the async client."""

from __future__ import annotations

from typing import Unpack

from magickpen.aio.stream import AsyncStream
from magickpen.base import BaseConversation
from magickpen.core.reply import Reply
from magickpen.options import CallOptions


class AsyncConversation(BaseConversation[AsyncStream]):
    """A conversation, in which each question is asked with what was said before."""

    async def ask(self, prompt: str, **options: Unpack[CallOptions]) -> Reply:
        """Ask the next question and return the whole answer.

        Args:
            prompt: the question.
            **options: what differs from the client's settings in this call.

        Raises:
            MagickPenError: as for `AsyncMagickPen.ask`; the question is not kept then.
        """
        return await self.stream(prompt, **options).reply()
