"""The methods of texts, maps, functions and other values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from magickpen.discovery.javascript.arguments import (
    POSITIONAL,
    Arguments,
    OfMap,
    OfText,
    argument,
    entry_lists,
    is_unknown,
    joined,
    position_in,
)
from magickpen.discovery.javascript.list_methods import LIST_METHODS
from magickpen.discovery.javascript.operations import computed, new_list, text_of
from magickpen.discovery.javascript.values import (
    MAX_TEXT,
    UNDEFINED,
    Choice,
    Machine,
    Native,
    Nothing,
    Obj,
    Unknown,
    Value,
)

# Methods of texts; None stands for what is not known.


def _on_text(function: Callable[[str, str], Value]) -> OfText:
    def method(text: str, arguments: Arguments) -> Value | None:
        other = text_of(argument(arguments, 0))
        return None if other is None else function(text, other)

    return method


def _replaced(text: str, arguments: Arguments, count: int) -> str | None:
    old, new = text_of(argument(arguments, 0)), text_of(argument(arguments, 1))
    if old is None or new is None or len(new) * (len(text) + 1) > MAX_TEXT * 10:
        return None
    return text.replace(old, new, count)


def _character(text: str, arguments: Arguments) -> str:
    start = position_in(arguments, 0, 0)
    return text[start : start + 1 or None][:1]


def _substring(text: str, arguments: Arguments) -> str:
    return text[max(position_in(arguments, 0, 0), 0) : max(position_in(arguments, 1, len(text)), 0)]


_OF_TEXT: dict[str, OfText] = {
    "toUpperCase": lambda text, _: text.upper(),
    "toLowerCase": lambda text, _: text.lower(),
    "toString": lambda text, _: text,
    "trim": lambda text, _: text.strip(),
    "startsWith": _on_text(str.startswith),
    "endsWith": _on_text(str.endswith),
    "includes": _on_text(str.__contains__),
    "indexOf": _on_text(str.find),
    "split": _on_text(lambda text, by: new_list(text.split(by) if by else text)),
    "concat": lambda text, arguments: joined([text, *map(text_of, arguments)]),
    "replace": lambda text, arguments: _replaced(text, arguments, 1),
    "replaceAll": lambda text, arguments: _replaced(text, arguments, -1),
    "charAt": _character,
    "at": _character,
    "charCodeAt": lambda text, arguments: ord(_character(text, arguments) or "\0"),
    "slice": lambda text, args: text[position_in(args, 0, 0) : position_in(args, 1, len(text))],
    "substring": _substring,
    "substr": lambda text, arguments: text[position_in(arguments, 0, 0) :][
        : position_in(arguments, 1, len(text))
    ],
    "repeat": lambda text, arguments: joined([text] * min(position_in(arguments, 0, 0), MAX_TEXT)),
}


def _text_method(name: str, function: OfText) -> Native:
    def method(machine: Machine, this: Value, arguments: Arguments) -> Value:
        result = None
        if isinstance(this, str) and not (name in POSITIONAL and is_unknown(*arguments)):
            machine.spend(1 + len(this) // 64)
            result = function(this, arguments)
        return computed(this, *arguments) if result is None else result

    return method


# Methods of maps, and of the headers of a request


def _key(owner: Obj, arguments: Arguments) -> object:
    key = argument(arguments, 0)
    return key.lower() if isinstance(key, str) and owner.kind == "headers" else key


def _get_entry(machine: Machine, this: Obj, arguments: Arguments) -> Value:
    otherwise = Unknown() if this.open else UNDEFINED
    return machine.plain(this.properties.get(_key(this, arguments), otherwise), this)


def _set_entry(machine: Machine, this: Obj, arguments: Arguments) -> Value:
    key = _key(this, arguments)
    if isinstance(key, str):
        machine.set(this, key, argument(arguments, 1))
    else:
        this.properties[key] = argument(arguments, 1)
    return this


def _each_entry(machine: Machine, this: Obj, arguments: Arguments) -> Value:
    for entry in machine.items_of(this) or []:
        passed = [machine.get(entry, "1"), machine.get(entry, "0"), this]
        machine.call(argument(arguments, 0), UNDEFINED, passed)
    return UNDEFINED


def _part_of_entries(name: str) -> OfMap:
    return lambda i, this, _: new_list(i.get(entry, name) for entry in i.items_of(this) or [])


_OF_MAP: dict[str, OfMap] = {
    "get": _get_entry,
    "set": _set_entry,
    "append": _set_entry,
    "has": lambda _, this, arguments: _key(this, arguments) in this.properties,
    "entries": lambda i, this, _: new_list(i.items_of(this) or []),
    "keys": _part_of_entries("0"),
    "values": _part_of_entries("1"),
    "forEach": _each_entry,
}


def _map_method(function: OfMap) -> Native:
    def method(machine: Machine, this: Value, arguments: Arguments) -> Value:
        if not isinstance(this, Obj) or this.kind not in ("map", "headers"):
            return machine.call_unknown(this, arguments)
        return function(machine, this, arguments)

    return method


def new_map(kind: str) -> Native:
    def construct(machine: Machine, _this: Value, arguments: Arguments) -> Value:
        made, source = Obj(kind=kind), argument(arguments, 0)
        items = machine.items_of(source)
        if items is None:
            made.open = isinstance(source, Unknown)
            items = entry_lists(machine, source)
        for item in items:
            _set_entry(machine, made, machine.items_of(item) or [])
        return made

    return construct


# Methods of functions, and of all values


def apply(machine: Machine, this: Value, arguments: Arguments) -> Value:
    passed = machine.items_of(argument(arguments, 1))
    unknown: Arguments = [computed(*arguments)] * 4
    return machine.call(this, argument(arguments, 0), unknown if passed is None else passed)


def _bound(_machine: Machine, this: Value, arguments: Arguments) -> Value:
    first, *rest = arguments or [UNDEFINED]
    return Obj(native=lambda machine, _, more: machine.call(this, first, [*rest, *more]))


def has_own(machine: Machine, this: Value, arguments: Arguments) -> Value:
    name = text_of(argument(arguments, 0))
    if name is None or not isinstance(this, Obj) or isinstance(this, Unknown) or this.open:
        return computed(this)
    return name in this.properties or (
        this.items is not None and machine.get(this, name) is not UNDEFINED
    )


def _to_string(_machine: Machine, this: Value, arguments: Arguments) -> Value:
    text = text_of(this)
    return computed(this) if text is None or arguments else text


def _then(machine: Machine, this: Value, arguments: Arguments) -> Value:
    return machine.call(argument(arguments, 0), UNDEFINED, [this])


FUNCTION_METHODS: dict[str, Native] = {
    "call": lambda i, this, arguments: i.call(this, argument(arguments, 0), arguments[1:]),
    "apply": apply,
    "bind": _bound,
}
_OF_PROMISE: dict[str, Native] = {
    "then": _then,
    "catch": lambda _, this, __: this,
    "finally": lambda _, this, __: this,
}
COMMON_METHODS: dict[str, Native] = {
    "toString": _to_string,
    "valueOf": lambda _, this, __: this,
    "hasOwnProperty": has_own,
    **_OF_PROMISE,
}
TEXT_METHODS = {name: _text_method(name, function) for name, function in _OF_TEXT.items()}
_MAP_METHODS = {name: _map_method(function) for name, function in _OF_MAP.items()}
METHODS = frozenset([*_OF_TEXT, *LIST_METHODS, *_OF_MAP, *FUNCTION_METHODS, *COMMON_METHODS])
"""The names of all methods."""


def method_of(value: Value, name: str) -> Native | None:
    """Return a method that a value has by its kind; None if it has none of that name."""
    methods: Mapping[str, Native] = {}
    match value:
        case Nothing():
            return _OF_PROMISE.get(name)
        case Unknown() | Choice():
            return None
        case str():
            methods = TEXT_METHODS
        case Obj(items=list()):
            methods = LIST_METHODS
        case Obj(kind="map" | "headers"):
            methods = _MAP_METHODS
        case Obj(callable=True):
            methods = FUNCTION_METHODS
        case _:
            pass
    return methods.get(name) or COMMON_METHODS.get(name)
