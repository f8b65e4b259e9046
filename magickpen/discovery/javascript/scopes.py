"""The names that a script declares, and which declaration a use of a name means."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from magickpen.discovery.javascript.literals import (
    brace_of_class,
    elements,
    end_of_expression,
    is_string,
    occurrences,
    string_value,
)
from magickpen.discovery.javascript.script import BLOCK, FUNCTION, Script, is_name

TOP = -1
MAX_PATTERN_DEPTH = 5
_BEFORE_STATEMENT = frozenset([";", "{", "}", ")", "else", "export", "default"])
_LOOPS = ("for", "await")


class Binding(NamedTuple):
    """What a name is bound to.

    Attributes:
        scope: the index of the bracket that it belongs to; `TOP` for the whole script.
        value: the index of the expression that it is set to; -1 where there is none.
        path: the properties of that value that it stands for, outermost first.
        default: the index of the expression that it has otherwise; -1 where there is none.
        function: for a parameter, the index where the function's parameters begin; else -1.
        position: for a parameter, which one it is.
        rest: whether it is a parameter that takes the rest of the arguments.
        imported_from: for an import, the module; else "".
    """

    scope: int
    value: int = -1
    path: tuple[str, ...] = ()
    default: int = -1
    function: int = -1
    position: int = 0
    rest: bool = False
    imported_from: str = ""


class Scopes:
    """Finds the declarations of names; everything is read once, when it is first asked for."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._declarations: dict[int, dict[str, Binding]] = {}
        self._parameters: dict[int, dict[str, Binding]] = {}
        self._functions: dict[int, int] = {TOP: TOP}
        self._blocks: dict[int, int] = {TOP: TOP}
        self._resolved: dict[tuple[str, int], Binding | None] = {}

    def resolve(self, name: str, index: int) -> Binding | None:
        """Return the declaration that a name at an index means; None where it has none."""
        use = (name, index)
        if use not in self._resolved:
            self._resolved[use] = self._find_declaration(name, index)
        return self._resolved[use]

    def _find_declaration(self, name: str, index: int) -> Binding | None:
        script = self._script
        opener = script.around(index)
        while True:
            script.work.spend(5)
            binding = self._arrow_parameter(name, opener, index)
            if binding is None and opener >= 0 and script.kind[opener] == FUNCTION:
                binding = self._parameters_of(opener).get(name)
            if binding is None:
                binding = self._declared.get(opener, {}).get(name)
            if binding is not None or opener == TOP:
                return binding
            index, opener = opener, script.parent[opener]

    def function_around(self, index: int) -> int:
        """Return the index of the brace of the function around a token; `TOP` without one."""
        script = self._script
        opener = script.around(index)
        passed: list[int] = []
        while opener not in self._functions and script.kind[opener] != FUNCTION:
            passed.append(opener)
            opener = script.parent[opener]
        function = self._functions.get(opener, opener)
        for bracket in passed:
            self._functions[bracket] = function
        return function

    def _block_around(self, index: int) -> int:
        script = self._script
        opener = script.around(index)
        passed: list[int] = []
        while opener not in self._blocks and script.kind[opener] not in (BLOCK, FUNCTION):
            passed.append(opener)
            opener = script.parent[opener]
        block = self._blocks.get(opener, opener)
        for bracket in passed:
            self._blocks[bracket] = block
        return block

    def _block(self, index: int) -> int:
        """Return the bracket of the block that a `let` or `const` at an index belongs to."""
        script = self._script
        paren = script.around(index)
        if paren < 1 or script.tokens[paren] != "(" or script.tokens[paren - 1] not in _LOOPS:
            return self._block_around(index)
        # What a loop declares is known in its body.
        body = script.partner[paren] + 1
        return body if script.tokens[body : body + 1] == ["{"] else paren

    @cached_property
    def _declared(self) -> dict[int, dict[str, Binding]]:
        """The declarations by the bracket that they belong to."""
        self._declare_all()
        return self._declarations

    def _declare_all(self) -> None:
        tokens = self._script.tokens
        for keyword in ("var", "let", "const"):
            for index in occurrences(self._script, keyword):
                if tokens[index - 1] != "." or not index:
                    scope = self.function_around(index) if keyword == "var" else self._block(index)
                    self._declare_variables(scope, index + 1)
        for keyword in ("function", "class"):
            for index in occurrences(self._script, keyword):
                self._declare_named(index)
        for index in occurrences(self._script, "import"):
            self._declare_imports(index + 1)

    def _declare(self, name: str, binding: Binding) -> None:
        declared = self._declarations.setdefault(binding.scope, {})
        if name not in declared or declared[name].value < 0:
            declared[name] = binding

    def _declare_variables(self, scope: int, index: int) -> None:
        tokens, partner = self._script.tokens, self._script.partner
        while index < len(tokens):
            target = index
            index = max(partner[target], target) + 1
            value = -1
            if index < len(tokens) and tokens[index] == "=":
                value = index + 1
                index = end_of_expression(self._script, value)
            for name, binding in self._targets(target, Binding(scope, value)):
                self._declare(name, binding)
            if index >= len(tokens) or tokens[index] != ",":
                return
            index += 1

    def _declare_named(self, index: int) -> None:
        """Declare a function or a class; the name of an expression is known inside it alone."""
        tokens = self._script.tokens
        name = index + 1
        if name < len(tokens) and tokens[name] == "*":
            name += 1
        if name >= len(tokens) or not is_name(tokens[name]) or tokens[name] == "extends":
            return
        before = index - 1 if index and tokens[index - 1] == "async" else index
        if before == 0 or tokens[before - 1] in _BEFORE_STATEMENT:
            self._declare(tokens[name], Binding(self._block_around(index), index))
        elif tokens[index] == "class":
            self._declare(tokens[name], Binding(brace_of_class(self._script, index), index))
        elif tokens[name + 1 : name + 2] == ["("]:
            body = self._script.partner[name + 1] + 1
            self._declare(tokens[name], Binding(body, index))

    def _declare_imports(self, index: int) -> None:
        """Read `import a, {b as c}, * as d from "…"`."""
        tokens, partner = self._script.tokens, self._script.partner
        names: list[tuple[str, str]] = []
        while index < len(tokens):
            token = tokens[index]
            if token == "{":
                names += [(pair.outer, pair.inner) for pair in name_pairs(self._script, index)]
                index = partner[index]
            elif token == "*" and tokens[index + 1 : index + 2] == ["as"]:
                names += [(local, "*") for local in tokens[index + 2 : index + 3]]
                index += 2
            elif token == "from":
                break
            elif is_name(token):
                names.append((token, "default"))
            elif token != ",":
                return
            index += 1
        if index + 1 < len(tokens) and is_string(tokens[index + 1]):
            module = string_value(tokens[index + 1])
            for local, imported in names:
                self._declare(local, Binding(TOP, path=(imported,), imported_from=module))

    def _targets(self, index: int, whole: Binding, depth: int = 0) -> list[tuple[str, Binding]]:
        """Return the names that a name, or a pattern of them, declares."""
        script = self._script
        tokens = script.tokens
        if index >= len(tokens) or depth > MAX_PATTERN_DEPTH:
            return []
        token = tokens[index]
        if token == "...":
            return self._targets(index + 1, whole, depth + 1)
        if token not in ("{", "["):
            return [(token, whole)] if is_name(token) else []
        found: list[tuple[str, Binding]] = []
        for place, start in enumerate(elements(script, index)):
            target, name = start, str(place)
            if token == "{" and is_name(tokens[start]):
                name = tokens[start]
                if tokens[start + 1 : start + 2] == [":"]:
                    target = start + 2
            path = whole.path if tokens[start] == "..." else (*whole.path, name)
            part = whole._replace(path=path, default=self._default(target))
            found += self._targets(target, part, depth + 1)
        return found

    def _default(self, target: int) -> int:
        """Return the index of what stands after a target's `=`."""
        tokens = self._script.tokens
        after = max(self._script.partner[target], target) + 1 if target < len(tokens) else target
        return after + 1 if tokens[after : after + 1] == ["="] else -1

    def _parameters_of(self, body: int) -> dict[str, Binding]:
        if body not in self._parameters:
            tokens = self._script.tokens
            before = body - 2 if tokens[body - 1] == "=>" else body - 1
            self._parameters[body] = self._parameters_at(before, body)
        return self._parameters[body]

    def _parameters_at(self, last: int, scope: int) -> dict[str, Binding]:
        """Return the parameters of which the last token stands at an index."""
        tokens = self._script.tokens
        if tokens[last] != ")":
            return {tokens[last]: Binding(scope, function=last)}
        start = self._script.partner[last]
        found: dict[str, Binding] = {}
        for position, target in enumerate(elements(self._script, start)):
            default = self._default(target)
            rest = tokens[target] == "..."
            whole = Binding(scope, default=default, function=start, position=position, rest=rest)
            found.update(self._targets(target, whole))
        return found

    def _arrow_parameter(self, name: str, opener: int, index: int) -> Binding | None:
        """Return the parameter of that name of an arrow function without braces around a token."""
        tokens, partner = self._script.tokens, self._script.partner
        start = index = index - 1
        while index > opener and tokens[index] not in (",", ";"):
            if tokens[index] == "=>" and index > 0:
                found = self._parameters_at(index - 1, opener).get(name)
                if found is not None:
                    return found
            if 0 <= partner[index] < index:
                index = partner[index]
            index -= 1
        self._script.work.spend(start - index)
        return None


class NamePair(NamedTuple):
    """A name in the braces of an import or export: `inner as outer`, and where `inner` stands."""

    outer: str
    inner: str
    place: int


def name_pairs(script: Script, opener: int) -> list[NamePair]:
    """Return the names in the braces of an import or export."""
    pairs: list[NamePair] = []
    for index in elements(script, opener):
        end = end_of_expression(script, index)
        words = [string_value(t) if is_string(t) else t for t in script.tokens[index:end]]
        if len(words) == 1 or (len(words) == 3 and words[1] == "as"):
            pairs.append(NamePair(words[-1], words[0], index))
    return pairs
