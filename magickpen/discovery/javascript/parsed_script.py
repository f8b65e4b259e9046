"""A script of a site, which is parsed where and when that is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar, cast

from magickpen.discovery.javascript.parser import Parser
from magickpen.discovery.javascript.script import BLOCK, FUNCTION, Script
from magickpen.discovery.javascript.syntax import Node, SyntaxLimitError

TOP = -1
"""Stands for the bracket around a whole script."""

_NO_NODES: tuple[tuple[Node, ...], Node] = ((), Node("unknown", 0))

T = TypeVar("T")


class ParsedScript:
    """A script by its URL, parsed where it is asked for.

    Args:
        url: where it comes from.
        source: its text.
        expired: tells whether no more time may be spent.
    """

    def __init__(self, url: str, source: str, expired: Callable[[], bool] = lambda: False) -> None:
        self.url = url
        self.script: Script = Script(source, expired)
        self._parsed: dict[tuple[str, int], object] = {}
        self._functions: dict[int, int] = {TOP: TOP}

    # Syntax, parsed once where it is asked for

    def expression(self, index: int) -> Node:
        """Return the expression at an index, as far as the next comma."""
        return self.parse("assignment", index, Parser.assignment, Node("unknown", index))

    def object(self, brace: int) -> Node:
        """Return the object literal of a brace."""
        return self.parse("object", brace, Parser.object, Node("unknown", brace))

    def named(self, brace: int) -> dict[str, int]:
        """Return where the values of an object literal begin, by their names."""
        return self._once("named", brace, lambda: _named(self.object(brace)))

    def registered_imports(self) -> list[str]:
        """Return what a module imports that is registered: `System.register(["./a.js"], ...)`."""
        for index in self.script.occurrences("register", 2)[:1]:
            if self.script.matches(index - 2, "System", ".", "register", "("):
                arguments = self.arguments(index + 1)[-2:-1]
                return [
                    node.text for array in arguments for node in array.nodes if node.kind == "text"
                ]
        return []

    def statement(self, index: int) -> Node:
        """Return the statement at an index."""
        return self.parse("statement", index, Parser.statement, Node("unknown", index))

    def statements(self) -> Iterator[Node]:
        """Yield the statements of the script, as far as they can be parsed."""
        parser = Parser(self.script, 0)
        with suppress(SyntaxLimitError, RecursionError):
            while parser.index < len(self.script.tokens):
                yield parser.declaration()

    def function(self, index: int) -> tuple[tuple[Node, ...], Node]:
        """Return the parameters of a function, which begin at an index, and its body."""
        return self.parse("function", index, lambda parser: parser.function(index), _NO_NODES)

    def variables(self, index: int) -> list[str]:
        """Return the variables that a function declares by `var`."""
        return self._once("variables", index, lambda: list(_variables_in(self.function(index)[1])))

    def arguments(self, paren: int) -> tuple[Node, ...]:
        """Return the arguments of a call, by its parenthesis."""
        return self.parse("arguments", paren, Parser.elements, ())

    def members(self, brace: int) -> list[Node]:
        """Return what the class of a brace has."""
        return self.parse("members", brace, lambda parser: parser.members(brace), [])

    def parse(self, what: str, index: int, parse: Callable[[Parser], T], failed: T) -> T:
        """Return what the parser makes of what begins at an index, or what stands for a failure."""

        def parsed() -> T:
            try:
                return parse(Parser(self.script, index))
            except (SyntaxLimitError, RecursionError):
                return failed

        return self._once(what, index, parsed)

    def _once(self, what: str, index: int, make: Callable[[], T]) -> T:
        key = (what, index)
        if key not in self._parsed:
            self._parsed[key] = make()
        return cast(T, self._parsed[key])

    # Scopes

    def brackets_around(self, index: int) -> Iterator[int]:
        """Yield the brackets around a token, the innermost first, without `TOP`."""
        bracket = self.script.around(index)
        while bracket >= 0:
            self.script.work.spend(1)
            yield bracket
            bracket = self.script.parent[bracket]

    def scope_around(self, index: int, kinds: tuple[int, ...] = (FUNCTION, BLOCK)) -> int:
        """Return the bracket of the function or block around a token."""
        kind = self.script.kind
        return next((b for b in self.brackets_around(index) if kind[b] in kinds), TOP)

    def function_around(self, index: int) -> int:
        """Return the bracket of the function around a token."""
        passed: list[int] = []
        function = TOP
        for bracket in self.brackets_around(index):
            if bracket in self._functions or self.script.kind[bracket] == FUNCTION:
                function = self._functions.get(bracket, bracket)
                break
            passed.append(bracket)
        for bracket in passed:
            self._functions[bracket] = function
        return function

    def end_of(self, bracket: int) -> int:
        """Return the index of the closing bracket of a scope."""
        size = len(self.script.tokens)
        return size if bracket == TOP else min(self.script.partner[bracket], size)

    def parameters_of(self, body: int) -> int:
        """Return where the parameters of a function begin, by the brace of its body."""
        tokens = self.script.tokens
        last = body - 2 if tokens[body - 1] == "=>" else body - 1
        return self.script.partner[last] if tokens[last] == ")" else last

    def body_of(self, parameters: int) -> int:
        """Return where the body of a function begins, by where its parameters begin."""
        after = max(self.script.partner[parameters], parameters) + 1
        return after + (self.script.tokens[after : after + 1] == ["=>"])

    def functions_around(self, index: int, base: int) -> list[tuple[int, int]]:
        """Return the functions around a token inside a scope, the outermost first.

        Each is told by where its parameters begin and where its body ends.
        """
        script = self.script
        found: list[tuple[int, int]] = []
        place = index
        for bracket in [*self.brackets_around(index), TOP]:
            found += ((p, script.end_of_expression(place)) for p in self._arrows(place, bracket))
            if bracket == base:
                break
            if script.kind[bracket] == FUNCTION:
                found.append((self.parameters_of(bracket), self.end_of(bracket)))
            place = bracket
        return found[::-1]

    def _arrows(self, place: int, bracket: int) -> Iterator[int]:
        """Yield where the parameters begin of the arrow functions without braces around a token.

        They are in a bracket, the innermost first.
        """
        tokens, partner = self.script.tokens, self.script.partner
        index = place - 1
        while index > bracket and tokens[index] not in (",", ";"):
            self.script.work.spend(1)
            index = partner[index] if 0 <= partner[index] < index else index
            if tokens[index : index + 1] == ["=>"] and index > 0:
                last = index - 1
                index = partner[last] if tokens[last] == ")" else last
                yield index
            index -= 1

    def arrow_parameters(self, place: int, bracket: int) -> Iterator[str]:
        """Yield the parameters of the arrow functions without braces around a token in a scope."""
        for inner in [*self.brackets_around(place), TOP]:
            for parameters in self._arrows(place, inner):
                for node in self.function(parameters)[0]:
                    yield from names_of(node)
            if inner == bracket:
                return
            place = inner

    def places(self, name: str, bracket: int) -> Sequence[int]:
        """Return where a token stands in a scope."""
        return self.script.occurrences(name, bracket + 1, self.end_of(bracket))


_WITH_STATEMENTS = frozenset(["block", "if", "loop", "each", "switch", "case", "try"])


def names_of(target: Node) -> Iterator[str]:
    """Yield the names that a pattern declares."""
    if target.kind == "name":
        yield target.text
    elif target.kind in ("assign", "spread"):
        yield from names_of(target.nodes[0])
    elif target.kind == "property":
        yield from names_of(target.nodes[1])
    elif target.kind in ("array", "object"):
        for node in target.nodes:
            yield from names_of(node)


def _variables_in(node: Node) -> Iterator[str]:
    """Yield the names that statements declare by `var`, those of inner functions left out."""
    if node.kind == "var":
        for target in node.nodes:
            if node.text == "var":
                yield from names_of(target)
    elif node.kind in _WITH_STATEMENTS:
        for part in node.nodes:
            yield from _variables_in(part)


def _named(node: Node) -> dict[str, int]:
    named = [
        part for part in node.nodes if part.kind == "property" and part.nodes[0].kind == "text"
    ]
    return {part.nodes[0].text: part.nodes[1].place for part in named}
