"""Takes private values out of what a server says: it may repeat the request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

# A header's value is taken out as a whole, and each long word of it, such as the token behind
# "Bearer". Quotes and the like end a word, since pages escape them.
_WORD = re.compile(r"[^\s;,=&<>\"']{8,}")

_HARMLESS = frozenset(
    ("accept", "accept-language", "content-type", "origin", "referer", "user-agent")
)


Redact: TypeAlias = Callable[[str], str]
"""Puts an ellipsis in the place of each private value in a text."""


def redactor(headers: Mapping[str, str], *secrets: str) -> Redact:
    """Return a function that takes private values out of a text.

    It is a function, since tools that print the variables of a traceback would print a list.

    Args:
        headers: those that the user gave, with names in lower case. A value of less than eight
            characters is too likely to stand in a text by chance.
        *secrets: what else is private.
    """
    values = [value for name, value in headers.items() if name not in _HARMLESS and len(value) >= 8]
    words = [word for value in values for word in _WORD.findall(value)]
    private = list(filter(None, [*values, *words, *secrets]))

    def redact(text: str) -> str:
        for value in private:
            text = text.replace(value, "…")
        return text

    return redact
