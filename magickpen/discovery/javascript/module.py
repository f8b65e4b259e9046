"""A script of a site: what it declares, imports and exports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from magickpen.discovery.javascript.parsed_script import TOP, ParsedScript, names_of
from magickpen.discovery.javascript.parser import Parser
from magickpen.discovery.javascript.script import FUNCTION
from magickpen.discovery.javascript.syntax import Node
from magickpen.discovery.javascript.tokens import is_name, is_string, string_value

__all__ = ["TOP", "Declaration", "Export", "Module"]

_BEFORE_STATEMENT = frozenset([";", "{", "}", ")", "else", "export", "default"])
_WORDS = frozenset(["async", "function", "class", "*"])


class Declaration(NamedTuple):
    """Where a name is declared.

    Attributes:
        kind: "var", "function", "class", "import" or "parameter".
        place: the index of the first token, after its keyword; the number of a parameter.
        source: for an import, the module.
        imported: for an import, the name in that module; "*" for all of it.
    """

    kind: str
    place: int
    source: str = ""
    imported: str = ""


class Export(NamedTuple):
    """What a module exports: a variable, an expression, or what another module exports.

    Attributes:
        name: the name of the variable, or that in the other module.
        place: the index of the expression; -1 for a variable.
        source: the other module.
    """

    name: str
    place: int = -1
    source: str = ""


class Module(ParsedScript):
    """A script by its URL, and the names that it declares."""

    def declared(self, bracket: int, name: str) -> Declaration | None:
        """Return where a name is declared in a scope; None if it is not."""
        found = self._declarations.get(bracket, {}).get(name)
        if found is None and bracket != TOP and self.script.kind[bracket] == FUNCTION:
            parameters = self.function(self.parameters_of(bracket))[0]
            for number, node in enumerate(parameters):
                if name in names_of(node):
                    return Declaration("parameter", number)
        return found

    @cached_property
    def _declarations(self) -> dict[int, dict[str, Declaration]]:
        found: defaultdict[int, dict[str, Declaration]] = defaultdict(dict)
        tokens = self.script.tokens
        for keyword, scope_of in (
            ("var", self.function_around),
            ("let", self.scope_around),
            ("const", self.scope_around),
        ):
            for index in self.script.occurrences(keyword):
                if not index or tokens[index - 1] != ".":
                    declared = found[scope_of(index)]
                    for variable, place in self._variables(index + 1):
                        declared.setdefault(variable, Declaration("var", place))
        for name, declaration in self._functions_and_classes():
            found[self.scope_around(declaration.place)].setdefault(name, declaration)
        for index in self.script.occurrences("import"):
            found[TOP] |= self._imports(index + 1)
        return found

    def _functions_and_classes(self) -> Iterator[tuple[str, Declaration]]:
        tokens = self.script.tokens
        for keyword in ("function", "class"):
            for index in self.script.occurrences(keyword):
                start = index - (index > 0 and tokens[index - 1] == "async")
                if start == 0 or tokens[start - 1] in _BEFORE_STATEMENT:
                    name = index + 1 + self.script.matches(index + 1, "*")
                    for word in tokens[name : name + 1]:
                        yield word, Declaration(keyword, start)

    def _variables(self, index: int) -> Iterator[tuple[str, int]]:
        """Yield the names that a `var` declares, each with the place of its declaration."""
        script = self.script
        size = len(script.tokens)
        while index < size:
            token = script.tokens[index]
            if token in ("{", "["):
                target = self.parse("pattern", index, Parser.assignment, Node("unknown", index))
                yield from ((name, index) for name in names_of(target))
            elif is_name(token):
                yield token, index
            index = script.end_of_expression(index)
            if script.tokens[index : index + 1] != [","]:
                return
            index += 1

    def _imports(self, index: int) -> dict[str, Declaration]:
        """Read `import a, {b as c}, * as d from "..."`."""
        tokens = self.script.tokens
        names: list[tuple[str, str]] = []
        while index + 1 < len(tokens) and tokens[index] != "from":
            token = tokens[index]
            if token == "{":
                names += self._name_pairs(index)
                index = self.script.partner[index]
            elif token == "*" and tokens[index + 1] == "as":
                names += [(local, "*") for local in tokens[index + 2 : index + 3]]
                index += 2
            elif is_name(token):
                names.append((token, "default"))
            elif token != ",":
                return {}
            index += 1
        source = self._source(index)
        return {
            local: Declaration("import", index, source, name) for local, name in names if source
        }

    def _source(self, index: int) -> str:
        """Return the module that a `from` at an index names; "" if there is none."""
        words = self.script.tokens[index : index + 2]
        is_source = len(words) == 2 and words[0] == "from" and is_string(words[1])
        return string_value(words[1]) if is_source else ""

    def _name_pairs(self, opener: int) -> Iterator[tuple[str, str]]:
        """Yield the names in the braces of an import or export: `b as a` is ("a", "b")."""
        script = self.script
        index, end = opener + 1, min(script.partner[opener], len(script.tokens))
        while index < end:
            after = script.end_of_expression(index)
            words = [string_value(t) if is_string(t) else t for t in script.tokens[index:after][:3]]
            if words:
                yield words[-1], words[0]
            index = after + 1

    # Exports

    @cached_property
    def exports(self) -> dict[str, Export]:
        """What it exports by name; modules all of whose names it exports under "*" and a number."""
        found: dict[str, Export] = {}
        for index in self.script.occurrences("export"):
            is_name_of_property = index > 0 and self.script.tokens[index - 1] == "."
            if not is_name_of_property and index + 1 < len(self.script.tokens):
                found.update(self._exported(index + 1))
        return found

    def _exported(self, index: int) -> Iterator[tuple[str, Export]]:
        """Yield what an `export` exports, by the index after it."""
        script = self.script
        first, *rest = script.tokens[index : index + 4]
        if first == "{":
            source = self._source(script.partner[index] + 1)
            for outer, inner in self._name_pairs(index):
                yield outer, Export(inner, -1, source)
        elif first == "default":
            yield "default", Export("", index + 1)
        elif first == "*" and rest[:1] == ["as"]:
            yield rest[1], Export("*", -1, self._source(index + 3))
        elif first == "*":
            yield f"*{index}", Export("*", -1, self._source(index + 1))
        elif first in ("const", "let", "var"):
            for name, _ in self._variables(index + 1):
                yield name, Export(name)
        else:
            # function a() ..., async function* b() ..., class c ...
            names = [word for word in (first, *rest) if word not in _WORDS]
            for name in filter(is_name, names[:1]):
                yield name, Export(name)

    @cached_property
    def functions(self) -> dict[str, int]:
        """The braces of the functions that a bundler may have made of modules, by their keys."""
        script = self.script
        found: dict[str, int] = {}
        body = script.kind.find(FUNCTION)
        while body > 0:
            script.work.spend(1)
            start = self._start_of_function(body)
            key = start - 2 if script.tokens[start - 1] in (":", ",") else start - 1
            name = self._key_at(key)
            if name:
                found.setdefault(name, body)
            elif script.tokens[start - 1] == "[" and self._holds_modules(start - 1):
                for number, node in enumerate(self.arguments(start - 1)):
                    if node.kind in ("function", "arrow"):
                        found[str(number)] = self.body_of(node.place)
            body = script.kind.find(FUNCTION, body + 1)
        return found

    def _start_of_function(self, body: int) -> int:
        tokens, start = self.script.tokens, self.parameters_of(body)
        start -= start > 1 and tokens[start - 2] == "function"
        while start > 0 and tokens[start - 1] in ("function", "*", "async"):
            start -= 1
        return start

    def _key_at(self, index: int) -> str:
        """Return the key of a module that stands at an index; "" if none does."""
        tokens = self.script.tokens
        if index < 1 or tokens[index - 1] not in ("{", ",", "("):
            return ""
        token = tokens[index]
        return string_value(token) if is_string(token) else token * token[0].isdigit()

    def _holds_modules(self, opener: int) -> bool:
        """Whether a list stands where bundles have their modules."""
        before = self.script.tokens[max(opener - 2, 0) : opener]
        return before in (["]", ","], ["}", "("])
