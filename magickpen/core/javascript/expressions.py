"""What expressions stand for: through names, properties, calls and modules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from urllib.parse import urljoin

from magickpen.core.javascript.literals import (
    elements,
    end_of_expression,
    function_at,
    is_string,
    last_of_sequence,
    returned,
    string_value,
)
from magickpen.core.javascript.module import Module
from magickpen.core.javascript.scopes import Binding
from magickpen.core.javascript.script import CLASS, OBJECT, is_name
from magickpen.core.javascript.usage import (
    arguments,
    assigned,
    assigned_members,
    constructed_with,
    fields,
)
from magickpen.core.javascript.values import (
    Exports,
    Namespace,
    Place,
    Result,
    Value,
    concatenated,
    from_json,
    parsed_json,
)
from magickpen.core.javascript.webpack import exported, exported_whole

STEPS_PER_VALUE = 20
MAX_DEPTH = 40
MAX_PLACES = 8
"""How many calls of a function, or assignments of a name, are looked at for a value."""


class Expressions:
    """Follows expressions through the modules of a site to what they stand for.

    Args:
        modules: the modules that were read, by URL.
        resolve: makes a URL of a module's URL and what an import in it names.

    Attributes:
        missing: the URLs of modules that were asked for and were not among those.
    """

    def __init__(
        self,
        modules: Mapping[str, Module],
        *,
        resolve: Callable[[str, str], str] = urljoin,
    ) -> None:
        self._modules = modules
        self._resolve = resolve
        self._depth = 0
        self._values: dict[tuple[Module, int], Value] = {}
        self._exports: dict[tuple[Module, str], Value] = {}
        self.missing: dict[str, None] = {}

    def _text(self, value: Value) -> str | None:
        if isinstance(value, Place):
            # Bundlers hand values on by functions that return them.
            value = self._returned(value)
        return value if isinstance(value, str) else None

    def _text_at(self, module: Module, index: int) -> str | None:
        return self._text(self._value(module, index))

    def _first(self, module: Module, places: Iterable[int]) -> Value:
        """Return the first of several expressions that has a value."""
        for index in islice(places, MAX_PLACES):
            value = self._value(module, index)
            if value is not None:
                return value
        return None

    def _value(self, module: Module, index: int) -> Value:
        module.script.work.spend(STEPS_PER_VALUE)
        key = (module, index)
        if key in self._values:
            return self._values[key]
        if self._depth >= MAX_DEPTH or index >= len(module.script.tokens):
            return None
        # An expression that depends on itself has no constant value.
        self._values[key] = None
        self._depth += 1
        try:
            self._values[key] = value = self._expression(module, index)
        finally:
            self._depth -= 1
        return value

    def _expression(self, module: Module, index: int) -> Value:
        tokens = module.script.tokens
        value, index = self._operand(module, index)
        while index < len(tokens):
            operator = tokens[index]
            if operator == "+":
                right, index = self._operand(module, index + 1)
                value = concatenated([self._text(value), self._text(right)])
            elif operator in ("||", "??"):
                return self._value(module, index + 1) if value is None else value
            elif operator in ("&&", "="):
                return self._value(module, index + 1)
            elif operator == "?":
                return self._choice(module, index + 1)
            else:
                return None if operator in _OTHER_OPERATORS else value
        return value

    def _choice(self, module: Module, index: int) -> Value:
        """Return the first branch of a conditional that has a value."""
        value = self._value(module, index)
        if value is None:
            tokens, partner = module.script.tokens, module.script.partner
            end = end_of_expression(module.script, index)
            while index < end and tokens[index] != ":":
                index = max(partner[index], index) + 1
            value = self._value(module, index + 1) if index < end else None
        return value

    def _operand(self, module: Module, index: int) -> tuple[Value, int]:
        """Return the value of an operand, and the index after it."""
        script = module.script
        tokens = script.tokens
        while index < len(tokens) and tokens[index] in ("await", "new"):
            index += 1
        if index >= len(tokens):
            return None, index
        token = tokens[index]
        after = max(script.partner[index], index) + 1
        value: Value = None
        owner = ""
        function = function_at(script, index)
        if function is not None:
            value = Place(module, index)
            in_braces = script.kind[function.body] != 0
            after = (
                script.partner[function.body] + 1
                if in_braces
                else end_of_expression(script, function.body)
            )
        elif token == "(":
            value = self._value(module, last_of_sequence(script, index + 1))
        elif is_string(token):
            value = string_value(token)
        elif token[0] == "`":
            value = self._template(module, index)
        elif token in ("{", "[", "this"):
            value, owner = Place(module, index), token
        elif token == "class":
            brace = _brace_of_class(module, index)
            value, after = Place(module, brace), script.partner[brace] + 1
        elif token == "import" and tokens[after : after + 1] == ["("]:
            value, after = self._imported(module, after + 1), script.partner[after] + 1
        elif is_name(token) and not token[0].isdigit():
            owner = token
            value = self._named(module, token, index)
        return self._postfix(module, value, owner, after)

    def _postfix(self, module: Module, value: Value, owner: str, index: int) -> tuple[Value, int]:
        """Follow the properties and calls after an operand."""
        script = module.script
        tokens, size = script.tokens, len(script.tokens)
        while index < size:
            token = tokens[index]
            if token in (".", "?.") and index + 1 < size and is_name(tokens[index + 1]):
                name, index = tokens[index + 1], index + 2
                if (
                    name == "concat"
                    and isinstance(value, str)
                    and tokens[index : index + 1] == ["("]
                ):
                    parts = [self._text_at(module, part) for part in elements(script, index)]
                    value = concatenated([value, *parts])
                    index = script.partner[index] + 1
                    continue
                found = self._member(value, name)
                if found is None and owner:
                    found = self._first(module, assigned_members(module, owner, name))
                value, owner = found, "JSON.parse" if (owner, name) == ("JSON", "parse") else ""
            elif token == "[":
                key = tokens[index + 1] if index + 1 < size else ""
                name = key if key.isdigit() else self._text_at(module, index + 1) or ""
                value, owner = self._member(value, name), ""
                index = script.partner[index] + 1
            elif token == "(":
                value, owner = self._called(module, value, owner, index), ""
                index = script.partner[index] + 1
            elif token == "?.":
                index += 1
            else:
                break
        return value, index

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

    def _named(self, module: Module, name: str, index: int) -> Value:
        binding = module.scopes.resolve(name, index)
        if binding is None:
            return None
        if binding.imported_from:
            return self._of_module(module, binding.imported_from, binding.path[0])
        if binding.value >= 0:
            value = self._value(module, binding.value)
        elif binding.function >= 0:
            places = arguments(module, binding.function, binding.position)
            value = self._first(module, places)
            if value is None and not binding.path:
                value = self._constructed_with(module, binding)
        else:
            value = self._first(module, assigned(module, name, index))
        return self._followed(module, value, binding)

    def _constructed_with(self, module: Module, binding: Binding) -> Value:
        for index in constructed_with(module, binding.function, binding.position):
            value = self._value(module, index)
            if isinstance(value, Result) or (
                isinstance(value, Place) and value.module.script.kind[value.index] == OBJECT
            ):
                return value
        return None

    def _followed(self, module: Module, value: Value, binding: Binding) -> Value:
        for name in binding.path:
            value = self._member(value, name)
        if value is None and binding.default >= 0:
            return self._value(module, binding.default)
        return value

    def _imported(self, module: Module, index: int) -> Value:
        source = self._text_at(module, index)
        return None if source is None else self._of_module(module, source, "*")

    def _of_module(self, importer: Module, source: str, name: str) -> Value:
        url = self._resolve(importer.url, source)
        module = self._modules.get(url)
        if module is None:
            self.missing[url] = None
            return None
        return Namespace(module) if name == "*" else self._export(module, name)

    def _export(self, module: Module, name: str) -> Value:
        key = (module, name)
        if key not in self._exports:
            # Modules may hand on the names of each other.
            self._exports[key] = None
            self._exports[key] = self._find_export(module, name)
        return self._exports[key]

    def _find_export(self, module: Module, name: str) -> Value:
        export = module.exports.get(name)
        if export is None:
            for source in module.exports_all_of:
                value = self._of_module(module, source, name)
                if value is not None:
                    return value
            return None
        if export.imported_from:
            return self._of_module(module, export.imported_from, export.imported)
        return self._value(module, export.value)

    def _member(self, value: Value, name: str) -> Value:
        if self._depth >= MAX_DEPTH:
            return None
        self._depth += 1
        try:
            return self._member_of(value, name)
        finally:
            self._depth -= 1

    def _member_of(self, value: Value, name: str) -> Value:
        match value:
            case Place():
                return self._member_of_place(value, name)
            case Namespace(module):
                return self._export(module, name)
            case Exports(module, body):
                return self._member_of_exports(module, body, name)
            case Result(module, places):
                for place in reversed(places):
                    found = self._member(self._value(module, place), name)
                    if found is not None:
                        return found
                return None
            case Mapping():
                return from_json(value.get(name))
            case _:
                return None

    def _member_of_place(self, place: Place, name: str) -> Value:
        module, index = place.module, place.index
        script = module.script
        token = script.tokens[index]
        if token == "this":
            return self._first(module, fields(module, index, name))
        if token == "[":
            places = elements(script, index)
            known = name.isdecimal() and len(name) < 9 and int(name) < len(places)
            return self._value(module, places[int(name)]) if known else None
        if script.kind[index] not in (OBJECT, CLASS):
            return self._member(self._returned(place), name)
        properties = module.properties(index)
        if name in properties.named:
            return self._value(module, properties.named[name])
        for key, computed in properties.computed:
            if self._text_at(module, key) == name:
                return self._value(module, computed)
        for spread in reversed(properties.spread):
            found = self._member(self._value(module, spread), name)
            if found is not None:
                return found
        if script.kind[index] == CLASS:
            return self._first(module, fields(module, index + 1, name))
        return None

    def _member_of_exports(self, module: Module, body: int, name: str) -> Value:
        script = module.script
        for export in islice(exported(script, body, name), MAX_PLACES):
            value = self._value(module, export.value)
            if export.getter and isinstance(value, Place):
                value = self._returned(value)
            if value is not None:
                return value
        for index in islice(exported_whole(script, body), MAX_PLACES):
            value = self._value(module, index)
            found = self._member(value, name)
            if found is None and name in ("a", "default"):
                found = value
            if found is not None:
                return found
        return None

    def _called(self, module: Module, value: Value, owner: str, index: int) -> Value:
        """Return what a call returns, of which the parenthesis stands at an index."""
        places = elements(module.script, index)
        if isinstance(value, Place):
            is_class = value.module.script.kind[value.index] == CLASS
            return value if is_class else self._returned(value)
        if isinstance(value, Result) and not places:
            return value
        if owner == "JSON.parse" and places:
            return parsed_json(self._text_at(module, places[0]))
        if value is None and owner and len(places) == 1:
            exports = self._required(module.script.tokens[places[0]])
            if exports is not None:
                return exports
        return Result(module, places)

    def _returned(self, place: Place) -> Value:
        """Return what a function returns; None for other values."""
        script = place.module.script
        function = function_at(script, place.index)
        if function is None:
            return None
        result = returned(script, function)
        return self._value(place.module, result) if result >= 0 else None

    def _required(self, key: str) -> Exports | None:
        name = string_value(key) if is_string(key) else key
        if not name or not (is_string(key) or name[0].isdigit()):
            return None
        for module in self._modules.values():
            body = module.functions.get(name)
            if body is not None:
                return Exports(module, body)
        return None


_OTHER_OPERATORS = frozenset(
    ["==", "!=", "===", "!==", "<", ">", "-", "*", "/", "%", "&", "|", "^", "instanceof", "in"]
)


def _brace_of_class(module: Module, index: int) -> int:
    """Return the index of the brace of a class, by that of its keyword."""
    script = module.script
    brace = script.kind.find(CLASS, index)
    script.work.spend((len(script.tokens) if brace < 0 else brace) - index)
    return max(brace, index)
