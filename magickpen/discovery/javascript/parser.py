"""Parses statements, the bodies of functions, and the members of classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from magickpen.discovery.javascript.expression_parser import ExpressionParser
from magickpen.discovery.javascript.syntax import Node, SyntaxLimitError, empty
from magickpen.discovery.javascript.tokens import is_name, is_string

_DECLARING = frozenset(["var", "let", "const"])


class Parser(ExpressionParser):
    """Parses statements, from one token on."""

    index: int

    def members(self, brace: int) -> list[Node]:
        """Parse what a class has: fields, methods and accessors, the static ones marked."""
        end = self._after(brace) - 1
        self.index = brace + 1
        nodes: list[Node] = []
        while self.index < end:
            if self._skip(";"):
                continue
            start = self.index
            static = (
                "static"
                if self._token == "static" and self._ahead(1) not in ("(", "=", ";")
                else ""
            )
            if static and self._ahead(1) == "{":
                self.index += 1
                nodes.append(Node("field", start, "block", (empty(start), self.statement())))
                continue
            modifier = self._modifiers()
            key = self._key()
            if self._token == "(":
                method = self._parameters_and_body("method")
                kind = modifier if modifier in ("get", "set") else "method"
                nodes.append(Node(kind, start, static, (key, method)))
            else:
                value = (
                    self.assignment() if self._skip("=") else Node("unary", start, "void", (key,))
                )
                nodes.append(Node("field", start, static, (key, value)))
        return nodes

    # Functions

    def function(self, parameters: int) -> tuple[tuple[Node, ...], Node]:
        """Parse the parameters of a function, which begin at an index, and its body."""
        self.index = parameters
        if self._token == "(":
            nodes = self.elements()
        else:
            self.index += 1
            nodes = (Node("name", parameters, self._tokens[parameters]),)
        if self._skip("=>") and self._token != "{":
            start = self.index
            return nodes, Node("return", start, nodes=(self.assignment(),))
        return nodes, self.block()

    def block(self) -> Node:
        """Parse the statements between braces."""
        start = self.index
        end = self._after(start) - 1
        self.index += 1
        nodes: list[Node] = []
        while self.index < end:
            nodes.append(self.statement())
        self.index = end + 1
        return Node("block", start, nodes=tuple(nodes))

    # Statements

    def declaration(self) -> Node:
        """Parse a statement of a module; what is imported and exported by name is left out."""
        start = self.index
        if self._token == "import" and self._ahead(1) not in ("(", "."):
            while self._token and not is_string(self._token):
                self.index = max(self._script.partner[self.index], self.index) + 1
            self.index += 1
        elif self._skip("export"):
            if self._token not in ("{", "*"):
                is_default = self._skip("default")
                is_statement = self._token in self._STATEMENTS and self._token != "{"
                return self.assignment() if is_default and not is_statement else self.statement()
            self.index = self._after(self.index) if self._token == "{" else self.index + 1
            self.index += 2 * (self._ahead(0) == "as")
            self.index += 2 * (self._ahead(0) == "from")
        else:
            return self.statement()
        self._skip(";")
        return empty(start)

    def statement(self) -> Node:
        """Parse a statement, with the semicolon after it."""
        self._down()
        token = self._token
        parse = self._STATEMENTS.get(token)
        is_async = token == "async" and self._ahead(1) != "function"
        if parse is not None and self._ahead(1) not in (":", "=", ".") and not is_async:
            node = parse(self)
        elif token and is_name(token) and self._ahead(1) == ":":
            self.index += 2
            node = self.statement()
        else:
            node = self.expression()
            self._skip(";")
        self._depth -= 1
        return node

    def _variables(self) -> Node:
        start = self.index
        self.index += 1
        nodes: list[Node] = []
        while True:
            target = self._postfix(self._primary(), calls=False)
            if self._skip("="):
                target = Node("assign", target.place, "=", (target, self.assignment()))
            nodes.append(target)
            if not self._skip(","):
                break
        self._skip(";")
        return Node("var", start, self._tokens[start], tuple(nodes))

    def _declaration(self) -> Node:
        if self._token == "class":
            node = self.class_()
            return Node("declare", node.place, node.text, (node,))
        node = self.function_keyword()
        # The name of a declaration is a variable of the scope around it.
        return Node("declare", node.place, node.text, (node._replace(text=""),))

    def _parenthesized(self) -> Node:
        opener = self.index
        if not self._skip("("):
            raise SyntaxLimitError
        node = self.expression()
        self.index = self._after(opener)
        return node

    def _if(self) -> Node:
        start = self.index
        self.index += 1
        condition = self._parenthesized()
        then = self.statement()
        otherwise = empty(start)
        if self._skip("else"):
            # A long chain of these nests no deeper than one of them.
            otherwise = self._if() if self._token == "if" else self.statement()
        return Node("if", start, nodes=(condition, then, otherwise))

    def _for(self) -> Node:
        start = self.index
        self.index += 1
        self._skip("await")
        opener = self.index
        body = self._after(opener)
        self.index += 1
        first = self._first_of_for()
        if self._token in ("of", "in"):
            word = self._token
            self.index += 1
            iterable = self.expression()
            self.index = body
            return Node("each", start, word, (first, iterable, self.statement()))
        self._skip(";")
        condition = empty(start) if self._token == ";" else self.expression()
        self._skip(";")
        update = empty(start) if self.index == body - 1 else self.expression()
        self.index = body
        return Node("loop", start, nodes=(first, condition, update, self.statement()))

    def _first_of_for(self) -> Node:
        start = self.index
        if self._token == ";":
            return empty(start)
        if self._token in _DECLARING:
            if self._ahead(1) in ("[", "{") or self._ahead(2) in ("of", "in"):
                self.index += 1
                target = self._primary()
                if self._token in ("of", "in"):
                    return Node("var", start, self._tokens[start], (target,))
                self.index = start
            return self._variables_of_for()
        if self._ahead(1) in ("of", "in"):
            return self._primary()
        return self.expression()

    def _variables_of_for(self) -> Node:
        node = self._variables()
        # The semicolon belongs to the loop.
        self.index -= self._ahead(-1) == ";"
        return node

    def _while(self) -> Node:
        start = self.index
        self.index += 1
        condition = self._parenthesized()
        return Node("loop", start, nodes=(empty(start), condition, empty(start), self.statement()))

    def _do(self) -> Node:
        start = self.index
        self.index += 1
        body = self.statement()
        if self._skip("while"):
            self._parenthesized()
        self._skip(";")
        return body if body.kind == "block" else Node("block", start, nodes=(body,))

    def _switch(self) -> Node:
        start = self.index
        self.index += 1
        value = self._parenthesized()
        end = self._after(self.index) - 1
        self.index += 1
        cases: list[Node] = []
        while self.index < end:
            place = self.index
            if self._skip("default"):
                test = empty(place)
            elif self._skip("case"):
                test = self.expression()
            else:
                raise SyntaxLimitError
            self._skip(":")
            statements: list[Node] = []
            while self.index < end and self._token not in ("case", "default"):
                statements.append(self.statement())
            cases.append(Node("case", place, nodes=(test, *statements)))
        self.index = end + 1
        return Node("switch", start, nodes=(value, *cases))

    def _try(self) -> Node:
        start = self.index
        self.index += 1
        body = self.block()
        handler = finalizer = empty(start)
        if self._skip("catch"):
            if self._token == "(":
                self.index = self._after(self.index)
            handler = self.block()
        if self._skip("finally"):
            finalizer = self.block()
        return Node("try", start, nodes=(body, handler, finalizer))

    def _return(self) -> Node:
        start, kind = self.index, self._token
        self.index += 1
        nodes = () if self._token in (";", "}", "") else (self.expression(),)
        self._skip(";")
        return Node(kind, start, nodes=nodes)

    def _break(self) -> Node:
        start, kind = self.index, self._token
        self.index += 1
        if self._token and is_name(self._token) and self._ahead(1) in (";", "}"):
            self.index += 1
        self._skip(";")
        return Node(kind, start)

    def _semicolon(self) -> Node:
        self.index += 1
        return empty(self.index - 1)

    _STATEMENTS: ClassVar[dict[str, Callable[[Parser], Node]]] = {
        "{": block,
        ";": _semicolon,
        "var": _variables,
        "let": _variables,
        "const": _variables,
        "function": _declaration,
        "class": _declaration,
        "async": _declaration,
        "if": _if,
        "for": _for,
        "while": _while,
        "do": _do,
        "switch": _switch,
        "try": _try,
        "return": _return,
        "throw": _return,
        "break": _break,
        "continue": _break,
    }
