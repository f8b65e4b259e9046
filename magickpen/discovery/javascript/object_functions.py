"""The functions of `Object` and `Reflect`."""

from __future__ import annotations

from magickpen.discovery.javascript.arguments import Arguments, argument, entry_lists
from magickpen.discovery.javascript.methods import apply, has_own
from magickpen.discovery.javascript.operations import computed, entries_of, new_list, text_of
from magickpen.discovery.javascript.values import (
    UNDEFINED,
    Getter,
    Machine,
    Native,
    Obj,
    Unknown,
    Value,
)


def _listed(part: str) -> Native:
    def function(machine: Machine, _this: Value, arguments: Arguments) -> Value:
        source = argument(arguments, 0)
        if entries_of(source) is None:
            return computed(source)
        entries = entry_lists(machine, source)
        return new_list(machine.get(entry, part) if part else entry for entry in entries)

    return function


def _assign(machine: Machine, _this: Value, arguments: Arguments) -> Value:
    for source in arguments[1:]:
        machine.copy(source, arguments[0])
    return argument(arguments, 0)


def _from_entries(machine: Machine, _this: Value, arguments: Arguments) -> Value:
    items = machine.items_of(argument(arguments, 0))
    made = Obj(open=items is None)
    for item in items or ():
        machine.set(made, machine.get(item, "0"), machine.get(item, "1"))
    return made


def _define(machine: Machine, target: Value, name: Value, description: Value) -> Value:
    getter, value = (machine.get(description, part) for part in ("get", "value"))
    if isinstance(getter, Obj) and getter.callable:
        machine.set(target, name, Getter(getter))
    elif value is not UNDEFINED or isinstance(description, Unknown):
        machine.set(target, name, value)
        if isinstance(value, Obj) and isinstance(target, Obj):
            value.home = target
    return target


def _define_all(machine: Machine, target: Value, descriptions: Value) -> Value:
    for name, description in entries_of(descriptions) or ():
        _define(machine, target, name, machine.plain(description, target))
    return target


def _create(machine: Machine, _this: Value, arguments: Arguments) -> Value:
    prototype = argument(arguments, 0)
    made = Obj(prototype=prototype if isinstance(prototype, Obj) else None)
    return _define_all(machine, made, argument(arguments, 1))


def _describe(machine: Machine, _this: Value, arguments: Arguments) -> Value:
    owner, name = argument(arguments, 0), text_of(argument(arguments, 1))
    if name is None or isinstance(owner, Unknown):
        return computed(owner)
    return Obj({"value": machine.get(owner, name), "enumerable": True})


def _describe_all(machine: Machine, _this: Value, arguments: Arguments) -> Value:
    owner = argument(arguments, 0)
    names = [name for name, _ in entries_of(owner) or ()]
    return Obj({name: _describe(machine, UNDEFINED, [owner, name]) for name in names})


def _prototype_of(_machine: Machine, _this: Value, arguments: Arguments) -> Value:
    value = argument(arguments, 0)
    return value.prototype or UNDEFINED if isinstance(value, Obj) else UNDEFINED


def _set_prototype(_machine: Machine, _this: Value, arguments: Arguments) -> Value:
    value, prototype = argument(arguments, 0), argument(arguments, 1)
    if isinstance(value, Obj) and isinstance(prototype, Obj):
        value.prototype = prototype
    return value


def _construct(machine: Machine, _this: Value, arguments: Arguments) -> Value:
    passed = machine.items_of(argument(arguments, 1)) or []
    made = machine.construct(argument(arguments, 0), passed)
    prototype = machine.get(argument(arguments, 2), "prototype")
    if isinstance(made, Obj) and isinstance(prototype, Obj):
        made.prototype = prototype
    return made


def first_argument(_machine: Machine, _this: Value, arguments: Arguments) -> Value:
    """Return the first argument, as functions do that keep an object from being changed."""
    return argument(arguments, 0)


OBJECT_FUNCTIONS: dict[str, Native] = {
    "assign": _assign,
    "keys": _listed("0"),
    "values": _listed("1"),
    "entries": _listed(""),
    "fromEntries": _from_entries,
    "freeze": first_argument,
    "seal": first_argument,
    "defineProperty": lambda i, _, arguments: _define(i, *_padded(arguments)),
    "defineProperties": lambda i, _, arguments: _define_all(i, *_padded(arguments)[:2]),
    "create": _create,
    "getOwnPropertyNames": _listed("0"),
    "getOwnPropertySymbols": lambda _, __, ___: new_list([]),
    "getOwnPropertyDescriptor": _describe,
    "getOwnPropertyDescriptors": _describe_all,
    "getPrototypeOf": _prototype_of,
    "setPrototypeOf": _set_prototype,
    "hasOwn": lambda i, _, arguments: has_own(i, argument(arguments, 0), arguments[1:]),
}
REFLECT_FUNCTIONS: dict[str, Native] = {
    **OBJECT_FUNCTIONS,
    "get": lambda i, _, arguments: i.item(argument(arguments, 0), argument(arguments, 1)),
    "apply": lambda i, _, arguments: apply(i, argument(arguments, 0), arguments[1:]),
    "construct": _construct,
}


def _padded(arguments: Arguments) -> tuple[Value, Value, Value]:
    return argument(arguments, 0), argument(arguments, 1), argument(arguments, 2)
