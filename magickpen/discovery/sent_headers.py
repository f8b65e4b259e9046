"""The headers that a script sets, by their use: their names may stand anywhere, even in texts.

A value counts by the company it is in. What a form calls `secret` is not sent; what is set on an
object beside the other headers of a signed request is (docs/protocol.md, section 2).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from magickpen.discovery.header_settings import SETTERS, Owner, Setting, setting_at
from magickpen.discovery.javascript.evaluation import Evaluator
from magickpen.discovery.javascript.literals import (
    end_of_expression,
    is_string,
    literals_around,
    occurrences,
    string_value,
)
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.printing import is_printed
from magickpen.discovery.javascript.script import WorkLimitError, is_name

API_SECRET = "x-api-secret"
SECRET = "secret"
SIGNATURES = ("sign", "signature")
SIGNING = frozenset(["timestamp", "nonce", *SIGNATURES])
HEADERS = frozenset([API_SECRET, SECRET]) | SIGNING
STEPS_PER_SETTING = 100
_OF_HEADERS = frozenset(["headers", "common"])
_SENDING = frozenset(["fetch", "$fetch", "get", "post", "put", "request", "ajax", "send"])


@dataclass
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
        """Whether it shows what headers look like: constant ones, or an object that is printed."""
        if not SIGNING.isdisjoint(self.values) and not self.made(evaluator):
            return True
        return self.owner[0] == "{" and is_printed(self.module, self._opener)

    @property
    def is_headers(self) -> bool:
        """Whether it is called `headers`, or is made into `Headers`."""
        if self.owner[0] not in ("{", "["):
            return "headers" in self.owner
        before = self.module.script.tokens[max(self._opener - 2, 0) : self._opener]
        return before in (["headers", ":"], ['"headers"', ":"], ["Headers", "("])

    @property
    def is_data(self) -> bool:
        """Whether it is a part of a larger object that is no configuration of requests."""
        if self.owner[0] == "[":
            return not self.is_headers
        keys = self._context[0]
        return bool(keys) and _OF_HEADERS.isdisjoint(keys)

    @property
    def is_request(self) -> bool:
        """Whether it is passed to a function that sends a request of its own."""
        return self._context[1] in _SENDING

    @cached_property
    def _context(self) -> tuple[set[str], str]:
        """The keys that it stands under in objects around it, and the function it is passed to."""
        if self.owner[0] not in ("{", "["):
            return set(), ""
        script = self.module.script
        tokens = script.tokens
        brackets = list(literals_around(script, self._opener))
        keys = {tokens[inner - 2] for inner in brackets[:-1] if tokens[inner - 1] == ":"}
        keys = {string_value(key) if is_string(key) else key for key in keys}
        outer = brackets[-1]
        called = outer > 0 and tokens[outer] == "(" and is_name(tokens[outer - 1])
        return {key.lower() for key in keys}, tokens[outer - 1] if called else ""

    @property
    def spread(self) -> list[int]:
        """The indexes of what is spread into it, or was there first."""
        if self.owner[0] == "{":
            with suppress(WorkLimitError):
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
                    setting = setting_at(module, index, index + 1)
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
        for setter in SETTERS
        for index in occurrences(script, setter)
        if tokens[index - 1 : index + 2] == [".", setter, "("]
    ]
    for name in names:
        token = tokens[name] if name < size else ""
        if token and (is_name(token) or token[0] in "\"'`"):
            setting = setting_at(module, name, end_of_expression(script, name))
            if setting is not None and (
                not is_name(token) or _may_be_constant(module, token, name)
            ):
                yield setting


def _may_be_constant(module: Module, name: str, index: int) -> bool:
    """Whether a name may stand for the name of a header: it is no number and no parameter."""
    if name == "this":
        return True
    binding = None if name[0].isdigit() else module.scopes.resolve(name, index)
    return binding is not None and binding.function < 0


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
