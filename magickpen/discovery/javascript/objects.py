"""The properties of values, the elements of lists, and what objects are used for."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from magickpen.discovery.javascript.methods import METHODS, method_of
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.operations import (
    alternatives,
    computed,
    either,
    entries_of,
    loaded,
    new_list,
    text_of,
)
from magickpen.discovery.javascript.statics import Statics
from magickpen.discovery.javascript.values import (
    MAX_ITEMS,
    MAX_PROTOTYPES,
    UNDEFINED,
    Choice,
    Getter,
    Machine,
    Nothing,
    Obj,
    Unknown,
    Value,
)

MAX_PRINTED = 200
"""How many objects are noted that were made into text together."""

HEADERS = frozenset(["x-api-secret", "secret", "sign", "signature", "timestamp", "nonce"])
"""The names of headers, in lower case, by which the headers of a request are recognized."""

_OF_INTEROPERATION = frozenset(["value", "default", "a"])
"""The properties under which frameworks and bundlers keep what they were passed."""


class Objects:
    """Reads and sets properties.

    Attributes:
        carriers: the objects on which a header was set, each with the module that did.
        printed: the objects that were made into text.
    """

    def __init__(self, machine: Machine, statics: Statics, *, guessing: bool) -> None:
        self.carriers: dict[Obj, Module] = {}
        self.printed: set[Obj] = set()
        self._machine = machine
        self._statics = statics
        self._guessing = guessing

    def items_of(self, value: Value) -> list[Value] | None:
        """Return what iterating over a value gives; None if that is not known."""
        value = loaded(value)
        if isinstance(value, str):
            return list(value[:MAX_ITEMS])
        if not isinstance(value, Obj):
            return None
        if value.items is None and value.kind in ("map", "headers"):
            entries = list(value.properties.items())
            return [new_list([cast("Value", key), self.plain(one, value)]) for key, one in entries]
        return None if value.items is None else list(value.items)

    def get(self, value: Value, name: str, this: Value | None = None) -> Value:
        """Return a property of a value, of which a getter may be called on another one."""
        value = loaded(value)
        if isinstance(value, Choice):
            return either(self.get(one, name) for one in value.values)
        if isinstance(value, Obj):
            found = self._found(value, name)
            if found is not None:
                return self.plain(found, value if this is None else this)
            if name == "prototype" and value.closure is not None:
                prototype = value.properties["prototype"] = Obj({"constructor": value})
                return prototype
        found = _part_of(value, name)
        if found is not None:
            return found
        method = method_of(value, name)
        return Obj(native=method) if method is not None else self._unset(value, name)

    def item(self, owner: Value, key: Value) -> Value:
        """Return a property whose name is computed."""
        name = text_of(key)
        return computed(owner, key) if name is None else self.get(owner, name)

    def _found(self, value: Obj, name: str) -> Value | Getter | None:
        owner: Obj | None = value
        for _ in range(MAX_PROTOTYPES):
            if owner is None:
                return None
            if name in owner.properties and owner.kind not in ("map", "headers"):
                return owner.properties[name]
            owner = owner.prototype
        return None

    def _unset(self, value: Value, name: str) -> Value:
        """Return a property that nobody has set."""
        if value is self._machine.window:
            return self._statics.global_variable(name)
        if not isinstance(value, Unknown):
            return Unknown(made=False) if isinstance(value, Obj) and value.open else UNDEFINED
        found = self._passed_on(value, name)
        if found is not None:
            return found
        guess = self._statics.only_object_with(name) if self._guessing and not value.salts else None
        if guess is not None:
            value.sources = (*value.sources, guess)
            return self.get(guess, name)
        child = Unknown(salts=value.salts, made=value.made, sources=value.sources, name=name)
        value.properties[name] = child
        return child

    def _passed_on(self, value: Unknown, name: str) -> Value | None:
        """Return a property that a call passes on which is not known; None if there is none."""
        for source in reversed(value.sources):
            found = self.get(source, name) if isinstance(source, Obj) else UNDEFINED
            if found is not UNDEFINED and not isinstance(found, Unknown) and name not in METHODS:
                return found
        if name in _OF_INTEROPERATION and len(value.sources) == 1 and not value.salts:
            return Choice((value.sources[0], Unknown()))
        return None

    def plain(self, value: Value | Getter, this: Value) -> Value:
        """Return the value of a property, computing it if it has a getter."""
        return self._machine.call(value.function, this, []) if isinstance(value, Getter) else value

    def set(self, owner: Value, name: Value, value: Value | Getter) -> None:
        """Set a property."""
        machine, unsure = self._machine, self._machine.unsure
        machine.unsure += isinstance(owner, Choice) or isinstance(name, Choice)
        for one in map(loaded, alternatives(owner)):
            for key in alternatives(name):
                if isinstance(one, Obj):
                    machine.spend()
                    self._set(one, key, value)
        machine.unsure = unsure

    def _set(self, owner: Obj, key: Value, value: Value | Getter) -> None:
        name = text_of(key)
        if owner.items is not None and (name is None or name.isdecimal()):
            self._set_item(owner.items, name, self.plain(value, owner))
        elif name is None or isinstance(key, Nothing):
            owner.open = True
        else:
            old = owner.properties.get(name)
            unsure = self._machine.unsure and not isinstance(value, Getter)
            if unsure and old is not None and not isinstance(old, Getter | Unknown):
                value = either([old, cast("Value", value)])
            owner.properties[name] = value
            self._note(owner, name, value)

    def _set_item(self, items: list[Value], name: str | None, value: Value) -> None:
        position = len(items) if name is None else int(name[:6])
        if position < len(items):
            items[position] = value
        elif position < MAX_ITEMS:
            items += [*([UNDEFINED] * (position - len(items))), value]

    def _note(self, owner: Obj, name: str, value: Value | Getter) -> None:
        """Take note of what is set that belongs to a request."""
        if name.lower() in HEADERS and self._statics.module is not None:
            self.carriers.setdefault(owner, self._statics.module)
        if not isinstance(value, Obj):
            return
        if name in ("headers", "common") and not isinstance(value, Unknown):
            value.kind = value.kind or "request"
            if value.items is not None:
                self._machine.construct(self.get(self._machine.window, "Headers"), [value])
        if value.closure is not None and value.home is None:
            value.home = owner

    def copy(self, source: Value, target: Value) -> None:
        """Copy the properties of an object, as far as they are known, to another one."""
        for one in alternatives(loaded(source)):
            if isinstance(one, Obj) and isinstance(target, Obj):
                entries = dict(entries_of(one, opaque=True) or ())
                if one.open or isinstance(one, Unknown):
                    target.open = True
                    self._doubt(target, entries.keys())
                for name, value in entries.items():
                    self.set(target, name, self.plain(value, one))

    def _doubt(self, target: Obj, names: Collection[str]) -> None:
        """Take note that what is not known may replace all texts of an object but some."""
        for name, value in target.properties.items():
            if name not in names and isinstance(value, str):
                target.properties[name] = Choice((value, Unknown()))

    def print(self, value: Value) -> None:
        """Take note that an object, with those in it, was made into text."""
        waiting = [value]
        while waiting and len(self.printed) < MAX_PRINTED:
            one = waiting.pop()
            if isinstance(one, Obj) and one not in self.printed:
                self.printed.add(one)
                waiting += [
                    item for item in one.properties.values() if not isinstance(item, Getter)
                ]
                waiting += one.items or ()


def _part_of(value: Value, name: str) -> Value | None:
    """Return the length of a text or a list, or one of its elements; None if it is not that."""
    items = value if isinstance(value, str) else value.items if isinstance(value, Obj) else None
    if items is None or (name != "length" and not name.isdecimal()):
        return None
    if name == "length":
        return len(items)
    position = int(name) if len(name) < 6 else len(items)
    return items[position] if position < len(items) else UNDEFINED
