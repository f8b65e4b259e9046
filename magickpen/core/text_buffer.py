"""A buffer for text that arrives in pieces."""

from __future__ import annotations

_MAX_PIECES = 1024
_MAX_LENGTH = 1024 * 1024
"""Pieces are joined when there are this many, or this many characters in them: a piece of four
characters takes 60 bytes, and joining many long ones would need their memory twice."""


class TextBuffer:
    """A growing text; `str(buffer)` is the text so far."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._pieces: list[str] = []
        self._length = 0

    def add(self, piece: str) -> None:
        """Append a piece."""
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
