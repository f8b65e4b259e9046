"""What an expression may stand for: a text, or a place where more is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from magickpen.discovery.javascript.module import Module

MAX_TEXT = 2000
"""How long a text may be that is put together of others: a script can double it in a few words."""


MAX_ALTERNATIVES = 8
"""How many values an expression may have that depends on what is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A call, while what its function returns is looked at.

    Attributes:
        module: where the function is written.
        parameters: the index where its parameters begin.
        call: what is passed, as the place of the parenthesis.
        outer: the call in which the function was made.
        depth: how many calls it is inside of.
    """

    module: Module
    parameters: int
    call: Place
    outer: Frame | None
    depth: int


@dataclass(frozen=True, slots=True)
class Place:
    """A value by where it is written: an object, an array, a function, a class, or `this`."""

    module: Module
    index: int
    frame: Frame | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """A list that is put together: texts, and the places of expressions; None for unknown ones."""

    items: tuple[str | Place | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """One of several values; which one is not known."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Global:
    """A global object of the browser, by its name."""

    name: str


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

    arguments: tuple[Place, ...]


Value: TypeAlias = (
    str
    | bool
    | Place
    | Items
    | Either
    | Global
    | Namespace
    | Exports
    | Result
    | Mapping[str, object]
    | None
)


def alternatives(value: Value) -> tuple[Value, ...]:
    """Return the values that a value may be."""
    return value.values if isinstance(value, Either) else (value,)


def either(values: Iterable[Value]) -> Value:
    """Return one of several values, as far as they are known; itself where it is the only one."""
    known: list[Value] = []
    for value in values:
        known += [one for one in alternatives(value) if one is not None and one not in known]
        if len(known) > MAX_ALTERNATIVES:
            break
    return (
        Either(tuple(known[:MAX_ALTERNATIVES])) if len(known) > 1 else (known[0] if known else None)
    )


def truth(value: Value) -> bool | None:
    """Return whether a value counts as true; None where that is not known."""
    if isinstance(value, str | bool):
        return bool(value)
    return True if isinstance(value, Place | Items) else None


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
