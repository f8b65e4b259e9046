"""The methods of lists."""

from __future__ import annotations

import re

from magickpen.discovery.javascript.arguments import (
    POSITIONAL,
    Arguments,
    OfList,
    argument,
    is_unknown,
    joined,
    position_in,
)
from magickpen.discovery.javascript.operations import (
    computed,
    either,
    known_text,
    new_list,
    salts_of,
    text_of,
    truth,
)
from magickpen.discovery.javascript.values import (
    MAX_ITEMS,
    UNDEFINED,
    Choice,
    Machine,
    Native,
    Nothing,
    Obj,
    Salt,
    Unknown,
    Value,
)

MAX_SALTED = 8
"""How many elements a list that is hashed has at most."""

_SALT = re.compile(r"[\x21-\x7e]{4,64}")


def _insert(items: list[Value], start: int, more: Arguments) -> int:
    items[start:start] = more[: MAX_ITEMS - len(items)]
    return len(items)


def _splice(items: list[Value], arguments: Arguments) -> Value:
    start = position_in(arguments, 0, 0)
    start = start if start >= 0 else max(len(items) + start, 0)
    removed = items[start : start + max(position_in(arguments, 1, len(items)), 0)]
    items[start : start + len(removed)] = arguments[2 : 2 + MAX_ITEMS - len(items)]
    return new_list(removed)


def _concat(items: list[Value], more: Arguments) -> Obj:
    found = list(items)
    for value in more:
        if isinstance(value, Obj) and value.items is not None:
            found += value.items
        else:
            # What is not known may be any number of elements.
            found += [value] * (1 + isinstance(value, Choice))
    return new_list(found)


def _code_units(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def _sorted(machine: Machine, items: list[Value]) -> list[Value]:
    """Return the elements as far as their order is known.

    The constant of a list that is sorted with what is not known is what a site signs with.
    """
    # What is undefined here was not understood.
    texts = [None if item is UNDEFINED else text_of(item) or known_text(item) for item in items]
    known = [text for text in texts if text is not None]
    if len(known) == len(items):
        return [*sorted(known, key=_code_units)]
    salts = salts_of(*items)
    if 3 <= len(items) <= MAX_SALTED:
        is_salt = len(known) == 1 and _SALT.fullmatch(known[0])
        sure = any(isinstance(item, str) for item in items)
        salts |= {Salt(known[0], sure) if is_salt else Salt(None)}
        machine.salts |= salts
    return [Unknown(salts=salts) for _ in items]


def _sort(machine: Machine, this: Obj, items: list[Value], _: Arguments) -> Value:
    items[:] = _sorted(machine, items)
    return this


def _join(_i: Machine, _this: Obj, items: list[Value], arguments: Arguments) -> Value:
    separator = text_of(arguments[0]) if arguments else ","
    texts = ["" if isinstance(item, Nothing) else text_of(item) for item in items]
    text = None if separator is None else joined(texts, separator)
    return computed(*items[:MAX_SALTED], *arguments) if text is None else text


def results_of(
    machine: Machine, this: Obj, items: list[Value], arguments: Arguments
) -> list[Value]:
    function = argument(arguments, 0)
    pairs = enumerate(list(items))
    return [machine.call(function, UNDEFINED, [item, place, this]) for place, item in pairs]


def _for_each(i: Machine, this: Obj, items: list[Value], arguments: Arguments) -> Value:
    results_of(i, this, items, arguments)
    return UNDEFINED


def _matching(machine: Machine, this: Obj, items: list[Value], arguments: Arguments) -> list[Value]:
    before = list(items)
    results = results_of(machine, this, items, arguments)
    return [item for item, one in zip(before, results, strict=True) if truth(one) is not False]


def _find(machine: Machine, this: Obj, items: list[Value], arguments: Arguments) -> Value:
    before, found = list(items), list[Value]()
    for item, result in zip(before, results_of(machine, this, items, arguments), strict=True):
        known = truth(result)
        found += [item] * (known is not False)
        if known:
            break
    return either(found)


def _test(wanted: bool) -> OfList:
    def method(i: Machine, this: Obj, items: list[Value], arguments: Arguments) -> Value:
        truths = [truth(result) for result in results_of(i, this, items, arguments)]
        return wanted if wanted in truths else (computed(this) if None in truths else not wanted)

    return method


def _reduce(i: Machine, this: Obj, items: list[Value], arguments: Arguments) -> Value:
    rest = list(items)
    value = arguments[1] if len(arguments) > 1 else (rest.pop(0) if rest else UNDEFINED)
    for place, item in enumerate(rest, len(items) - len(rest)):
        value = i.call(argument(arguments, 0), UNDEFINED, [value, item, place, this])
    return value


def _index_of(_i: Machine, this: Obj, items: list[Value], arguments: Arguments) -> Value:
    wanted = text_of(argument(arguments, 0))
    texts = [text_of(item) for item in items]
    if wanted is not None and wanted in texts:
        return texts.index(wanted)
    return computed(this, *arguments) if wanted is None or None in texts else -1


def _includes(i: Machine, this: Obj, items: list[Value], arguments: Arguments) -> Value:
    place = _index_of(i, this, items, arguments)
    return place if isinstance(place, Unknown) else place != -1


def _reverse(_i: Machine, this: Obj, items: list[Value], _: Arguments) -> Value:
    items.reverse()
    return this


def _add(_i: Machine, this: Obj, items: list[Value], arguments: Arguments) -> Value:
    _insert(items, len(items), arguments)
    return this


def _fill(_i: Machine, this: Obj, items: list[Value], arguments: Arguments) -> Value:
    places = range(len(items))[position_in(arguments, 1, 0) : position_in(arguments, 2, len(items))]
    for place in places:
        items[place] = argument(arguments, 0)
    return this


_OF_LIST: dict[str, OfList] = {
    "push": lambda _, __, items, arguments: _insert(items, len(items), arguments),
    "unshift": lambda _, __, items, arguments: _insert(items, 0, arguments),
    "pop": lambda _, __, items, ___: items.pop() if items else UNDEFINED,
    "shift": lambda _, __, items, ___: items.pop(0) if items else UNDEFINED,
    "splice": lambda _, __, items, arguments: _splice(items, arguments),
    "concat": lambda _, __, items, arguments: _concat(items, arguments),
    "slice": lambda _, __, items, arguments: new_list(
        items[position_in(arguments, 0, 0) : position_in(arguments, 1, len(items))]
    ),
    "reverse": _reverse,
    "toReversed": lambda _, __, items, ___: new_list(items[::-1]),
    "fill": _fill,
    "sort": _sort,
    "toSorted": lambda i, _, items, __: new_list(_sorted(i, items)),
    "join": _join,
    "toString": lambda i, this, items, _: _join(i, this, items, []),
    "map": lambda i, this, items, arguments: new_list(results_of(i, this, items, arguments)),
    "flatMap": lambda i, this, items, arguments: _concat([], results_of(i, this, items, arguments)),
    "flat": lambda _, __, items, ___: _concat([], items),
    "forEach": _for_each,
    "filter": lambda i, this, items, arguments: new_list(_matching(i, this, items, arguments)),
    "find": _find,
    "some": _test(True),
    "every": _test(False),
    "reduce": _reduce,
    "reduceRight": lambda i, this, items, arguments: _reduce(i, this, items[::-1], arguments),
    "indexOf": _index_of,
    "includes": _includes,
    "at": lambda _, __, items, arguments: either(items[position_in(arguments, 0, 0) :][:1]),
    "entries": lambda _, __, items, ___: new_list(map(new_list, enumerate(items))),
    "values": lambda _, __, items, ___: new_list(items),
    "keys": lambda _, __, items, ___: new_list(range(len(items))),
    "add": _add,
    "has": _includes,
}


def _list_method(name: str, function: OfList) -> Native:
    def method(machine: Machine, this: Value, arguments: Arguments) -> Value:
        if not isinstance(this, Obj) or this.items is None:
            return machine.call_unknown(this, arguments)
        if name in POSITIONAL and is_unknown(*arguments):
            return computed(this, *arguments)
        machine.spend(1 + len(this.items))
        return function(machine, this, this.items, arguments)

    return method


LIST_METHODS: dict[str, Native] = {
    name: _list_method(name, function) for name, function in _OF_LIST.items()
}
