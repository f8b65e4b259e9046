"""Which objects are only ever printed, to show what they look like, and never handed over."""

from __future__ import annotations

from contextlib import suppress

from magickpen.discovery.javascript.literals import literals_around, occurrences
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import FUNCTION, OBJECT, Script, WorkLimitError, is_name

MAX_USES = 100
"""How many uses of a variable are looked at."""

_PRINTING = ["JSON", ".", "stringify"]
_READING = (["Object", ".", "keys"], ["Object", ".", "values"], ["Object", ".", "entries"])


def is_printed(module: Module, brace: int) -> bool:
    """Whether the object literal of a brace, or what it is a part of, is made a text alone."""
    with suppress(WorkLimitError):
        return _is_printed(module, brace)
    return False


def _is_printed(module: Module, brace: int) -> bool:
    script = module.script
    tokens = script.tokens
    *literals, outer = literals_around(script, brace)
    while outer >= 0 and tokens[outer] == "(":
        script.work.spend(1)
        if tokens[outer - 3 : outer] == _PRINTING:
            return True
        if _is_call(tokens, outer):
            return False
        literals, outer = [outer], script.parent[outer]
    start = literals[-1] if literals else brace
    if start < 2 or tokens[start - 1] != "=" or not is_name(tokens[start - 2]):
        return False
    return _is_printed_variable(module, tokens[start - 2], start - 2)


def _is_call(tokens: list[str], paren: int) -> bool:
    before = tokens[paren - 1] if paren else "("
    return is_name(before) or before in (")", "]", "}")


def _is_printed_variable(module: Module, name: str, place: int) -> bool:
    """Whether all uses of a variable that is set at a place make a text of it."""
    script = module.script
    binding = module.scopes.resolve(name, place)
    if binding is None or script.tokens[place - 1] == ".":
        return False
    scope = binding.scope
    end = script.partner[scope] if scope >= 0 else None
    uses = [
        index
        for index in occurrences(script, name, max(scope, 0), end)[:MAX_USES]
        if index != place
        and script.tokens[index - 1] != "."
        and not _names_another(script, index)
        and module.scopes.resolve(name, index) == binding
    ]
    brackets = [script.around(index) for index in uses]
    printed = [_prints(script, bracket) for bracket in brackets]
    return any(printed) and all(
        prints or script.tokens[bracket - 3 : bracket] in _READING
        for prints, bracket in zip(printed, brackets, strict=True)
    )


def _names_another(script: Script, index: int) -> bool:
    """Whether a name is that of a property or of a parameter."""
    tokens = script.tokens
    outer = script.around(index)
    if tokens[index + 1 : index + 2] == [":"] and outer >= 0 and script.kind[outer] == OBJECT:
        return True
    after = script.partner[outer] + 1 if outer >= 0 and tokens[outer] == "(" else len(tokens)
    is_function = after < len(tokens) and script.kind[after] == FUNCTION
    return is_function or tokens[after : after + 1] == ["=>"]


def _prints(script: Script, bracket: int) -> bool:
    """Whether what stands in a bracket is made a text: in a template, or by `JSON.stringify`."""
    tokens = script.tokens
    return bracket > 0 and (tokens[bracket][0] == "`" or tokens[bracket - 3 : bracket] == _PRINTING)
