"""What the built-in functions of JavaScript need of their arguments."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TypeAlias

from magickpen.discovery.javascript.operations import entries_of, new_list
from magickpen.discovery.javascript.values import (
    MAX_TEXT,
    UNDEFINED,
    Choice,
    Machine,
    Obj,
    Unknown,
    Value,
)

Arguments: TypeAlias = list[Value]
OfText: TypeAlias = Callable[[str, Arguments], "Value | None"]
OfList: TypeAlias = "Callable[[Machine, Obj, list[Value], Arguments], Value]"
OfMap: TypeAlias = "Callable[[Machine, Obj, Arguments], Value]"


def argument(arguments: Arguments, position: int) -> Value:
    """Return an argument; undefined if it was not passed."""
    return arguments[position] if position < len(arguments) else UNDEFINED


def position_in(arguments: Arguments, position: int, default: int) -> int:
    """Return an argument that is a whole number; the default if it is none."""
    value = argument(arguments, position)
    if isinstance(value, (int, float)) and not math.isnan(value):
        return int(max(-MAX_TEXT, min(value, MAX_TEXT)))
    return default


def entry_lists(machine: Machine, source: Value) -> list[Value]:
    """Return the properties of an object, each as a list of its name and its value."""
    pairs = entries_of(source) or []
    return [new_list([name, machine.plain(value, source)]) for name, value in pairs]


def joined(texts: Iterable[str | None], separator: str = "") -> str | None:
    """Return several texts as one; None if one of them is not known, or they are too long."""
    known: list[str] = []
    length = 0
    for text in texts:
        length += len(text or "") + len(separator)
        if text is None or length > MAX_TEXT:
            return None
        known.append(text)
    return separator.join(known)


POSITIONAL = frozenset(
    ["slice", "substring", "substr", "charAt", "charCodeAt", "at", "repeat", "splice"]
)
"""The methods whose result is not known if an argument is not."""


def is_unknown(*arguments: Value) -> bool:
    """Whether one of several values is not known."""
    return any(isinstance(value, Unknown | Choice) for value in arguments)
