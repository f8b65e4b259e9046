"""Expressions and statements as trees, parsed where and when they are needed.

A bundle is far too long to parse as a whole. The brackets are known, so the bodies of functions and
classes are skipped, and parsed when a function is called.

The kinds of nodes, with what their `text` and their `nodes` are:

| kind | text | nodes |
| --- | --- | --- |
| text, number, name | the value or the name | |
| this, super, unknown | | |
| template | | texts and expressions in turn |
| array, sequence, block | | elements, expressions or statements |
| object | | property, spread, get |
| property, get | | key, value |
| spread, await | | operand |
| function | the name | |
| arrow, method | | |
| class | the name | the superclass, if there is one |
| member | the name of the property | the object |
| index | | the object, the key |
| call, new | | what is called, the arguments |
| unary, update | the operator | the operand |
| binary | the operator | left, right |
| choice | | condition, value, condition, value, ..., value |
| assign | the operator | target, value |
| import | | the name of the module |
| var | | name or assign, for each variable |
| if | | condition, then, else |
| loop | | initialization, condition, update, body; or empty |
| each | "of" or "in" | target, iterable, body |
| switch | | the value, then a case for each; a case has statements |
| try | | body, handler, finalizer |
| return, throw | | the value, if there is one |
| break, continue, empty | | |
| field | "static" or "" | key, value |

For a function, `place` is where its parameters begin; for a class, it is that of its brace.
"""

from __future__ import annotations

from typing import NamedTuple


class Node(NamedTuple):
    """A node of a syntax tree; see the table at the top of this file.

    Attributes:
        kind: what it is.
        place: the index of its first token.
        text: its name, operator or value.
        nodes: its parts.
    """

    kind: str
    place: int
    text: str = ""
    nodes: tuple[Node, ...] = ()


def empty(index: int) -> Node:
    """Return a node for what is not there."""
    return Node("empty", index)


class SyntaxLimitError(Exception):
    """What stands there is no JavaScript, or nests too deep."""
