"""The answers of the emulator, and their pieces."""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeAlias

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

Chunks: TypeAlias = str | Iterable[str | bytes] | AsyncIterable[str | bytes]
ReplySource: TypeAlias = str | Callable[[str], Chunks | Awaitable[Chunks]]

_WORDS = re.compile(r"\S+\s*|\s+")


def default_reply(prompt: str) -> str:
    """Return an answer that repeats the prompt and names the emulator."""
    words = len(prompt.split())
    return (
        f"This is the MagickPen emulator, not MagickPen: no model has read your {words}"
        f" word{'s' * (words != 1)}. You wrote: {prompt}"
    )


async def reply_chunks(source: ReplySource | None, prompt: str) -> AsyncIterator[bytes]:
    """Return the pieces of the answer to `prompt`, in the sizes in which they are sent.

    A text is sent word by word; the pieces that a function returns are sent as they are.
    """
    reply = default_reply if source is None else source
    if isinstance(reply, str):
        return _pieces(reply)
    # The user's function may block, unless it says that it does not.
    in_loop = inspect.iscoroutinefunction(reply) or inspect.isasyncgenfunction(reply)
    made = reply(prompt) if in_loop else await run_in_threadpool(reply, prompt)
    if inspect.isawaitable(made):
        made = await made
    return _pieces(made)


async def _pieces(made: Chunks) -> AsyncIterator[bytes]:
    if isinstance(made, str):
        for word in _WORDS.findall(made):
            yield encoded(word)
    elif isinstance(made, AsyncIterable):
        async for piece in made:
            yield encoded(piece)
    else:
        async for piece in iterate_in_threadpool(made):
            yield encoded(piece)


def encoded(piece: str | bytes) -> bytes:
    """Return the bytes of a piece."""
    # JSON can carry lone surrogates, UTF-8 cannot.
    return piece.encode("utf-8", "replace") if isinstance(piece, str) else piece
