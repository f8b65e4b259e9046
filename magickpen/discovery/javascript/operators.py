"""The operators of JavaScript."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

from magickpen.discovery.javascript.operations import computed, equal, number_of, text_of
from magickpen.discovery.javascript.values import (
    MAX_PROTOTYPES,
    MAX_TEXT,
    UNDEFINED,
    Machine,
    Obj,
    Unknown,
    Value,
)


def int32(number: float) -> int:
    """Return a number as bitwise operators take it."""
    return (int(number) + 2**31) % 2**32 - 2**31 if math.isfinite(number) else 0


_ON_NUMBERS: dict[str, Callable[[float, float], float]] = {
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda left, right: left / right,
    "%": math.fmod,
    "**": math.pow,
    "&": lambda left, right: int32(left) & int32(right),
    "|": lambda left, right: int32(left) | int32(right),
    "^": lambda left, right: int32(left) ^ int32(right),
    "<<": lambda left, right: int32(int32(left) << (int32(right) & 31)),
    ">>": lambda left, right: int32(left) >> (int32(right) & 31),
    ">>>": lambda left, right: (int32(left) % 2**32) >> (int32(right) & 31),
}
_COMPARING = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}


def operate(machine: Machine, word: str, left: Value, right: Value) -> Value:
    """Return the result of an operator."""
    if word in ("===", "==", "!==", "!="):
        same = equal(left, right, strict=len(word) == 3)
        return computed(left, right) if same is None else same is (word[0] == "=")
    if word == "+":
        return _sum(left, right)
    if word in ("instanceof", "in"):
        return _is_in(machine, word, left, right)
    if word in _COMPARING and isinstance(left, str) and isinstance(right, str):
        return bool(_COMPARING[word](left, right))
    one, other = number_of(left), number_of(right)
    if one is None or other is None:
        return computed(left, right)
    if word in _COMPARING:
        return bool(_COMPARING[word](one, other))
    try:
        return float(_ON_NUMBERS[word](one, other))
    except (ArithmeticError, ValueError):
        return math.nan


def _sum(left: Value, right: Value) -> Value:
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return float(left) + float(right)
    return concatenated([left, right])


def _is_in(machine: Machine, word: str, left: Value, right: Value) -> Value:
    if not isinstance(right, Obj) or isinstance(right, Unknown) or isinstance(left, Unknown):
        return computed(left, right)
    if word == "instanceof":
        return _is_instance(machine, left, right)
    name = text_of(left)
    is_unknown = name is None or right.open
    return computed(left) if is_unknown else machine.get(right, name or "") is not UNDEFINED


def _is_instance(machine: Machine, left: Value, right: Obj) -> Value:
    if not isinstance(left, Obj):
        return False
    prototype, owner = machine.get(right, "prototype"), left.prototype
    for _ in range(MAX_PROTOTYPES):
        if owner is None or owner is prototype:
            break
        owner = owner.prototype
    return computed(left, right) if owner is None else True


def concatenated(values: list[Value]) -> Value:
    """Return several values as one text."""
    texts = [text_of(value) for value in values]
    known = [text for text in texts if text is not None]
    if len(known) == len(texts) and sum(map(len, known)) <= MAX_TEXT:
        return "".join(known)
    return computed(*values)
