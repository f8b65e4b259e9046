"""The answers of the emulator, and their pieces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

Chunks: TypeAlias = str | Iterable[str | bytes]
ReplySource: TypeAlias = str | Callable[[str], Chunks]

_WORDS = re.compile(r"\S+\s*|\s+")


def default_reply(prompt: str) -> str:
    """Return an answer that repeats the prompt and names the emulator."""
    words = len(prompt.split())
    return (
        f"This is the MagickPen emulator, not MagickPen: no model has read your {words}"
        f" word{'s' * (words != 1)}. You wrote: {prompt}"
    )


def reply_chunks(source: ReplySource | None, prompt: str) -> Iterable[bytes]:
    """Return the pieces of the answer to `prompt`, in the sizes in which they are sent.

    A text is sent word by word; the pieces that a function returns are sent as they are.
    """
    reply = default_reply if source is None else source
    made = reply if isinstance(reply, str) else reply(prompt)
    if isinstance(made, str):
        return [_encoded(word) for word in _WORDS.findall(made)]
    return map(_encoded, made)


def _encoded(piece: str | bytes) -> bytes:
    # JSON can carry lone surrogates, UTF-8 cannot.
    return piece.encode("utf-8", "replace") if isinstance(piece, str) else piece
