"""The headers that a script sets, by their use: their names may stand anywhere, even in texts.

A value counts by the company it is in. What a form calls `secret` is not sent; what is set on an
object beside the other headers of a signed request is (docs/protocol.md, section 2).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from magickpen.core.javascript.evaluation import Evaluator
from magickpen.core.javascript.literals import (
    elements,
    end_of_expression,
    is_string,
    occurrences,
    string_value,
)
from magickpen.core.javascript.module import Module
from magickpen.core.javascript.script import OBJECT, Script, WorkLimitError, is_name

API_SECRET = "x-api-secret"
SECRET = "secret"
SIGNATURES = ("sign", "signature")
SIGNING = frozenset(["timestamp", "nonce", *SIGNATURES])
HEADERS = frozenset([API_SECRET, SECRET]) | SIGNING
STEPS_PER_SETTING = 100
_SETTERS = frozenset(["setRequestHeader", "setHeader", "set", "append", "header"])

Owner = tuple[object, ...]
"""The object that a header is set on: an object literal, or a variable of a function."""


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


@dataclass(slots=True)
class HeaderSet:
    """Headers that are set on the same object.

    Attributes:
        module: where they are set.
        owner: the object.
        values: where their values begin, each once, by their names in lower case.
    """

    module: Module
    owner: Owner
    values: dict[str, dict[int, None]] = field(default_factory=dict[str, dict[int, None]])

    def made(self, evaluator: Evaluator) -> set[str]:
        """Return the headers of a signature that are made for each request, and are no samples."""
        return {
            name
            for name in SIGNING & self.values.keys()
            if not all(evaluator.is_constant(self.module, index) for index in self.values[name])
        }

    def is_sample(self, evaluator: Evaluator) -> bool:
        """Whether it shows what headers look like: those of a signature are constant."""
        return not SIGNING.isdisjoint(self.values) and not self.made(evaluator)

    @property
    def is_headers(self) -> bool:
        """Whether it is called `headers`, or is made into `Headers`."""
        if self.owner[0] not in ("{", "["):
            return "headers" in self.owner
        before = self.module.script.tokens[max(self._opener - 2, 0) : self._opener]
        return before in (["headers", ":"], ['"headers"', ":"], ["Headers", "("])

    @property
    def spread(self) -> list[int]:
        """The indexes of what is spread into it, or was there first."""
        if self.owner[0] == "{":
            return self.module.properties(self._opener).spread
        return []

    @property
    def _opener(self) -> int:
        index = self.owner[1]
        assert isinstance(index, int)
        return index


class SentHeaders:
    """The headers that a module sets."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._sets: dict[Owner, HeaderSet] = {}
        for token, places in module.script.places.items():
            name = (string_value(token) if is_string(token) else token).lower()
            if name in HEADERS:
                for index in places:
                    setting = _setting_at(module, index, index + 1)
                    if setting is not None:
                        self._add(name, setting)

    @property
    def sets(self) -> list[HeaderSet]:
        """The headers by the objects that they are set on."""
        return list(self._sets.values())

    def name_computed(self, evaluator: Evaluator) -> None:
        """Find out the names of those headers of which the name is an expression."""
        with suppress(WorkLimitError):
            for setting in chain(
                _computed_settings(self._module), _computed_definitions(self._module)
            ):
                name = (evaluator.text(self._module, setting.name) or "").lower()
                if name in HEADERS:
                    self._add(name, setting)

    def _add(self, name: str, setting: Setting) -> None:
        self._module.script.work.spend(STEPS_PER_SETTING)
        headers = self._sets.setdefault(setting.owner, HeaderSet(self._module, setting.owner))
        headers.values.setdefault(name, {})[setting.value] = None


def _computed_settings(module: Module) -> Iterator[Setting]:
    """Yield the places where something is set by a name that is an expression."""
    script = module.script
    tokens, partner, size = script.tokens, script.partner, len(script.tokens)
    names = [
        index + 1
        for index in occurrences(script, "[")
        # x[name] = …, {[name]: …}, [[name, …]]
        if partner[index] + 1 < size
        and (tokens[partner[index] + 1] in ("=", ":") or tokens[index - 1] in ("[", ","))
    ]
    names += [
        index + 2
        for setter in _SETTERS
        for index in occurrences(script, setter)
        if tokens[index - 1 : index + 2] == [".", setter, "("]
    ]
    for name in names:
        token = tokens[name] if name < size else ""
        if token and is_name(token):
            setting = _setting_at(module, name, end_of_expression(script, name))
            if setting is not None and _may_be_constant(module, token, name):
                yield setting


def _may_be_constant(module: Module, name: str, index: int) -> bool:
    """Whether a name may stand for the name of a header: it is no number and no parameter."""
    if name == "this":
        return True
    binding = None if name[0].isdigit() else module.scopes.resolve(name, index)
    return binding is not None and binding.function < 0


def _setting_at(module: Module, name: int, after: int) -> Setting | None:
    """Return the setting of which the name begins at an index and ends before another."""
    script = module.script
    tokens = script.tokens
    if name == 0 or after + 1 >= len(tokens):
        return None
    before, following = tokens[name - 1], tokens[after]
    quoted = is_string(tokens[name])
    if following == ":" and before in ("{", ","):
        return _in_object(script, name, after + 1, name)
    if before == "." and following == "=":
        return Setting(name, after + 1, _owner(module, name - 1))
    if before == "[" and following == "]":
        if tokens[after + 1] == "=":
            return Setting(name, after + 2, _owner(module, name - 1))
        if tokens[after + 1] == ":":
            return _in_object(script, name, after + 2, name - 1)
    if before == "[" and following == ",":
        pairs = script.around(name - 1)
        if pairs >= 0 and tokens[pairs] == "[" and tokens[name - 2] in ("[", ","):
            return Setting(name, after + 1, ("[", _extended_list(module, pairs)))
    if before == "(" and following == "," and tokens[name - 2] in _SETTERS:
        return Setting(name, after + 1, _owner(module, name - 3))
    if before == "," and following == "," and quoted:
        return _defined(module, name, after + 1)
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
    binding = module.scopes.resolve(tokens[place], place)
    value = binding.value if binding is not None else -1
    return value if value >= 0 and tokens[value : value + 1] == ["["] else opener


def _in_object(script: Script, name: int, value: int, key: int) -> Setting | None:
    brace = script.around(key)
    if brace < 0 or script.kind[brace] != OBJECT:
        return None
    return Setting(name, value, ("{", brace))


def _defined(module: Module, name: int, value: int) -> Setting | None:
    """Return what `define(object, "name", value)` sets: how older syntax has a computed name."""
    script = module.script
    paren = script.around(name)
    if paren < 0 or script.tokens[paren] != "(" or elements(script, paren)[1:2] != [name]:
        return None
    return Setting(name, value, ("define", module.scopes.function_around(name)))


def _computed_definitions(module: Module) -> Iterator[Setting]:
    """Yield the calls `define(object, name, value)` of which the name is an expression."""
    script = module.script
    tokens = script.tokens
    for paren in occurrences(script, "(", 0, len(tokens) - 2):
        if tokens[paren + 1] not in ("{", "Object", "(") and tokens[paren + 2] != "(":
            continue
        name = end_of_expression(script, paren + 1) + 1
        following = tokens[name - 1 : name + 1]
        if following[:1] == [","] and is_name(following[-1]):
            value = end_of_expression(script, name) + 1
            if (
                tokens[value - 1 : value] == [","]
                and end_of_expression(script, value) == script.partner[paren]
                and _may_be_constant(module, following[-1], name)
            ):
                owner = ("define", module.scopes.function_around(paren))
                yield Setting(name, value, owner)


def _owner(module: Module, end: int) -> Owner:
    """Return the owner of which the tokens end before an index: `e.headers`, a call's result."""
    tokens, partner = module.script.tokens, module.script.partner
    words: list[str] = []
    index = end - 1
    while index >= 0:
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
            words.append(token)
            if tokens[index - 1] not in (".", "?."):
                break
        index -= 1
    return (*reversed(words), module.scopes.function_around(end))
