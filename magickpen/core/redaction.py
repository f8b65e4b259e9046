"""Removes private values from what a server says, since it may repeat the request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

# The value of a header is removed as a whole, and so is each long word of it, such as the token
# after "Bearer". Quotes and the like end a word, since pages escape them.
_WORD = re.compile(r"[^\s;,=&<>\"']{8,}")

_HARMLESS = frozenset(
    ("accept", "accept-language", "content-type", "origin", "referer", "user-agent")
)


Redact: TypeAlias = Callable[[str], str]
"""Replaces each private value in a text by an ellipsis."""


def redactor(headers: Mapping[str, str], *secrets: str) -> Redact:
    """Return a function that removes private values from a text.

    It is a function because tools that print the variables of a traceback would print a list.

    Args:
        headers: the headers of the user, with names in lower case. A value of less than eight
            characters stays, since it is too likely to occur by chance.
        *secrets: other private values.
    """
    values = [value for name, value in headers.items() if name not in _HARMLESS and len(value) >= 8]
    words = [word for value in values for word in _WORD.findall(value)]
    private = list(filter(None, [*values, *words, *secrets]))

    def redact(text: str) -> str:
        for value in private:
            text = text.replace(value, "…")
        return text

    return redact
