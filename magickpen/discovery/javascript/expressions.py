"""What expressions stand for: through names, properties, calls and modules."""

from __future__ import annotations

from magickpen.discovery.javascript.literals import (
    brace_of_class,
    end_of_expression,
    end_of_function,
    function_at,
    is_declaration,
    is_string,
    last_of_sequence,
    string_value,
)
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.names import Names
from magickpen.discovery.javascript.script import is_name
from magickpen.discovery.javascript.values import (
    Global,
    Place,
    Value,
    alternatives,
    concatenated,
    either,
    truth,
)

_UNARY = frozenset(["await", "new", "!", "-", "~", "void", "typeof"])
_NOTHING = ("void", "null", "undefined")
_EQUAL, _UNEQUAL = ("===", "=="), ("!==", "!=")
_OTHER_OPERATORS = frozenset(
    ["<", ">", "-", "*", "/", "%", "&", "|", "^", "instanceof", "in", *_EQUAL, *_UNEQUAL]
)


class Expressions(Names):
    """Reads expressions, operand by operand."""

    def _expression(self, module: Module, start: int) -> Value:
        tokens = module.script.tokens
        value, index = self._operand(module, start)
        while index < len(tokens):
            operator = tokens[index]
            if operator == "+":
                right, index = self._operand(module, index + 1)
                value = concatenated([self._text(value), self._text(right)])
            elif operator in _OTHER_OPERATORS:
                right, after = self._operand(module, index + 1)
                known = self._equal(value, right, {tokens[start], *tokens[index + 1 : index + 2]})
                value = None if known is None else known is (operator in _EQUAL)
                value = value if operator in (*_EQUAL, *_UNEQUAL) else None
                index = max(after, index + 1)
            elif operator in ("??", "||") and isinstance(value, Global):
                return self._value(module, index + 1)
            elif operator == "??" or (operator == "||" and truth(value) is not False):
                return self._value(module, index + 1) if value is None else value
            elif operator in ("||", "&&", "="):
                return self._value(module, index + 1)
            elif operator == "?":
                return self._choice(module, index + 1, truth(value))
            else:
                break
        return value

    def _equal(self, left: Value, right: Value, starts: set[str]) -> bool | None:
        """Return whether two operands are equal, of which the first tokens are known, too."""
        if not starts.isdisjoint(_NOTHING):
            return False if left is not None or right is not None else None
        one, other = self._text(left), self._text(right)
        return None if one is None or other is None else one == other

    def _choice(self, module: Module, index: int, condition: bool | None) -> Value:
        """Return the branch of a conditional that is taken; either, where that is not known."""
        tokens, partner = module.script.tokens, module.script.partner
        otherwise, end = index, end_of_expression(module.script, index)
        nested = 0
        while otherwise < end and (tokens[otherwise] != ":" or nested):
            nested += (tokens[otherwise] == "?") - (tokens[otherwise] == ":")
            otherwise = max(partner[otherwise], otherwise) + 1
        if condition is not None:
            return self._value(module, index if condition else otherwise + 1)
        return self._any(module, [index, otherwise + 1] if otherwise < end else [index])

    def _operand(self, module: Module, index: int, end: int | None = None) -> tuple[Value, int]:
        """Return the value of an operand, which ends before an index, and the index after it."""
        script = module.script
        tokens = script.tokens
        start = index
        while index < len(tokens) and tokens[index] in _UNARY:
            index += 1
        if index >= len(tokens):
            return None, index
        unary = [token for token in tokens[start:index] if token not in ("await", "new")]
        if unary:
            operand, after = self._operand(module, index)
            return self._negated(operand, tokens[index], unary), after
        token = tokens[index]
        after = max(script.partner[index], index) + 1
        value: Value = None
        owner = ""
        function = function_at(script, index)
        if function is not None:
            value = Place(module, index, self._frame)
            after = end_of_function(script, function)
            if is_declaration(script, index):
                return value, after
        elif token == "(":
            value = self._value(module, last_of_sequence(script, index + 1))
        elif is_string(token):
            value = string_value(token)
        elif token[0] == "`":
            value = self._template(module, index)
        elif token in ("{", "[", "this"):
            value, owner = Place(module, index, self._frame), token
        elif token == "class":
            brace = brace_of_class(script, index)
            value, after = Place(module, brace, self._frame), max(script.partner[brace], index) + 1
        elif token == "import" and tokens[after : after + 1] == ["("]:
            value, after = self._imported(module, after + 1), script.partner[after] + 1
        elif is_name(token) and not token[0].isdigit():
            owner = token
            value = self._named(module, token, index)
        return self._postfix(module, value, owner, after, end)

    def _negated(self, value: Value, token: str, unary: list[str]) -> bool | None:
        """Return what `!` makes of an operand, of which the first token is known, too."""
        known = token != "0" if token in ("0", "1") else truth(value)
        if known is None or set(unary) != {"!"}:
            return None
        return known is (len(unary) % 2 == 0)

    def _postfix(
        self, module: Module, value: Value, owner: str, index: int, end: int | None
    ) -> tuple[Value, int]:
        """Follow the properties and calls after an operand."""
        script = module.script
        tokens, size = script.tokens, len(script.tokens) if end is None else end
        while index < size:
            token = tokens[index]
            if token in (".", "?.") and index + 1 < size and is_name(tokens[index + 1]):
                name, index = tokens[index + 1], index + 2
                if tokens[index : index + 1] == ["("]:
                    result = self._built_in(module, value, owner, name, index)
                    if result is not None or isinstance(value, str):
                        value, owner, index = result, "", script.partner[index] + 1
                        continue
                found = self._member(value, name)
                if found is None and owner:
                    found = self._set_later(module, owner, name)
                value, owner = found, ""
            elif token == "[":
                key = tokens[index + 1] if index + 1 < size else ""
                value, owner = self._indexed(module, value, key, index + 1), ""
                index = script.partner[index] + 1
            elif token == "(":
                value, owner = self._called(module, value, owner, index), ""
                index = script.partner[index] + 1
            elif token == "?.":
                index += 1
            else:
                break
        return value, index

    def _indexed(self, module: Module, value: Value, key: str, index: int) -> Value:
        keys = key if key.isdigit() else self._value(module, index)
        return either(self._member(value, self._text(other) or "") for other in alternatives(keys))

    def _template(self, module: Module, index: int) -> str | None:
        script = module.script
        end = script.partner[index]
        parts: list[str | None] = [string_value(script.tokens[index])]
        while index < end:
            parts.append(self._text_at(module, index + 1))
            index = end_of_expression(script, index + 1)
            if index >= len(script.tokens) or script.tokens[index][0] != "}":
                return None
            parts.append(string_value(script.tokens[index]))
        return concatenated(parts)

    def _imported(self, module: Module, index: int) -> Value:
        source = self._text_at(module, index)
        return None if source is None else self._of_module(module, source, "*")
