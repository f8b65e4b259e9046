"""Where a script sets something by a name, and on which object."""

from __future__ import annotations

from typing import NamedTuple

from magickpen.discovery.javascript.code import values_of_variable
from magickpen.discovery.javascript.literals import elements, end_of_expression, is_string
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import OBJECT, Script, is_name
from magickpen.discovery.javascript.usage import described

MAX_CONDITION = 30
"""How many tokens long the condition is, at the most, under which an object is spread."""

MAX_CHAIN = 100
"""How many names, points and brackets before a setting are looked at for its object."""

SETTERS = frozenset(["setRequestHeader", "setHeader", "set", "append", "header"])
"""The methods that set a header."""

Owner = tuple[object, ...]
"""The object that a header is set on: an object literal, or a variable of a function."""

_MODULE = ("import", "export")


class Setting(NamedTuple):
    """A place where something is set on an object by its name.

    Attributes:
        name: the index of the name.
        value: the index of the expression that it is set to.
        owner: the object.
    """

    name: int
    value: int
    owner: Owner


def setting_at(module: Module, name: int, after: int) -> Setting | None:
    """Return the setting of which the name begins at an index and ends before another."""
    tokens = module.script.tokens
    if name == 0 or after + 1 >= len(tokens):
        return None
    quoted = is_string(tokens[name])
    setting: Setting | None = None
    match tokens[name - 1], tokens[after]:
        case "{" | ",", ":":
            setting = _in_object(module, name, after + 1, name)
        case "{" | ",", "," | "}" if not quoted and after == name + 1:
            # {nonce, …}
            setting = _in_object(module, name, name, name)
        case ",", "," if quoted:
            setting = _defined(module, name, after + 1)
        case ".", "=":
            setting = Setting(name, after + 1, _owner(module, name - 1))
        case "[", "]":
            setting = _by_index(module, name, after)
        case "[", ",":
            setting = _in_pair(module, name, after + 1)
        case "(", ",":
            setting = _by_method(module, name, after + 1)
        case _:
            pass
    return setting


def _by_index(module: Module, name: int, after: int) -> Setting | None:
    """Return what `x[name] = …` or `{[name]: …}` sets."""
    following = module.script.tokens[after + 1]
    if following == "=":
        return Setting(name, after + 2, _owner(module, name - 1))
    return _in_object(module, name, after + 2, name - 1) if following == ":" else None


def _by_method(module: Module, name: int, value: int) -> Setting | None:
    """Return what `x.set(name, …)` sets; of other methods, one of a text and a value."""
    tokens = module.script.tokens
    if tokens[max(name - 3, 0) : name - 2] != ["."]:
        return None
    if tokens[name - 2] not in SETTERS:
        # The method of a builder may have any name.
        sets = is_string(tokens[name]) and tokens[name - 2] != "get"
        if not sets or len(elements(module.script, name - 1)) != 2:
            return None
    return Setting(name, value, _owner(module, name - 3))


def _in_pair(module: Module, name: int, value: int) -> Setting | None:
    """Return what `[[name, …], …]` or `pairs.push([name, …])` sets."""
    script = module.script
    pairs = script.around(name - 1)
    if pairs >= 0 and script.tokens[pairs] == "[" and script.tokens[name - 2] in ("[", ","):
        return Setting(name, value, ("[", _extended_list(module, pairs)))
    if script.tokens[max(pairs - 2, 0) : pairs + 1] == [".", "push", "("]:
        return Setting(name, value, ("[", _list_of(module, pairs - 3, pairs)))
    return None


def _extended_list(module: Module, opener: int) -> int:
    """Return the list that a list of pairs is added to, or else the list itself.

    `pairs.concat([["nonce", n]])`, `[...pairs, ["nonce", n]]`
    """
    tokens = module.script.tokens
    place = -1
    if opener > 3 and tokens[opener - 3 : opener] == [".", "concat", "("]:
        place = opener - 4
    elif tokens[opener + 1 : opener + 2] == ["..."]:
        place = opener + 2
    if place < 0 or place >= len(tokens):
        return opener
    if tokens[place] == "]":
        return max(module.script.partner[place], 0)
    return _list_of(module, place, opener)


def _list_of(module: Module, place: int, otherwise: int) -> int:
    """Return the list that the variable at a place is declared with, or else another index."""
    tokens = module.script.tokens
    binding = module.scopes.resolve(tokens[place], place) if place >= 0 else None
    value = binding.value if binding is not None else -1
    return value if value >= 0 and tokens[value : value + 1] == ["["] else otherwise


def _in_object(module: Module, name: int, value: int, key: int) -> Setting | None:
    script = module.script
    brace = script.around(key)
    if brace < 0 or script.kind[brace] != OBJECT or script.tokens[brace - 1] in _MODULE:
        return None
    if script.tokens[script.partner[brace] + 1 : script.partner[brace] + 2] == ["="]:
        # A pattern takes values out of an object.
        return None
    if script.tokens[brace - 1] == "(":
        after = script.partner[brace - 1] + 1
        following = script.tokens[after : after + 2]
        if following[:1] == ["."] and not SETTERS.isdisjoint(following):
            # new Headers({…}).set(…)
            return Setting(name, value, _owner(module, after))
    return Setting(name, value, ("{", _whole_object(script, brace)))


def _whole_object(script: Script, brace: int) -> int:
    """Return the brace of the object that an object is spread into, or else its own.

    `{...{a}, ...(c && {b}), ...c ? {d} : {}}`
    """
    tokens = script.tokens
    whole = script.around(brace)
    start = brace
    if whole >= 0 and tokens[whole] == "(":
        start, whole = whole, script.around(whole)
    if whole < 0 or script.kind[whole] != OBJECT:
        return brace
    for index in range(start - 1, max(whole, start - MAX_CONDITION), -1):
        if tokens[index] == "...":
            return whole
        if tokens[index] == "," and script.around(index) == whole:
            break
    return brace


def _defined(module: Module, name: int, value: int) -> Setting | None:
    """Return what `define(object, "name", value)` sets: how older syntax has a computed name."""
    script = module.script
    paren = script.around(name)
    if paren < 0 or script.tokens[paren] != "(":
        return None
    if end_of_expression(script, paren + 1) != name - 1:
        return None
    owner = ("define", module.scopes.function_around(name))
    return Setting(name, described(module, value), owner)


def _owner(module: Module, end: int) -> Owner:
    """Return the owner of which the tokens end before an index: `e.headers`, a call's result."""
    tokens, partner = module.script.tokens, module.script.partner
    words: list[str] = []
    index = end - 1
    for _ in range(MAX_CHAIN):
        if index < 0:
            break
        token = tokens[index]
        if token in (")", "]") and partner[index] >= 0:
            index = partner[index]
            if tokens[index + 2 : index + 3] == ["="] and is_name(tokens[index + 1]):
                # (o = {…})["X-API-Secret"] = …
                words.append(tokens[index + 1])
                break
        elif not is_name(token) and token not in (".", "?."):
            break
        elif is_name(token):
            is_first = tokens[index - 1] not in (".", "?.")
            if is_first or tokens[index + 1] != "(":
                # What a chain of calls is called does not tell one object from another.
                words.append(token)
            if is_first:
                break
        index -= 1
    literal = _literal_of(module, words[0], index) if len(words) == 1 and index >= 0 else -1
    if literal >= 0:
        return ("{", literal)
    return (*reversed(words), module.scopes.function_around(end))


def _literal_of(module: Module, name: str, index: int) -> int:
    """Return the brace of the object literal that a variable at an index holds; -1 without one."""
    tokens = module.script.tokens
    for value in values_of_variable(module, name, index):
        if tokens[value : value + 1] == ["{"]:
            return value
        if tokens[value : value + 1] + tokens[value + 2 : value + 4] == ["new", "(", "{"]:
            # new Headers({…})
            return value + 3
    return -1
