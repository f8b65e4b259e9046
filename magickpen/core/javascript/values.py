"""What an expression may stand for: a text, or a place where more is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from magickpen.core.javascript.module import Module

MAX_TEXT = 2000
"""How long a text may be that is put together of others: a script can double it in a few words."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A value by where it is written: an object, an array, a function, a class, or `this`."""

    module: Module
    index: int


@dataclass(frozen=True, slots=True, eq=False)
class Namespace:
    """All that an ES module exports."""

    module: Module


@dataclass(frozen=True, slots=True, eq=False)
class Exports:
    """All that a module inside a bundle exports, by the brace of its function."""

    module: Module
    body: int


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a call returns that is not understood; it may pass its arguments' properties on."""

    module: Module
    arguments: list[int]


Value: TypeAlias = str | Place | Namespace | Exports | Result | Mapping[str, object] | None


def parsed_json(text: str | None) -> Value:
    """Return what a text is as JSON; None where it is neither an object nor a text."""
    try:
        value = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return from_json(value)


def from_json(value: object) -> Value:
    """Return a value of a JSON object; None where it is neither an object nor a text."""
    if isinstance(value, dict):
        return cast("dict[str, object]", value)
    return value if isinstance(value, str) else None


def concatenated(texts: list[str | None]) -> str | None:
    """Return several texts as one; None where one of them is unknown, or they are too long."""
    known = [text for text in texts if text is not None]
    whole = len(known) == len(texts) and sum(map(len, known)) <= MAX_TEXT
    return "".join(known) if whole else None
