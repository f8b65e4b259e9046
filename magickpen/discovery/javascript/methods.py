"""What the methods of lists and texts return."""

from __future__ import annotations

from magickpen.discovery.javascript.builtins import LIST_METHODS, method_of_text
from magickpen.discovery.javascript.literals import elements
from magickpen.discovery.javascript.lookup import Lookup
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import OBJECT
from magickpen.discovery.javascript.values import (
    MAX_TEXT,
    Items,
    Place,
    Value,
    concatenated,
    parsed_json,
)

MAX_ITEMS = 100
"""How many elements of a list are looked at."""


class Methods(Lookup):
    """Follows the methods of the language."""

    def _built_in(self, module: Module, value: Value, owner: str, name: str, paren: int) -> Value:
        """Return what a method of the language returns; None where it is none that is known."""
        places = elements(module.script, paren)
        if isinstance(value, str):
            if len(value) > MAX_TEXT:
                return None
            return method_of_text(value, name, [self._text_at(module, place) for place in places])
        match owner, name:
            case "JSON", "parse":
                return parsed_json(self._text_at(module, places[0])) if places else None
            case "Array", "of":
                return Items(tuple(Place(module, place, self._frame) for place in places))
            case "Array", "from":
                return self._copied(self._value(module, places[0])) if places else None
            case "Object", "values":
                return self._values_of(self._value(module, places[0])) if places else None
            case _, "join":
                return self._joined(value, self._text_at(module, places[0]) if places else ",")
            case _, _ if name in LIST_METHODS:
                return self._list_method(module, value, name, places)
            case _:
                return None

    def _copied(self, value: Value) -> Value:
        items = self._elements(value)
        return None if items is None else Items(tuple(items))

    def _values_of(self, value: Value) -> Value:
        if not isinstance(value, Place) or value.module.script.kind[value.index] != OBJECT:
            return None
        named = value.module.properties(value.index).named
        return Items(tuple(Place(value.module, index, value.frame) for index in named.values()))

    def _joined(self, value: Value, separator: str | None) -> str | None:
        items = self._elements(value)
        if items is None or separator is None:
            return None
        texts = [self._text_of_item(item) for item in items]
        return concatenated([part for text in texts for part in (separator, text)][1:])

    def _list_method(self, module: Module, value: Value, name: str, places: list[int]) -> Value:
        items = self._elements(value)
        if items is None:
            return None
        if name == "concat":
            for place in places:
                # What a list is extended by may be any number of elements.
                items += self._elements(self._value(module, place)) or [None, None]
            if len(items) > MAX_ITEMS:
                return None
        elif name == "reverse":
            items.reverse()
        return Items(tuple(items))

    def _text_of_item(self, item: str | Place | None) -> str | None:
        return self._text(self._at(item)) if isinstance(item, Place) else item

    def _elements(self, value: Value) -> list[str | Place | None] | None:
        """Return the elements of a list; None for what is none, or is too long."""
        if isinstance(value, Items):
            return list(value.items)
        if not isinstance(value, Place) or value.module.script.tokens[value.index] != "[":
            return None
        if value not in self._lists:
            # A list may be spread into itself.
            self._lists[value] = None
            self._depth += 1
            try:
                self._lists[value] = self._elements_at(value)
            finally:
                self._depth -= 1
        items = self._lists[value]
        return None if items is None else list(items)

    def _elements_at(self, place: Place) -> tuple[str | Place | None, ...] | None:
        script = place.module.script
        found: list[str | Place | None] = []
        for index in elements(script, place.index):
            if script.tokens[index] == "...":
                spread = self._value_in(place.frame, place.module, index + 1)
                found += self._elements(spread) or [None, None]
            else:
                found.append(Place(place.module, index, place.frame))
            if len(found) > MAX_ITEMS:
                return None
        return tuple(found)

    def _item(self, items: tuple[str | Place | None, ...], name: str) -> Value:
        known = name.isdecimal() and len(name) < 9 and int(name) < len(items)
        item = items[int(name)] if known else None
        return self._at(item) if isinstance(item, Place) else item
