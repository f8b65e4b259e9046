"""Parses expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from magickpen.discovery.javascript.literal_parser import LiteralParser
from magickpen.discovery.javascript.syntax import Node, SyntaxLimitError
from magickpen.discovery.javascript.tokens import is_name, is_string, string_value

_ASSIGNMENTS = frozenset(
    [
        "=",
        "+=",
        "-=",
        "*=",
        "/=",
        "%=",
        "**=",
        "<<=",
        ">>=",
        ">>>=",
        "&=",
        "|=",
        "^=",
        "&&=",
        "||=",
        "??=",
    ]
)
_PRECEDENCE = {
    operator: level
    for level, operators in enumerate(
        [
            "??",
            "||",
            "&&",
            "|",
            "^",
            "&",
            "== != === !==",
            "< > <= >= in instanceof",
            "<< >> >>>",
            "+ -",
            "* / %",
            "**",
        ],
        start=1,
    )
    for operator in operators.split()
}
_UNARY = frozenset(["!", "~", "+", "-", "typeof", "void", "delete"])
_DECLARING = frozenset(["var", "let", "const"])


class ExpressionParser(LiteralParser):
    """Parses expressions, from one token on."""

    index: int

    def expression(self) -> Node:
        """Parse an expression, or several that commas join."""
        start = self.index
        nodes = [self.assignment()]
        while self._skip(","):
            nodes.append(self.assignment())
        return nodes[0] if len(nodes) == 1 else Node("sequence", start, nodes=tuple(nodes))

    def assignment(self) -> Node:
        """Parse an expression without commas."""
        self._down()
        start = self.index
        node = self._function() or self._choice(start)
        if self._token in _ASSIGNMENTS:
            operator = self._token
            self.index += 1
            node = Node("assign", start, operator, (node, self.assignment()))
        self._depth -= 1
        return node

    def _choice(self, start: int) -> Node:
        parts = [self._binary(1)]
        while self._skip("?"):
            parts.append(self.assignment())
            self._skip(":")
            function = self._function()
            if function is not None:
                parts.append(function)
                break
            parts.append(self._binary(1))
        if len(parts) == 1:
            return parts[0]
        if self._token in _ASSIGNMENTS:
            operator, target = self._token, parts[-1]
            self.index += 1
            parts[-1] = Node("assign", target.place, operator, (target, self.assignment()))
        return Node("choice", start, nodes=tuple(parts))

    def _binary(self, least: int) -> Node:
        start = self.index
        left = self._unary()
        while (level := _PRECEDENCE.get(self._token, 0)) >= least:
            operator = self._token
            self.index += 1
            self._script.work.spend(1)
            right = self._binary(level + (operator != "**"))
            left = Node("binary", start, operator, (left, right))
        return left

    def _unary(self) -> Node:
        start, token = self.index, self._token
        if token in _UNARY:
            self.index += 1
            self._down()
            node = Node("unary", start, token, (self._unary(),))
        elif token in ("++", "--"):
            self.index += 1
            self._down()
            node = Node("update", start, token, (self._unary(),))
        elif token in ("await", "yield") and self._ahead(1) not in (":", "=", ")", ",", ".", ";"):
            self.index += 1
            self._skip("*")
            self._down()
            node = Node(
                "await", start, nodes=(self._unary() if token == "await" else self.assignment(),)
            )
        else:
            node = self._postfix(self._primary())
            if self._token in ("++", "--"):
                node = Node("update", start, self._token, (node,))
                self.index += 1
            return node
        self._depth -= 1
        return node

    def _postfix(self, node: Node, *, calls: bool = True) -> Node:
        start = node.place
        while True:
            token = self._token
            if token in (".", "?.") and (is_name(self._ahead(1)) if self._ahead(1) else False):
                node = Node("member", start, self._ahead(1), (node,))
                self.index += 2
            elif token == "?.":
                self.index += 1
            elif token == "[":
                opener = self.index
                self.index += 1
                node = Node("index", start, nodes=(node, self.expression()))
                self.index = self._after(opener)
            elif token == "(" and calls:
                node = Node("call", start, nodes=(node, *self.elements()))
            elif token[:1] == "`" and calls:
                self._template()
                node = Node("call", start, nodes=(node,))
            else:
                return node
            self._script.work.spend(1)

    def _primary(self) -> Node:
        start, token = self.index, self._token
        if not token:
            raise SyntaxLimitError
        if token == "(":
            self.index += 1
            node = self.expression()
            self.index = self._after(start)
            return node
        if token in ("[", "{"):
            return self.object() if token == "{" else Node("array", start, nodes=self.elements())
        if token[0] == "`":
            return self._template()
        if token in self._KEYWORDS:
            return self._KEYWORDS[token](self)
        self.index += 1
        if is_string(token):
            return Node("text", start, string_value(token))
        if token == "/":
            return Node("unknown", start)
        return self._number_or_name(start, token)

    def _number_or_name(self, start: int, token: str) -> Node:
        if token == "." and self._token[:1].isdigit():
            self.index += 1
            return Node("number", start, f".{self._tokens[start + 1]}")
        if not is_name(token):
            raise SyntaxLimitError
        return Node("number" if token[0].isdigit() else "name", start, token)

    def _this(self) -> Node:
        self.index += 1
        return Node(self._tokens[self.index - 1], self.index - 1)

    def _new(self) -> Node:
        start = self.index
        self.index += 1
        if self._token == ".":
            self.index += 2
            return Node("unknown", start)
        self._down()
        constructor = self._new() if self._token == "new" else self._primary()
        callee = self._postfix(constructor, calls=False)
        self._depth -= 1
        arguments = self.elements() if self._token == "(" else ()
        return Node("new", start, nodes=(callee, *arguments))

    def _import(self) -> Node:
        start = self.index
        self.index += 1
        if self._token != "(":
            return Node("unknown", start)
        return Node("import", start, nodes=self.elements())

    def _operand(self) -> Node:
        return self._postfix(self._primary())

    _KEYWORDS: ClassVar[dict[str, Callable[[ExpressionParser], Node]]] = {
        "function": LiteralParser.function_keyword,
        "async": LiteralParser.function_keyword,
        "class": LiteralParser.class_,
        "new": _new,
        "this": _this,
        "super": _this,
        "import": _import,
    }
