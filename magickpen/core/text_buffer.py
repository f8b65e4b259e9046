"""Collects a text that comes in pieces."""

from __future__ import annotations

_BLOCK = 1024
"""How many pieces are kept before they become one: a piece of four characters takes 60 bytes."""


class TextBuffer:
    """A text that grows; `str(buffer)` is what has come so far."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._pieces: list[str] = []

    def add(self, piece: str) -> None:
        """Add a piece at the end."""
        self._pieces.append(piece)
        if len(self._pieces) == _BLOCK:
            self._blocks.append("".join(self._pieces))
            self._pieces.clear()

    def __bool__(self) -> bool:
        return bool(self._pieces or self._blocks)

    def __str__(self) -> str:
        text = "".join([*self._blocks, *self._pieces])
        self._blocks, self._pieces = [text] * bool(text), []
        return text
