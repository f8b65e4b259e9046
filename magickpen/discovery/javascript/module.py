"""A script of a site: what it declares, imports and exports."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from magickpen.discovery.javascript.literals import (
    Properties,
    is_string,
    occurrences,
    properties,
    string_value,
)
from magickpen.discovery.javascript.scopes import Scopes, name_pairs
from magickpen.discovery.javascript.script import Script
from magickpen.discovery.javascript.systemjs import registered_exports
from magickpen.discovery.javascript.webpack import module_functions


class Export(NamedTuple):
    """What a module exports under a name.

    Attributes:
        value: the index of the expression.
        imported: its name in the module that it is handed on from.
        imported_from: that module; "" where it is the module's own.
    """

    value: int
    imported: str = ""
    imported_from: str = ""


class Module:
    """A script by its URL."""

    def __init__(self, url: str, source: str) -> None:
        self.url = url
        self.script: Script = Script(source)
        self._properties: dict[int, Properties] = {}

    @cached_property
    def scopes(self) -> Scopes:
        """The names that it declares."""
        return Scopes(self.script)

    def properties(self, opener: int) -> Properties:
        """Return the properties of an object literal or class, by the index of its brace."""
        if opener not in self._properties:
            self._properties[opener] = properties(self.script, opener)
        return self._properties[opener]

    @cached_property
    def functions(self) -> dict[str, int]:
        """The braces of the functions that may be modules of their own, by key or number."""
        return module_functions(self.script)

    @cached_property
    def exports(self) -> dict[str, Export]:
        """What it exports by name."""
        return self._exports[0]

    @cached_property
    def exports_all_of(self) -> list[str]:
        """The modules all of whose names it exports."""
        return self._exports[1]

    @cached_property
    def _exports(self) -> tuple[dict[str, Export], list[str]]:
        tokens, partner = self.script.tokens, self.script.partner
        named = {name: Export(value) for name, value in registered_exports(self.script).items()}
        everything: list[str] = []
        for index in occurrences(self.script, "export"):
            following = tokens[index + 1 : index + 4]
            if not following or (index and tokens[index - 1] == "."):
                continue
            if following[0] == "{":
                source = self._source(partner[index + 1] + 1)
                for pair in name_pairs(self.script, index + 1):
                    named[pair.outer] = Export(pair.place, pair.inner, source)
            elif following[0] == "default":
                named["default"] = Export(index + 2)
            elif following[:2] == ["*", "as"] and len(following) == 3:
                named[following[2]] = Export(index, "*", self._source(index + 4))
            elif following[0] == "*":
                everything.append(self._source(index + 2))
            elif following[0] in ("function", "class") and following[1:]:
                named[following[1]] = Export(index + 1)
            elif following[0] in ("var", "let", "const") and following[1:]:
                named[following[1]] = Export(index + 2)
        return named, everything

    def _source(self, index: int) -> str:
        """Return the module that a `from` at an index names; "" where there is none."""
        words = self.script.tokens[index : index + 2]
        if len(words) == 2 and words[0] == "from" and is_string(words[1]):
            return string_value(words[1])
        return ""
