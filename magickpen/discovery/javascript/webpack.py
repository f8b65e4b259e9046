"""The modules that a bundle of webpack, or of its kin, holds as functions by number or name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from magickpen.discovery.javascript.literals import (
    elements,
    function_at,
    is_string,
    occurrences,
    spellings,
    string_value,
)
from magickpen.discovery.javascript.script import FUNCTION, OBJECT, Script, is_name


class Exported(NamedTuple):
    """An expression for what a module exports, and whether it is a function that returns it."""

    value: int
    getter: bool


def module_functions(script: Script) -> dict[str, int]:
    """Return the braces of the functions that stand in an object or a list, by key or number."""
    found: dict[str, int] = {}
    body = script.kind.find(FUNCTION)
    while body > 0:
        start = _start_of_function(script, body)
        key = _key_before(script, start)
        if key:
            found.setdefault(key, body)
        elif start > 0 and script.tokens[start - 1] == "[":
            found.update(_list_of_functions(script, start - 1))
        body = script.kind.find(FUNCTION, body + 1)
    return found


def _start_of_function(script: Script, body: int) -> int:
    tokens = script.tokens
    last = body - 2 if tokens[body - 1] == "=>" else body - 1
    start = script.partner[last] if tokens[last] == ")" else last
    if start > 1 and tokens[start - 2] == "function":
        return start - 2
    return start - 1 if tokens[start - 1] == "function" else start


def _key_before(script: Script, start: int) -> str:
    """Return the key of a property whose value, or whose parameters, begin at an index.

    A function that is registered by `register("key", function)` has a key, too.
    """
    tokens = script.tokens
    if start > 2 and tokens[start - 1] == "," and tokens[start - 3] == "(":
        return string_value(tokens[start - 2]) if is_string(tokens[start - 2]) else ""
    key = start - 2 if start > 1 and tokens[start - 1] == ":" else start - 1
    if key < 1 or tokens[key - 1] not in ("{", ","):
        return ""
    token = tokens[key]
    if is_string(token):
        return string_value(token)
    return token if is_name(token) else ""


def _list_of_functions(script: Script, opener: int) -> dict[str, int]:
    before = script.tokens[max(opener - 2, 0) : opener]
    if before not in (["]", ","], ["}", "("]):
        return {}
    found: dict[str, int] = {}
    for number, place in enumerate(elements(script, opener)):
        function = function_at(script, place) if script.tokens[place] not in (",", "]") else None
        if function is not None and script.kind[function.body] == FUNCTION:
            found[str(number)] = function.body
    return found


def exported(script: Script, body: int, name: str) -> Iterator[Exported]:
    """Yield what a module's function may export under a name.

    Args:
        script: where it is.
        body: the index of its brace.
        name: the name.
    """
    tokens, end = script.tokens, script.partner[body]
    for token in (name, *spellings(name)):
        for index in occurrences(script, token, body, end):
            before, following = tokens[index - 1], tokens[index + 1 : index + 4]
            if following[:1] == [":"] and script.kind[script.around(index)] == OBJECT:
                # n.d(t, {a: () => x}) and h.d(t, {…}, {a: x})
                if _is_argument_of_define(script, script.around(index)):
                    yield Exported(index + 2, function_at(script, index + 2) is not None)
            elif token != name and following[:1] == [","] and before in (",", "["):
                # n.d(t, "a", function () { return x }), n.d(t, ["a", 0, x, "b", () => y])
                if following[1:] == ["0", ","]:
                    yield Exported(index + 4, getter=False)
                else:
                    yield Exported(index + 2, getter=True)
            elif before == "." and following[:1] == ["="]:
                yield Exported(index + 2, getter=False)
            elif following[:2] == ["]", "="]:
                yield Exported(index + 3, getter=False)


def _is_argument_of_define(script: Script, brace: int) -> bool:
    tokens = script.tokens
    return tokens[brace - 1] == "," and tokens[script.around(brace)] == "("


def exported_whole(script: Script, body: int) -> Iterator[int]:
    """Yield what a module's function sets `module.exports` to."""
    tokens = script.tokens
    for index in occurrences(script, "exports", body, script.partner[body]):
        if tokens[index + 1 : index + 2] == ["="] and tokens[index - 1] == ".":
            yield index + 2
