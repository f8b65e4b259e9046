"""Collects a text that comes in pieces."""

from __future__ import annotations

_MAX_PIECES = 1024
_MAX_LENGTH = 1024 * 1024
"""How many pieces, and characters in them, are kept before they become one: a piece of four
characters takes 60 bytes, and many long ones would be held twice for a moment."""


class TextBuffer:
    """A text that grows; `str(buffer)` is what has come so far."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._pieces: list[str] = []
        self._length = 0

    def add(self, piece: str) -> None:
        """Add a piece at the end."""
        self._pieces.append(piece)
        self._length += len(piece)
        if self._length >= _MAX_LENGTH or len(self._pieces) == _MAX_PIECES:
            self._blocks.append("".join(self._pieces))
            self._pieces.clear()
            self._length = 0

    def __bool__(self) -> bool:
        return bool(self._pieces or self._blocks)

    def __str__(self) -> str:
        text = "".join([*self._blocks, *self._pieces])
        self._blocks, self._pieces, self._length = [text] * bool(text), [], 0
        return text
