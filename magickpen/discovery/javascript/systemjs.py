"""Modules that are registered: `System.register(["./a.js"], function (e) {…})`.

What such a module imports is handed to its setters, in the order of its dependencies, and what it
exports to the first parameter of its function.
"""

from __future__ import annotations

from magickpen.discovery.javascript.literals import (
    Function,
    elements,
    function_at,
    is_string,
    occurrences,
    properties,
    start_of_function,
    string_value,
)
from magickpen.discovery.javascript.script import OBJECT, Script


def _arguments_of_register(script: Script) -> list[int]:
    for index in occurrences(script, "register", 2):
        if script.tokens[index - 2 : index + 2] == ["System", ".", "register", "("]:
            return elements(script, index + 1)
    return []


def dependencies(script: Script) -> list[str]:
    """Return the strings that name what a registered module imports."""
    return [
        script.tokens[index]
        for opener in _arguments_of_register(script)[:-1]
        if script.tokens[opener] == "["
        for index in elements(script, opener)
        if is_string(script.tokens[index])
    ]


def dependency_of_setter(script: Script, parameters: int) -> str:
    """Return what is imported that a setter is handed, by where its parameters begin; else ""."""
    start = start_of_function(script, parameters)
    opener = script.around(start)
    if opener < 2 or script.tokens[opener - 2 : opener + 1] != ["setters", ":", "["]:
        return ""
    pairs = zip(elements(script, opener), dependencies(script), strict=False)
    return next((string_value(name) for setter, name in pairs if setter == start), "")


def registered_exports(script: Script) -> dict[str, int]:
    """Return the expressions that a registered module exports, by name."""
    found: dict[str, int] = {}
    for index in _arguments_of_register(script)[-1:]:
        function = _function_in_parentheses(script, index)
        if function is None:
            continue
        names = elements(script, function.parameters) or [function.parameters]
        export = script.tokens[names[0]]
        for place in script.called.get(export, []):
            found |= _exported(script, elements(script, place + 1))
    return found


def _function_in_parentheses(script: Script, index: int) -> Function | None:
    """Return the function that begins at an index, or behind parentheses there."""
    function = function_at(script, index)
    while function is None and script.tokens[index : index + 1] == ["("]:
        script.work.spend(1)
        index += 1
        function = function_at(script, index)
    return function


def _exported(script: Script, arguments: list[int]) -> dict[str, int]:
    """Return what `e("name", value)` or `e({name: value})` exports."""
    match arguments:
        case [name, value] if is_string(script.tokens[name]):
            return {string_value(script.tokens[name]): value}
        case [brace] if script.kind[brace] == OBJECT:
            return properties(script, brace).named
        case _:
            return {}
