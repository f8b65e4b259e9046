"""What can be told of values, and what is made of them."""

from __future__ import annotations

import math
from collections.abc import Iterable

from magickpen.discovery.javascript.values import (
    MAX_ALTERNATIVES,
    MAX_ITEMS,
    MAX_LISTS,
    MAX_PROTOTYPES,
    MAX_TEXT,
    UNDEFINED,
    Choice,
    Getter,
    Nothing,
    Obj,
    Salt,
    Unknown,
    Value,
)


def loaded(value: Value) -> Value:
    """Return what a module exports, running it first if that was not needed before."""
    for _ in range(MAX_PROTOTYPES):
        if not isinstance(value, Obj) or value.load is None:
            break
        value = value.load()
    return value


def alternatives(value: Value) -> tuple[Value, ...]:
    """Return the values that a value may be."""
    return value.values if isinstance(value, Choice) else (value,)


def either(values: Iterable[Value]) -> Value:
    """Return one of several values; itself where it is the only one."""
    found: list[Value] = []
    for value in values:
        for one in alternatives(value):
            if not any(_is_same(one, other) for other in found):
                found.append(one)
    if len(found) < 2:
        return found[0] if found else UNDEFINED
    return Choice(tuple(found[:MAX_ALTERNATIVES]))


def _is_same(one: Value, other: Value) -> bool:
    return one is other or (type(one) is type(other) and one == other)


def known_text(value: Value) -> str | None:
    """Return the only text that a value may be, not empty; None if there is no such text.

    A variable is often undefined, null or empty before it is set, and may be set to something else
    than its default by what is not known.
    """
    others = [
        one for one in alternatives(value) if one != "" and not isinstance(one, Nothing | Unknown)
    ]
    text = others[0] if len(others) == 1 else None
    return text if isinstance(text, str) else None


def is_known(value: Value, depth: int = 0) -> bool:
    """Whether a value is known, with all elements of a list."""
    if isinstance(value, Obj):
        is_list = value.items is not None and depth < MAX_LISTS
        return is_list and all(is_known(item, depth + 1) for item in value.items or ())
    return not isinstance(value, Choice)


def is_made(value: Value) -> bool:
    """Whether each request may have another value."""
    return any(
        one.made if isinstance(one, Unknown) else isinstance(one, Obj) and bool(one.salts)
        for one in alternatives(value)
    )


def salts_of(*values: Value) -> frozenset[Salt]:
    """Return the sorted lists that values were made from."""
    found: frozenset[Salt] = frozenset()
    for value in values:
        for one in alternatives(value):
            if isinstance(one, Obj):
                found |= one.salts
                for item in one.items or ():
                    if isinstance(item, Obj):
                        found |= item.salts
    return found


def computed(*values: Value, made: bool = False) -> Unknown:
    """Return what is computed from values in a way that is not known."""
    return Unknown(
        salts=salts_of(*values),
        made=made or any(map(is_made, values)),
        sources=tuple(value for value in values if value is not UNDEFINED)[:MAX_ALTERNATIVES],
    )


def truth(value: Value) -> bool | None:
    """Return whether a value counts as true; None if that is not known."""
    if isinstance(value, Choice):
        truths = {truth(one) for one in value.values}
        return truths.pop() if len(truths) == 1 else None
    if isinstance(value, Obj):
        return None if isinstance(value, Unknown) else True
    is_nan = isinstance(value, float) and math.isnan(value)
    return not isinstance(value, Nothing) and bool(value) and not is_nan


def text_of(value: Value, depth: int = 0) -> str | None:
    """Return what a value is as a text; None if that is not known, or too long."""
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case int() | float():
            return _text_of_number(value)
        case Nothing():
            return value.value
        case Obj(items=list() as items) if depth < MAX_LISTS:
            known: list[str] = []
            length = 0
            for item in items:
                text = "" if isinstance(item, Nothing) else text_of(item, depth + 1)
                length += len(text or "") + 1
                if text is None or length > MAX_TEXT:
                    return None
                known.append(text)
            return ",".join(known)
        case _:
            return None


def _text_of_number(value: float) -> str:
    if not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def number_of(value: Value) -> float | None:
    """Return what a value is as a number; None if that is not known."""
    if isinstance(value, str):
        try:
            return float(value[:400] or 0)
        except ValueError:
            return math.nan
    return float(value) if isinstance(value, (int, float)) else None


def equal(left: Value, right: Value, *, strict: bool) -> bool | None:
    """Return whether two values are equal; None if that is not known."""
    if isinstance(left, Unknown | Choice) or isinstance(right, Unknown | Choice):
        return None
    if isinstance(left, Nothing | Obj) or isinstance(right, Nothing | Obj):
        both_nothing = isinstance(left, Nothing) and isinstance(right, Nothing)
        return left is right or (both_nothing and not strict)
    if not strict and type(left) is not type(right):
        return number_of(left) == number_of(right)
    return isinstance(left, str) == isinstance(right, str) and left == right


def new_list(items: Iterable[Value]) -> Obj:
    """Return a list, as far as it is not too long."""
    return Obj(items=list(items)[:MAX_ITEMS])


def entries_of(value: Value, *, opaque: bool = False) -> list[tuple[str, Value | Getter]] | None:
    """Return the own properties of an object with names; None if they are not known.

    Args:
        value: the object.
        opaque: whether to return what is known of an object that may have other properties.
    """
    value = loaded(value)
    if not isinstance(value, Obj) or (isinstance(value, Unknown) and not opaque):
        return None
    if value.items is not None:
        return [(str(index), item) for index, item in enumerate(value.items)]
    return [
        (key, item)
        for key, item in value.properties.items()
        if isinstance(key, str) and not key.startswith("@@")
    ]
