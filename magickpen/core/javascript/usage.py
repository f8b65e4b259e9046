"""Where else a script says something of a name: calls, assignments, fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from magickpen.core.javascript.literals import (
    between,
    elements,
    function_at,
    occurrences,
    spellings,
)
from magickpen.core.javascript.module import Module
from magickpen.core.javascript.scopes import TOP, Binding
from magickpen.core.javascript.script import CLASS, FUNCTION, OBJECT, is_name

MAX_STEPS = 5
"""How many variables are followed, each set to the next."""


def assigned(module: Module, name: str, index: int) -> Iterator[int]:
    """Yield the expressions that a variable, which is used at an index, is set to."""
    script = module.script
    binding = module.scopes.resolve(name, index)
    for place in _in_scope(module, script.assigned, name, binding):
        if script.tokens[place - 1] != "." and module.scopes.resolve(name, place) == binding:
            yield place + 2


def assigned_members(module: Module, owner: str, name: str) -> Iterator[int]:
    """Yield the expressions that `owner.name` is set to."""
    tokens = module.script.tokens
    for place in between(module.script, module.script.assigned.get(name, []), 2):
        if tokens[place - 1] == "." and tokens[place - 2] == owner:
            yield place + 2
    for spelling in spellings(name):
        for place in occurrences(module.script, spelling):
            if tokens[place + 1 : place + 3] == ["]", "="] and tokens[place - 2 : place] == [
                owner,
                "[",
            ]:
                yield place + 3


def fields(module: Module, this: int, name: str) -> Iterator[int]:
    """Yield what `this.name` may be, of a `this` at an index: a field, or what it is set to."""
    script = module.script
    opener = script.around(this)
    while opener >= 0:
        if script.kind[opener] in (CLASS, OBJECT):
            named = module.properties(opener).named
            # {key: "ask", value: function () {…}} describes a method and is no object of its own.
            if name in named and not {"key", "value"} <= named.keys():
                yield named[name]
        opener = script.parent[opener]
    yield from assigned_members(module, "this", name)


def arguments(module: Module, parameters: int, position: int) -> Iterator[int]:
    """Yield what calls of a function pass for a parameter.

    Args:
        module: where it is written.
        parameters: the index where its parameters begin.
        position: which parameter it is.
    """
    for call in _calls(module, parameters):
        places = elements(module.script, call)
        if position < len(places):
            yield places[position]


def _calls(module: Module, parameters: int) -> Iterator[int]:
    """Yield the indexes of the parentheses of a function's calls."""
    script = module.script
    tokens = script.tokens
    yield from _immediate_call(module, parameters)
    before = tokens[parameters - 1]
    if before == "function":
        yield from _calls_of_value(module, parameters - 1)
    elif before == "constructor":
        owner = script.around(parameters)
        if owner > 1 and script.kind[owner] == CLASS:
            name = (
                tokens.index("class", max(owner - 6, 0), owner) + 1
                if "class" in tokens[max(owner - 6, 0) : owner]
                else owner
            )
            yield from _calls_of_name(module, tokens[name], name, called_by="new")
            if name > 2 and tokens[name - 2] == "=":
                yield from _calls_of_name(module, tokens[name - 3], name - 3, called_by="new")
    elif tokens[parameters - 2] == "function":
        yield from _calls_of_name(module, before, parameters)
        yield from _calls_of_value(module, parameters - 2)
    elif is_name(before) and before != "async":
        yield from _calls_of_method(module, before)
    else:
        yield from _calls_of_value(module, parameters)


def _immediate_call(module: Module, parameters: int) -> Iterator[int]:
    script = module.script
    function = function_at(script, parameters)
    if function is None or script.kind[function.body] != FUNCTION:
        return
    after = script.partner[function.body] + 1
    if script.tokens[after : after + 1] == [")"]:
        after += 1
    if script.tokens[after : after + 1] == ["("]:
        yield after


def _calls_of_value(module: Module, start: int) -> Iterator[int]:
    """Yield the calls of a function that a name or a property is set to."""
    tokens = module.script.tokens
    if tokens[start - 1] == "async":
        start -= 1
    if tokens[start - 1] == "=" and is_name(tokens[start - 2]):
        if tokens[start - 3] == ".":
            yield from _calls_of_method(module, tokens[start - 2])
        else:
            yield from _calls_of_name(module, tokens[start - 2], start - 2)
    elif tokens[start - 1] == ":" and is_name(tokens[start - 2]):
        yield from _calls_of_method(module, tokens[start - 2])


def _calls_of_name(module: Module, name: str, index: int, called_by: str = "") -> Iterator[int]:
    script = module.script
    binding = module.scopes.resolve(name, index)
    for place in _in_scope(module, script.called, name, binding):
        before = script.tokens[place - 1] if place else ""
        if (
            before not in (".", "function")
            and (not called_by or before == called_by)
            and module.scopes.resolve(name, place) == binding
        ):
            yield place + 1


def _in_scope(
    module: Module, places: Mapping[str, list[int]], name: str, binding: Binding | None
) -> list[int]:
    """Return those places of a name at which it can mean what it is bound to."""
    scope = binding.scope if binding is not None else TOP
    end = module.script.partner[scope] if scope >= 0 else None
    return between(module.script, places.get(name, []), max(scope, 0), end)


def _calls_of_method(module: Module, name: str) -> Iterator[int]:
    for place in between(module.script, module.script.called.get(name, []), 1):
        if module.script.tokens[place - 1] == ".":
            yield place + 1


def constructed_with(module: Module, parameters: int, position: int) -> Iterator[int]:
    """Yield what any `new` in a script passes, for a parameter of a function that uses `this`.

    Classes that were made functions have lost their names at the place of their `new`.
    """
    script = module.script
    function = function_at(script, parameters)
    if function is None or script.kind[function.body] != FUNCTION:
        return
    if not occurrences(script, "this", function.body, script.partner[function.body]):
        return
    for index in occurrences(script, "new"):
        # new X(…), new x.Y(…)
        words = script.tokens[index + 1 : index + 5]
        paren = index + 1 + words.index("(") if "(" in words else index
        places = elements(script, paren) if paren in (index + 2, index + 4) else []
        if position < len(places):
            yield places[position]


def last_property(module: Module, index: int) -> str:
    """Return the property that an expression ends with, or its variable is set to; else ""."""
    tokens, size = module.script.tokens, len(module.script.tokens)
    for _ in range(MAX_STEPS):
        if index >= size or not is_name(tokens[index]):
            return ""
        end = index + 1
        while tokens[end : end + 1] == ["."] and end + 1 < size and is_name(tokens[end + 1]):
            end += 2
        if tokens[end : end + 1] in (["("], ["["]):
            return ""
        if end > index + 1:
            return tokens[end - 1]
        binding = module.scopes.resolve(tokens[index], index)
        if binding is None or binding.imported_from:
            return ""
        if binding.path:
            return binding.path[-1]
        set_later = () if binding.function >= 0 else assigned(module, tokens[index], index)
        index = binding.value if binding.value >= 0 else next(iter(set_later), size)
    return ""


def namesakes(module: Module, name: str, index: int) -> list[int]:
    """Return the strings that properties of a name are set to in the same module as a place.

    A bundle holds many modules; those of webpack are the functions that have a number.
    """
    script = module.script
    bodies = {body for key, body in module.functions.items() if key.isdigit()}
    start, end = 0, len(script.tokens)
    opener = script.around(index)
    while opener >= 0:
        if opener in bodies:
            start, end = opener, script.partner[opener]
            break
        opener = script.parent[opener]
    tokens = script.tokens
    found: list[int] = []
    for token in (name, *spellings(name)):
        for place in occurrences(script, token, start, min(end, len(tokens) - 2)):
            mark, value = tokens[place + 1], tokens[place + 2]
            if mark in ("=", ":") and value[0] in "\"'`":
                kind = script.kind[script.around(place)]
                if kind == OBJECT if mark == ":" else kind == CLASS or tokens[place - 1] == ".":
                    found.append(place + 2)
    return found
