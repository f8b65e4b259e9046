"""The words of JavaScript, and a count of the work of reading them."""

from __future__ import annotations

import re
from collections.abc import Callable

_ESCAPE = re.compile(
    r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL
)
_ONE_CHARACTER = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "0": "\0",
} | dict.fromkeys(("\n", "\r", "\r\n", "\u2028", "\u2029"), "")

STEPS_PER_CHECK = 4096
"""After how many steps the deadline is looked at."""


class WorkLimitError(Exception):
    """A script would take more work to understand than is reasonable, or the time is up."""


class Work:
    """Counts the steps of making sense of a script, and looks at the deadline.

    Args:
        steps: how many steps there may be.
        expired: tells whether no more time may be spent.
    """

    def __init__(self, steps: int, expired: Callable[[], bool] = lambda: False) -> None:
        self._left = steps
        self._expired = expired

    def spend(self, steps: int) -> None:
        """Count steps that are taken now.

        Raises:
            WorkLimitError: there are none left, or the time is up.
        """
        before, self._left = self._left, self._left - steps
        if before // STEPS_PER_CHECK != self._left // STEPS_PER_CHECK and self._expired():
            self._left = -1
        if self._left < 0:
            raise WorkLimitError


def is_name(token: str) -> bool:
    """Whether a token is a name, a keyword or a number."""
    return token[0].isalnum() or token[0] in "_$#"


def is_string(token: str) -> bool:
    """Whether a token is a string, or a template without substitutions."""
    return token[0] in "\"'`" and len(token) > 1 and token[-1] == token[0]


def string_value(token: str) -> str:
    """Return the text of a string, or of a piece of a template."""
    start, end = 1, len(token) - 1
    if token.endswith("${") and token[0] in "`}":
        end -= 1
    text = token[start:end]
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2] or escape[3]
    if digits:
        code = int(digits, 16)
        return chr(code) if code <= 0x10FFFF else ""
    return _ONE_CHARACTER.get(escape[4], escape[4])
