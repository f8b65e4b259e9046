"""Parses what stands in brackets: objects, lists, templates, functions and classes."""

from __future__ import annotations

from abc import ABC, abstractmethod

from magickpen.discovery.javascript.script import Script
from magickpen.discovery.javascript.syntax import Node, SyntaxLimitError, empty
from magickpen.discovery.javascript.tokens import is_name, is_string, string_value

MAX_NESTING = 50
"""How deep expressions and statements may nest; Python's own stack is bounded, too."""
MAX_PARTS = 5000
"""How many properties an object has at most, or elements a list."""

_MODIFIERS = frozenset(["get", "set", "async", "static", "*", "accessor"])
_END_OF_NAME = frozenset([",", "(", "=", ":", ";", "}"])


class LiteralParser(ABC):
    """Parses from one token on; the bodies of functions and classes are skipped.

    Args:
        script: the tokens.
        index: where to begin.

    Attributes:
        index: the index after what has been parsed.
    """

    def __init__(self, script: Script, index: int) -> None:
        self.index: int = index
        self._script = script
        self._tokens = script.tokens
        self._depth: int = 0

    @property
    def _token(self) -> str:
        return self._ahead(0)

    def _ahead(self, count: int) -> str:
        index = self.index + count
        return self._tokens[index] if index < len(self._tokens) else ""

    def _skip(self, token: str) -> bool:
        """Step over a token if it is the next one."""
        if self._token != token:
            return False
        self.index += 1
        return True

    def _after(self, opener: int) -> int:
        """Return the index after the partner of a bracket."""
        size = len(self._tokens)
        partner = self._script.partner[opener] if opener < size else size
        if not opener < partner < size:
            raise SyntaxLimitError
        return partner + 1

    def _down(self) -> None:
        self._script.work.spend(1)
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise SyntaxLimitError

    @abstractmethod
    def expression(self) -> Node:
        """Parse an expression, or several that commas join."""

    @abstractmethod
    def assignment(self) -> Node:
        """Parse an expression without commas."""

    @abstractmethod
    def _operand(self) -> Node:
        """Parse an operand with what is looked up in it and called on it."""

    def elements(self) -> tuple[Node, ...]:
        """Parse the elements of an array, or the parameters or arguments of a function."""
        opener = self.index
        end = self._after(opener) - 1
        self.index += 1
        nodes: list[Node] = []
        while self.index < end:
            start = self.index
            if self._token == ",":
                nodes.append(empty(start))
            elif self._skip("..."):
                nodes.append(Node("spread", start, nodes=(self.assignment(),)))
            else:
                nodes.append(self.assignment())
            if len(nodes) > MAX_PARTS or (self.index < end and not self._skip(",")):
                raise SyntaxLimitError
        self.index = end + 1
        return tuple(nodes)

    def _template(self) -> Node:
        start = self.index
        nodes: list[Node] = []
        while True:
            token = self._token
            nodes.append(Node("text", self.index, string_value(token)))
            self.index += 1
            if not token.endswith("${"):
                break
            nodes.append(self.expression())
            if self._token[:1] != "}":
                raise SyntaxLimitError
        return nodes[0] if len(nodes) == 1 else Node("template", start, nodes=tuple(nodes))

    def _function(self) -> Node | None:
        """Parse a function or an arrow function, if there is one."""
        start = self.index
        is_async = self._token == "async" and (
            self._ahead(1) in ("function", "(") or self._ahead(2) == "=>"
        )
        parameters = start + is_async
        if parameters >= len(self._tokens):
            return None
        if self._tokens[parameters] == "function":
            return None
        after = max(self._script.partner[parameters], parameters) + 1
        if self._tokens[after : after + 1] != ["=>"] or self._tokens[parameters] in ("[", "{"):
            return None
        body = after + 1
        self.index = body
        if self._token == "{":
            self.index = self._after(body)
        else:
            self.assignment()
        return Node("arrow", parameters)

    def function_keyword(self) -> Node:
        start = self.index
        if self._token == "async":
            if self._ahead(1) != "function":
                self.index += 1
                return Node("name", start, "async")
            self.index += 1
        self.index += 1
        self._skip("*")
        name = ""
        if self._token != "(":
            name = self._token
            self.index += 1
        return self._parameters_and_body("function", name)

    def _parameters_and_body(self, kind: str, name: str = "") -> Node:
        parameters = self.index
        if self._token != "(":
            raise SyntaxLimitError
        body = self._after(parameters)
        if self._tokens[body : body + 1] != ["{"]:
            raise SyntaxLimitError
        self.index = self._after(body)
        return Node(kind, parameters, name)

    def class_(self) -> Node:
        self.index += 1
        name = ""
        if self._token not in ("{", "extends"):
            name = self._token
            self.index += 1
        parent: tuple[Node, ...] = ()
        if self._skip("extends"):
            self._down()
            parent = (self._operand(),)
            self._depth -= 1
        brace = self.index
        if self._token != "{":
            raise SyntaxLimitError
        self.index = self._after(brace)
        return Node("class", brace, name, parent)

    def object(self) -> Node:
        start = self.index
        end = self._after(start) - 1
        self.index += 1
        nodes: list[Node] = []
        while self.index < end:
            nodes.append(self._property())
            if len(nodes) > MAX_PARTS:
                raise SyntaxLimitError
            if self.index < end and not self._skip(","):
                raise SyntaxLimitError
        self.index = end + 1
        return Node("object", start, nodes=tuple(nodes))

    def _property(self) -> Node:
        start = self.index
        if self._skip("..."):
            return Node("spread", start, nodes=(self.assignment(),))
        modifier = self._modifiers()
        name = self._token
        key = self._key()
        if self._token == "(":
            method = self._parameters_and_body("method")
            return Node("get" if modifier == "get" else "property", start, modifier, (key, method))
        if self._skip(":"):
            return Node("property", start, nodes=(key, self.assignment()))
        value = Node("name", start, name)
        if self._token == "=":
            # A default, in what turns out to be a pattern.
            self.index += 1
            value = Node("assign", start, "=", (value, self.assignment()))
        return Node("property", start, nodes=(key, value))

    def _modifiers(self) -> str:
        """Step over what stands before a key; return the last word of it that is no asterisk."""
        modifier = ""
        while self._token in _MODIFIERS and self._ahead(1) not in _END_OF_NAME:
            modifier = self._token if self._token in ("get", "set") else modifier
            self.index += 1
        return modifier

    def _key(self) -> Node:
        start, token = self.index, self._token
        if token == "[":
            self.index += 1
            key = self.expression()
            self.index = self._after(start)
            return key
        self.index += 1
        if not token or not (is_string(token) or is_name(token)):
            raise SyntaxLimitError
        return Node("text", start, string_value(token) if is_string(token) else token)
