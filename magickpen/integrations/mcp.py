"""A server of the Model Context Protocol that asks MagickPen; `magickpen mcp` runs it."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio

try:
    from mcp.server.mcpserver import Context, MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
except ImportError as _error:
    raise ImportError(
        "the server needs an extra: pip install 'magickpen[mcp]'", name=_error.name
    ) from _error

from magickpen import (
    AsyncConversation,
    AsyncMagickPen,
    MagickPenError,
    StreamInterruptedError,
    __version__,
)

MOST_CONVERSATIONS = 100
"""How many conversations are kept; the one that was used longest ago is forgotten."""

PROGRESS_INTERVAL = 0.5
"""Seconds between two messages of progress."""


@dataclass
class Answer:
    """What the tool returns."""

    text: str
    conversation_id: str


def create_server(pen: AsyncMagickPen) -> MCPServer[None]:
    """Return a server with a tool `ask_magickpen`, which closes the client at its end.

    Args:
        pen: the client that answers.
    """
    conversations = _Conversations(pen)

    @asynccontextmanager
    async def lifespan(_server: MCPServer[None]) -> AsyncGenerator[None]:
        async with pen:
            yield

    server: MCPServer[None] = MCPServer(
        "magickpen", version=__version__, log_level="WARNING", lifespan=lifespan
    )

    @server.tool()
    async def ask_magickpen(
        prompt: str,
        context: Context[None, Any],
        system: str | None = None,
        conversation_id: str | None = None,
    ) -> Answer:
        """Ask MagickPen, an AI writing service, and return its answer.

        Args:
            prompt: What to ask.
            context: Where progress is told.
            system: An instruction for a new conversation.
            conversation_id: The conversation to go on with, from an earlier answer.
        """
        told = anyio.current_time()
        try:
            conversation = conversations.find(conversation_id, system)
            async with conversation.stream(prompt) as stream:
                async for _ in stream:
                    if anyio.current_time() - told >= PROGRESS_INTERVAL:
                        told = anyio.current_time()
                        length = len(stream.text)
                        await context.report_progress(length, None, f"{length} characters")
        except MagickPenError as error:
            raise ToolError(_message(error)) from error
        return Answer(stream.text, conversations.keep(conversation, conversation_id))

    return server


class _Conversations:
    def __init__(self, pen: AsyncMagickPen) -> None:
        self._pen = pen
        self._kept: OrderedDict[str, AsyncConversation] = OrderedDict()

    def find(self, identity: str | None, system: str | None) -> AsyncConversation:
        """Return a conversation; a new one if no identity is given.

        Raises:
            ToolError: there is no such conversation, or the instruction comes too late.
        """
        if identity is None:
            return self._pen.conversation(system=system)
        if identity not in self._kept:
            raise ToolError("there is no such conversation; begin one without conversation_id")
        if system is not None:
            raise ToolError("the instruction is that of the conversation; leave system out")
        return self._kept[identity]

    def keep(self, conversation: AsyncConversation, identity: str | None) -> str:
        """Keep a conversation that was answered, and return its identity."""
        identity = identity or uuid.uuid4().hex[:12]
        self._kept[identity] = conversation
        self._kept.move_to_end(identity)
        if len(self._kept) > MOST_CONVERSATIONS:
            self._kept.popitem(last=False)
        return identity


def _message(error: MagickPenError) -> str:
    if isinstance(error, StreamInterruptedError) and error.partial:
        return f"{error.message}\n\nWhat had come of the answer:\n{error.partial}"
    return error.message
