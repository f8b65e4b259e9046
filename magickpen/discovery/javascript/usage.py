"""Where else a script says something of a name: calls, assignments, fields."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping

from magickpen.discovery.javascript.literals import (
    between,
    elements,
    end_of_expression,
    end_of_function,
    function_at,
    is_declaration,
    occurrences,
    spellings,
    start_of_function,
    start_of_operand,
)
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.scopes import TOP, Binding
from magickpen.discovery.javascript.script import CLASS, FUNCTION, OBJECT, Script, is_name

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
        for place in occurrences(module.script, spelling, 3):
            following = tokens[place + 1 : place + 3]
            if tokens[place - 2 : place] == [owner, "["] and following == ["]", "="]:
                yield place + 3
            elif tokens[place - 3 : place] == ["(", owner, ","] and following[:1] == [","]:
                yield described(module, place + 2)


def defined_members(module: Module, owner: str, name: str) -> Iterator[int]:
    """Yield what `define(owner, {name: …})` sets: how bundlers export, and `Object.assign`."""
    for brace in between(module.script, module.script.defined.get(owner, []), 0, None):
        value = module.properties(brace).named.get(name)
        if value is not None:
            yield value


def described(module: Module, index: int) -> int:
    """Return the value in `define(object, "name", {value: …})`, or what stands in its place."""
    if module.script.tokens[index : index + 1] == ["{"]:
        return module.properties(index).named.get("value", index)
    return index


def class_around(script: Script, index: int) -> int:
    """Return the brace of the class around a token; -1 without one."""
    opener = script.around(index)
    while opener >= 0 and script.kind[opener] != CLASS:
        opener = script.parent[opener]
        script.work.spend(1)
    return opener


def assigned_to_global(module: Module, owners: tuple[str, ...], name: str) -> Iterator[int]:
    """Yield the expressions that a property of a global object is set to."""
    for owner in owners:
        yield from assigned_members(module, owner, name)


def pushed(module: Module, name: str, index: int) -> Iterator[int]:
    """Yield what is added to the list of a variable that is used at an index."""
    script = module.script
    binding = module.scopes.resolve(name, index)
    for method in ("push", "unshift"):
        for place in _in_scope(module, script.called, method, binding):
            owner = place - 2
            if (
                script.tokens[owner:place] == [name, "."]
                and script.tokens[owner - 1] != "."
                and module.scopes.resolve(name, owner) == binding
            ):
                yield from elements(script, place + 1)


def is_appended_to(module: Module, name: str, index: int) -> bool:
    """Whether something is added to a variable that is used at an index: `a += b`."""
    script = module.script
    binding = module.scopes.resolve(name, index)
    return any(
        script.tokens[place - 1] != "." and module.scopes.resolve(name, place) == binding
        for place in _in_scope(module, script.appended, name, binding)
    )


def fields(module: Module, this: int, name: str) -> Iterator[int]:
    """Yield what `this.name` may be, of a `this` at an index: a field, or what it is set to."""
    script = module.script
    opener = script.around(this)
    owners = ["this"]
    while opener >= 0:
        if script.kind[opener] == CLASS:
            owners += [owner for owner, _ in names_of_class(module, opener)]
        if script.kind[opener] in (CLASS, OBJECT):
            named = module.properties(opener).named
            # {key: "ask", value: function () {…}} describes a method and is no object of its own.
            if name in named and not {"key", "value"} <= named.keys():
                yield named[name]
        opener = script.parent[opener]
        script.work.spend(1)
    for owner in owners:
        yield from assigned_members(module, owner, name)


def private_values(module: Module, paren: int) -> Iterator[int]:
    """Yield what `set(this, name, value)` sets the private field to that `get(this, name)` reads.

    Args:
        module: where it is read.
        paren: the parenthesis of the call that reads it; its arguments may be the other way around.
    """
    tokens = module.script.tokens
    words = tokens[paren + 1 : paren + 5]
    if words[1::2] != [",", ")"] or "this" not in words:
        return
    name = words[2] if words[0] == "this" else words[0]
    for place in occurrences(module.script, name, 3):
        if tokens[place - 3 : place] == ["(", "this", ","] and tokens[place + 1 : place + 2] == [
            ","
        ]:
            yield place + 2


def calls_of(module: Module, parameters: int) -> Iterator[int]:
    """Yield the parentheses of the calls of a function, by where its parameters begin."""
    script = module.script
    tokens = script.tokens
    yield from _immediate_call(module, parameters)
    before = tokens[parameters - 1]
    if before == "function":
        yield from _calls_of_value(module, parameters - 1)
    elif before == "constructor":
        yield from _constructions(module, script.around(parameters))
    elif tokens[parameters - 2] == "function":
        yield from _calls_of_name(module, before, parameters)
        yield from _calls_of_value(module, parameters - 2)
    elif is_name(before) and before != "async":
        yield from _calls_of_method(module, before)
    else:
        yield from _calls_of_value(module, parameters)


def _constructions(module: Module, brace: int, depth: int = 0) -> Iterator[int]:
    """Yield the calls that construct the class of a brace, or one that extends it."""
    script = module.script
    if brace < 2 or script.kind[brace] != CLASS or depth > MAX_STEPS:
        return
    after = script.partner[brace] + 1
    if script.tokens[after : after + 1] == ["("]:
        # new class {…}(…)
        yield after
    for name, place in names_of_class(module, brace):
        yield from _calls_of_name(module, name, place, called_by="new")
        for index in occurrences(script, "extends"):
            if script.tokens[index + 1 : index + 3] == [name, "{"]:
                yield from _constructions_of_subclass(module, index + 2, depth)


def _constructions_of_subclass(module: Module, brace: int, depth: int) -> Iterator[int]:
    script = module.script
    if "constructor" not in module.properties(brace).named:
        yield from _constructions(module, brace, depth + 1)
    for index in occurrences(script, "super", brace, script.partner[brace]):
        if script.tokens[index + 1 : index + 2] == ["("]:
            yield index + 1


def names_of_class(module: Module, brace: int) -> Iterator[tuple[str, int]]:
    """Yield the names that the class of a brace is known by, and a place where each is."""
    script = module.script
    tokens = script.tokens
    keywords = script.places.get("class", [])
    place = bisect_left(keywords, brace)
    if not place:
        return
    start = keywords[place - 1]
    if is_name(tokens[start + 1]) and tokens[start + 1] != "extends":
        # Inside of its braces, since the name of an expression is known there alone.
        inside = tokens[start - 1] not in (";", "{", "}") and start > 0
        yield tokens[start + 1], brace + 1 if inside else start + 1
    if start > 1 and tokens[start - 1] == "=" and is_name(tokens[start - 2]):
        yield tokens[start - 2], start - 2


def _immediate_call(module: Module, parameters: int) -> Iterator[int]:
    """Yield the call of a function at its own place: `(a => b)(c)`, `!function (a) {…}(c)`."""
    script = module.script
    function = function_at(script, parameters)
    if function is None:
        return
    start = start_of_function(script, parameters)
    after = end_of_function(script, function)
    if script.tokens[after : after + 1] == [")"] and script.partner[after] == start - 1:
        after += 1
    elif is_declaration(script, start) or script.kind[function.body] != FUNCTION:
        return
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


def property_path(module: Module, index: int) -> tuple[str, ...]:
    """Return the properties that an expression, or its variable, ends with: the last two."""
    tokens, size = module.script.tokens, len(module.script.tokens)
    path: tuple[str, ...] = ()
    for _ in range(MAX_STEPS):
        end = min(end_of_expression(module.script, index), size)
        names: list[str] = []
        while (
            len(names) < 2
            and end - 2 > index
            and tokens[end - 2] in (".", "?.")
            and is_name(tokens[end - 1])
        ):
            names.insert(0, tokens[end - 1])
            end -= 2
        if names and start_of_operand(module.script, end) != index:
            # A part of it ends with the property.
            break
        path = (*names, *path)
        if len(path) > 1 or end != index + 1 or not is_name(tokens[index]):
            break
        binding = module.scopes.resolve(tokens[index], index)
        if binding is None or binding.imported_from:
            break
        path = (*binding.path, *path)
        set_later = () if binding.function >= 0 else assigned(module, tokens[index], index)
        index = binding.value if binding.value >= 0 else next(iter(set_later), size)
        if index >= size:
            break
    return path[-2:]


def handed_over(module: Module, owner: str, name: str) -> Iterator[int]:
    """Yield what a property of an object is set to that is itself a property of a name.

    A framework hands the objects of the page's configuration to the code that asks for them.
    """
    script = module.script
    for token in (owner.removeprefix("$"), *spellings(owner.removeprefix("$"))):
        for place in occurrences(script, token, 0, len(script.tokens) - 2):
            if script.tokens[place + 1] in (":", "=") and script.tokens[place + 2] == "{":
                value = module.properties(place + 2).named.get(name)
                if value is not None:
                    yield value


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
        script.work.spend(1)
    tokens = script.tokens
    found: list[int] = []
    for token in (name, *spellings(name)):
        for place in occurrences(script, token, start, min(end, len(tokens) - 2)):
            mark, value = tokens[place + 1], tokens[place + 2]
            if mark in ("=", ":") and (value[0] in "\"'`" or is_name(value)):
                kind = script.kind[script.around(place)]
                if kind == OBJECT if mark == ":" else kind == CLASS or tokens[place - 1] == ".":
                    found.append(place + 2)
    return found
