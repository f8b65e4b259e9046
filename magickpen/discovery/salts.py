"""The salts that a script may sign with: each is the one constant of a list that is sorted."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple

from magickpen.discovery.javascript.evaluation import Evaluator
from magickpen.discovery.javascript.literals import occurrences
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import WorkLimitError

JOIN_DISTANCE = 80
"""How many tokens after it is sorted a list is joined at the latest, if nothing says more."""

MAX_SALTED = 8
"""How many elements a list that is hashed has at the most."""

MAX_SORTS = 5000
"""How many sorts of a script are looked at."""

_SALT = re.compile(r"[\x21-\x7e]{4,64}")


class Salt(NamedTuple):
    """The constant of a list that is sorted.

    Attributes:
        value: the constant.
        module: where the list is sorted.
        place: the index of the `sort`.
        joined: whether a `join("")` follows soon.
    """

    value: str
    module: Module
    place: int
    joined: bool


def read_salts(module: Module, evaluator: Evaluator) -> list[Salt]:
    """Return the salts that a script may sign with."""
    script = module.script
    found: list[Salt] = []
    with suppress(WorkLimitError):
        for method in ("sort", "toSorted"):
            for index in occurrences(script, method)[:MAX_SORTS]:
                if script.tokens[index - 1 : index + 2] == [".", method, "("]:
                    values = evaluator.texts_of_list(module, index - 1, MAX_SALTED)
                    texts = [value for value in values if value and _SALT.fullmatch(value)]
                    if len(texts) == 1 and len(values) > 2:
                        found.append(Salt(texts[0], module, index, _joined_after(module, index)))
    return found


def _joined_after(module: Module, index: int) -> bool:
    """Whether `.join("")` follows soon."""
    tokens = module.script.tokens
    return any(
        tokens[place + 1 : place + 2] == ["("] and tokens[place + 2] in ('""', "''", "``")
        for place in occurrences(module.script, "join", index, index + JOIN_DISTANCE)
        if place + 2 < len(tokens)
    )
