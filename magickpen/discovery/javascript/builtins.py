"""What the methods of texts and lists return that front-ends put their constants together with."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Sequence
from urllib.parse import unquote

from magickpen.discovery.javascript.values import Items, Place, Value, concatenated

Elements = Sequence[str | Place | None]
"""The elements of a list: texts, and the places of expressions; None for unknown ones."""

LIST_METHODS = frozenset(["slice", "concat", "map", "filter", "sort", "toSorted", "reverse"])
"""Those that return a list of the same elements, as far as they are understood here."""


def method_of_text(text: str, name: str, arguments: list[str | None]) -> Value:
    """Return what a method of a text returns; None where that is not known."""
    if name == "concat":
        return concatenated([text, *arguments])
    known = [argument for argument in arguments if argument is not None]
    if len(known) < len(arguments):
        return None
    match name, known:
        case "startsWith", [start]:
            return text.startswith(start)
        case "endsWith", [end]:
            return text.endswith(end)
        case "includes", [part]:
            return part in text
        case "split", [separator]:
            return Items(tuple(text.split(separator) if separator else text))
        case _, []:
            method = _PLAIN_METHODS.get(name)
            return method(text) if method else None
        case _:
            return None


def _decoded(text: str) -> str | None:
    try:
        return binascii.a2b_base64(text + "=" * (-len(text) % 4)).decode("latin-1")
    except ValueError:
        return None


_PLAIN_METHODS: dict[str, Callable[[str], str]] = {
    "toUpperCase": str.upper,
    "toLowerCase": str.lower,
    "toString": str,
    "trim": str.strip,
    "valueOf": str,
}
FUNCTIONS_OF_TEXT: dict[str, Callable[[str], str | None]] = {
    "atob": _decoded,
    "decodeURIComponent": unquote,
    "String": str,
}
"""Global functions of one text."""
