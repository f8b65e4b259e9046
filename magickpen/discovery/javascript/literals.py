"""Strings, objects, arrays and the extent of expressions, by the tokens of a script."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from magickpen.discovery.javascript.script import (
    BEFORE_EXPRESSION,
    CLASS,
    FUNCTION,
    OBJECT,
    Script,
    is_name,
)

MAX_NESTING = 30
"""How many literals around another are looked at."""

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
_MODIFIERS = frozenset(["get", "set", "async", "static", "*"])
_DECLARING = frozenset(["var", "let", "const", "export"])


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


def spellings(text: str) -> tuple[str, ...]:
    """Return the tokens that a text without special characters may be written as."""
    return f'"{text}"', f"'{text}'", f"`{text}`"


def occurrences(script: Script, token: str, start: int = 0, end: int | None = None) -> list[int]:
    """Return where a token stands between two indexes, from left to right."""
    return between(script, script.places.get(token, []), start, end)


def between(script: Script, places: list[int], start: int, end: int | None = None) -> list[int]:
    """Return those of some places that lie between two indexes."""
    first = bisect_left(places, start)
    last = len(places) if end is None else bisect_left(places, end)
    script.work.spend(1 + last - first)
    return places[first:last]


def end_of_expression(script: Script, index: int) -> int:
    """Return the index after an expression: of its comma, semicolon or closing bracket."""
    tokens, partner = script.tokens, script.partner
    size, start = len(tokens), index
    while index < size:
        token = tokens[index]
        if partner[index] > index:
            index = partner[index]
        elif token[0] in ",;)]}" or (token in _DECLARING and tokens[index - 1] != "."):
            break
        index += 1
    script.work.spend((index - start) // 8)
    return min(index, size)


def elements(script: Script, opener: int) -> list[int]:
    """Return where the elements of an array, or the arguments of a call, begin; holes included."""
    found: list[int] = []
    index, end = opener + 1, script.partner[opener]
    while index < end:
        found.append(index)
        index = end_of_expression(script, index)
        if index >= end or script.tokens[index] != ",":
            break
        index += 1
    return found


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties of an object literal, each by the index of its value.

    Attributes:
        named: those with a name; for a method the index of its parameters.
        computed: those whose name is an expression: the index of that one, and of the value.
        spread: the objects that are spread into it.
    """

    named: dict[str, int] = field(default_factory=dict[str, int])
    computed: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    spread: list[int] = field(default_factory=list[int])


def properties(script: Script, opener: int) -> Properties:
    """Return the properties of an object literal, or the fields and methods of a class."""
    found = Properties()
    tokens, end = script.tokens, script.partner[opener]
    index = opener + 1
    while index < end:
        token = tokens[index]
        following = tokens[index + 1] if index + 1 < end else ""
        if token == "...":
            found.spread.append(index + 1)
            after = end_of_expression(script, index + 1)
        elif token == "[":
            closer = script.partner[index]
            following = tokens[closer + 1] if closer + 1 < end else ""
            value = closer + 1 + (following in (":", "="))
            found.computed.append((index + 1, value))
            after = _end_of_value(script, value)
        elif token in _MODIFIERS and following not in (":", ",", "(", "=", ""):
            after = index + 1
            if token == "set":
                after = _end_of_value(script, after + 1)
        elif is_name(token) or is_string(token):
            value = index + 2 if following in (":", "=") else index + (following == "(")
            name = string_value(token) if is_string(token) else token
            found.named[name] = value
            after = _end_of_value(script, value)
        else:
            after = max(index, script.partner[index]) + 1
        # What begins another declaration is no value: it may end where it begins.
        after = max(after, index + 1)
        index = after + (after < end and tokens[after] in (",", ";"))
    return found


def _end_of_value(script: Script, index: int) -> int:
    """Return the index after a property's value, or after the parameters and body of a method."""
    tokens, partner = script.tokens, script.partner
    if index < len(tokens) and tokens[index] == "(":
        body = partner[index] + 1
        if body < len(tokens) and tokens[body] == "{" and script.kind[body] == FUNCTION:
            return partner[body] + 1
    return end_of_expression(script, index)


def literals_around(script: Script, opener: int) -> Iterator[int]:
    """Yield the brackets of the literals that one is a part of, and of what is around them all.

    `f({headers: [{…}]})`: an object, its list, the outer object, and the parenthesis.
    """
    for _ in range(MAX_NESTING):
        yield opener
        if opener < 0 or (script.tokens[opener] != "[" and script.kind[opener] != OBJECT):
            return
        opener = script.parent[opener]


class Function(NamedTuple):
    """Where a function's parts stand.

    Attributes:
        parameters: the index of their parenthesis, or of the only one.
        body: the index of its brace, or of the expression that an arrow function returns.
    """

    parameters: int
    body: int


def function_at(script: Script, index: int) -> Function | None:
    """Return the function, arrow function or method that begins at an index."""
    tokens, size = script.tokens, len(script.tokens)
    if index >= size:
        return None
    if tokens[index] == "async" and index + 1 < size:
        index += 1
    if tokens[index] == "function":
        # A star and a name may stand before the parameters.
        index = next((i for i in range(index + 1, min(index + 4, size)) if tokens[i] == "("), size)
    if index >= size:
        return None
    after = max(script.partner[index], index) + 1
    if after + 1 < size and tokens[after] == "=>":
        return Function(index, after + 1)
    if after < size and tokens[index] == "(" and script.kind[after] == FUNCTION:
        return Function(index, after)
    return None


def start_of_function(script: Script, parameters: int) -> int:
    """Return where a function begins, by where its parameters begin."""
    tokens = script.tokens
    start = parameters
    if "function" in tokens[max(start - 3, 0) : start]:
        while tokens[start] != "function":
            start -= 1
    return start - 1 if start and tokens[start - 1] == "async" else start


def end_of_function(script: Script, function: Function) -> int:
    """Return the index after a function's body."""
    if script.kind[function.body] == FUNCTION:
        return min(script.partner[function.body] + 1, len(script.tokens))
    return end_of_expression(script, function.body)


def is_declaration(script: Script, index: int) -> bool:
    """Whether a function or class that begins at an index is a statement of its own."""
    declares = script.tokens[index] in ("function", "class", "async")
    return declares and (index == 0 or script.tokens[index - 1] in (";", "{", "}"))


def brace_of_class(script: Script, index: int) -> int:
    """Return the index of the brace of a class, by that of its keyword."""
    brace = script.kind.find(CLASS, index)
    script.work.spend((len(script.tokens) if brace < 0 else brace) - index)
    return max(brace, index)


def returned(script: Script, function: Function) -> int:
    """Return the index of the expression that a function returns; -1 where it has no `return`."""
    if script.kind[function.body] != FUNCTION:
        return function.body
    tokens, partner = script.tokens, script.partner
    index, end = function.body + 1, partner[function.body]
    while index < end:
        if tokens[index] == "return" and index + 1 < end:
            return last_of_sequence(script, index + 1)
        script.work.spend(1)
        index = max(partner[index], index) + 1
    return -1


def start_of_operand(script: Script, end: int) -> int:
    """Return where the operand begins that ends before an index: `a.b(c)[d]`."""
    tokens, partner = script.tokens, script.partner
    index = end - 1
    while index > 0:
        script.work.spend(1)
        if 0 <= partner[index] < index:
            index = partner[index]
            before = tokens[index - 1]
            is_keyword = before in BEFORE_EXPRESSION and tokens[index - 2] != "."
            belongs = is_name(before) and not is_keyword
            if tokens[index] in ("[", "(") and (belongs or before in (")", "]", "}")):
                index -= 1
                continue
        if tokens[index - 1] not in (".", "?."):
            break
        index -= 2
    return max(index, 0)


def last_of_sequence(script: Script, index: int) -> int:
    """Return the index of the last of the expressions that commas join."""
    while True:
        end = end_of_expression(script, index)
        if end >= len(script.tokens) or script.tokens[end] != ",":
            return index
        index = end + 1
