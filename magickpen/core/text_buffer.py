"""A buffer for text that arrives in pieces."""

from __future__ import annotations

_ROOM = 1024 * 1024
_COST = 1024
"""Pieces are joined when they have this many characters, and each counts for some more: a piece of
four characters takes 60 bytes, and joining many long ones would need their memory twice."""


class TextBuffer:
    """A growing text; `str(buffer)` is the text so far."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._pieces: list[str] = []
        self._room = _ROOM

    def add(self, piece: str) -> None:
        """Append a piece."""
        self._pieces.append(piece)
        self._room -= len(piece) + _COST
        if self._room <= 0:
            self._blocks.append("".join(self._pieces))
            self._pieces.clear()
            self._room = _ROOM

    def __bool__(self) -> bool:
        return bool(self._pieces or self._blocks)

    def __str__(self) -> str:
        text = "".join([*self._blocks, *self._pieces])
        self._blocks, self._pieces, self._room = [text] * bool(text), [], _ROOM
        return text
