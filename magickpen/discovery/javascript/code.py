"""The code that an expression is worked out by: the functions and variables that it names."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from magickpen.discovery.javascript.literals import (
    elements,
    end_of_expression,
    end_of_function,
    function_at,
)
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import is_name
from magickpen.discovery.javascript.usage import assigned, calls_of


class Code(NamedTuple):
    """A piece of a script, by the indexes of its tokens."""

    module: Module
    extent: range


def code_at(module: Module, index: int) -> Code:
    """Return the expression at an index."""
    function = function_at(module.script, index)
    if function is not None:
        return Code(module, range(index, end_of_function(module.script, function)))
    return Code(module, range(index, end_of_expression(module.script, index)))


def values_of_variable(module: Module, name: str, index: int) -> Iterator[int]:
    """Yield the expressions that a variable is set to, or that are passed for a parameter."""
    binding = module.scopes.resolve(name, index)
    if binding is None:
        return
    if binding.function >= 0:
        calls = list(islice(calls_of(module, binding.function), 2))
        if len(calls) == 1:
            # A function that is called from elsewhere, too, as a hash is, leads to anything.
            yield from elements(module.script, calls[0])[binding.position :][:1]
    else:
        if binding.value >= 0:
            yield binding.value
        yield from assigned(module, name, index)


def names_in(code: Code, limit: int) -> Iterator[int]:
    """Yield the places of the names in a piece of code, as far as a number of tokens goes."""
    tokens = code.module.script.tokens
    for index in islice(code.extent, limit):
        if is_name(tokens[index]) and not tokens[index][0].isdigit():
            yield index
