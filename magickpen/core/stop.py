"""Texts that end an answer before they come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from magickpen.core.checks import kind_of
from magickpen.core.errors import ConfigurationError

MAX_TEXTS = 16
MAX_LENGTH = 1000
"""Bounds of what each chunk is searched for."""


def checked_stop(stop: object) -> tuple[str, ...]:
    """Return the argument `stop`, a text or a sequence of texts, as a tuple.

    Raises:
        ConfigurationError: it is something else, or a text is empty or too long.
    """
    texts = (stop,) if isinstance(stop, str) else stop
    if not isinstance(texts, Sequence) or isinstance(texts, (bytes, bytearray)):
        raise ConfigurationError(f"stop must be a string or a list of strings, not {kind_of(stop)}")
    checked = tuple(cast("Sequence[object]", texts))
    for text in checked:
        if not isinstance(text, str):
            raise ConfigurationError(f"stop must hold strings alone, not {kind_of(text)}")
        if not 0 < len(text) <= MAX_LENGTH:
            raise ConfigurationError(
                f"stop: a text must have 1 to {MAX_LENGTH} characters, not {len(text)}"
            )
    if len(checked) > MAX_TEXTS:
        raise ConfigurationError(f"stop must have at most {MAX_TEXTS} texts, not {len(checked)}")
    return cast("tuple[str, ...]", checked)


class StopFilter:
    """Ends a text before the first of some texts that is complete in it.

    What may be the beginning of one is held back until more is known, so that the result does not
    depend on how the text is cut.

    Attributes:
        found: whether one of them came.
    """

    def __init__(self, texts: tuple[str, ...]) -> None:
        self._texts = texts
        self._longest = max(map(len, texts)) - 1
        self._held = ""
        self.found: bool = False

    def feed(self, text: str) -> str:
        """Return what is known to stand before the end of the answer."""
        if self.found:
            return ""
        text = self._held + text
        ends = [(at + len(stop), at) for stop in self._texts if (at := text.find(stop)) >= 0]
        if ends:
            self.found, self._held = True, ""
            return text[: min(ends)[1]]
        cut = len(text) - self._begun(text)
        self._held = text[cut:]
        return text[:cut]

    def rest(self) -> str:
        """Return what was held back; called when the text is over."""
        held, self._held = self._held, ""
        return held

    def _begun(self, text: str) -> int:
        """Return the length of the longest end of `text` that one of the texts begins with."""
        for length in range(min(len(text), self._longest), 0, -1):
            if any(stop.startswith(text[-length:]) for stop in self._texts):
                return length
        return 0
