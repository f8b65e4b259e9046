"""The properties of objects, classes, modules and the browser's own objects."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from itertools import islice
from typing import TypeAlias
from urllib.parse import urlsplit

from magickpen.discovery.javascript.lookup import MAX_PLACES
from magickpen.discovery.javascript.methods import Methods
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import CLASS, OBJECT, is_name
from magickpen.discovery.javascript.usage import (
    assigned_members,
    assigned_to_global,
    class_around,
    defined_members,
    fields,
)
from magickpen.discovery.javascript.values import (
    Either,
    Exports,
    Global,
    Items,
    Namespace,
    Place,
    Result,
    Value,
    either,
    from_json,
)
from magickpen.discovery.javascript.webpack import exported, exported_whole

Owner: TypeAlias = Place | Items | Either | Global | Namespace | Exports | Result
_WINDOW = ("window", "globalThis", "self")


class Members(Methods):
    """Follows properties to what they are set to."""

    def _member(self, value: Value, name: str) -> Value:
        if value is None or isinstance(value, str | bool):
            return None
        if isinstance(value, Mapping):
            return from_json(value.get(name))
        key = (value, name)
        if key not in self._members:
            self._members[key] = None
            self._depth += 1
            try:
                self._members[key] = self._member_of(value, name)
            finally:
                self._depth -= 1
        return self._members[key]

    def _member_of(self, value: Owner, name: str) -> Value:
        match value:
            case Place():
                return self._member_of_place(value, name)
            case Either(values):
                return either(self._member(other, name) for other in values)
            case Items(items):
                return self._item(items, name)
            case Global(owner):
                return self._member_of_global(owner, name)
            case Namespace(module):
                return self._export(module, name)
            case Exports(module, body):
                return self._member_of_exports(module, body, name)
            case _:
                return self._member_of_result(value.arguments, name)

    def _member_of_result(self, places: tuple[Place, ...], name: str) -> Value:
        for place in reversed(places):
            found = self._member(self._at(place), name)
            if found is not None:
                return found
        # Frameworks keep what may change in an object: ref("…").value
        return self._at(places[0]) if name == "value" and len(places) == 1 else None

    def _member_of_place(self, place: Place, name: str) -> Value:
        current, self._frame = self._frame, place.frame
        try:
            return self._member_in_frame(place, name)
        finally:
            self._frame = current

    def _member_in_frame(self, place: Place, name: str) -> Value:
        module, index = place.module, place.index
        script = module.script
        token = script.tokens[index]
        if token == "this":
            found = self._first(module, fields(module, index, name))
            return (
                self._inherited(module, class_around(script, index), name)
                if found is None
                else found
            )
        if token == "[":
            return self._item(tuple(self._elements(place) or ()), name)
        if script.kind[index] not in (OBJECT, CLASS):
            return self._member(self._returned(place, place.frame), name)
        properties = module.properties(index)
        named = properties.named.get(name, -1)
        for spread in reversed(properties.spread):
            found = self._member(self._value(module, spread), name) if spread > named else None
            if found is not None:
                return found
        if named >= 0:
            return self._value(module, named)
        for key, computed in properties.computed:
            if self._text_at(module, key) == name:
                return self._value(module, computed)
        if script.kind[index] == CLASS:
            found = self._first(module, fields(module, index + 1, name))
            return self._inherited(module, index, name) if found is None else found
        if index > 1 and script.tokens[index - 1] == "=" and is_name(script.tokens[index - 2]):
            return self._set_later(module, script.tokens[index - 2], name)
        return None

    def _inherited(self, module: Module, brace: int, name: str) -> Value:
        """Return a property of the class that the class of a brace extends."""
        tokens = module.script.tokens
        if brace < 2 or tokens[brace - 2] != "extends":
            return None
        return self._member(self._named(module, tokens[brace - 1], brace - 1), name)

    @abstractmethod
    def _named(self, module: Module, name: str, index: int) -> Value:
        """Return what a name at an index stands for."""

    def _set_later(self, module: Module, owner: str, name: str) -> Value:
        """Return what a property of a variable is set to outside of the object that it holds."""
        found = self._any(module, assigned_members(module, owner, name))
        return self._any(module, defined_members(module, owner, name)) if found is None else found

    def _member_of_global(self, owner: str, name: str) -> Value:
        """Return a property of a global object, as the page or any script sets it."""
        if owner == "location":
            return _location(self._page_url).get(name)
        if name == "location":
            return Global("location")
        names = _WINDOW if owner in _WINDOW else (owner,)
        return either(
            self._value_in(None, module, place)
            for module in self._modules.values()
            for place in islice(assigned_to_global(module, names, name), MAX_PLACES)
        ) or (Global(name) if owner in _WINDOW else None)

    def _member_of_exports(self, module: Module, body: int, name: str) -> Value:
        script = module.script
        for export in islice(exported(script, body, name), MAX_PLACES):
            value = self._value(module, export.value)
            if export.getter and isinstance(value, Place):
                value = self._returned(value, value.frame)
            if value is not None:
                return value
        for index in islice(exported_whole(script, body), MAX_PLACES):
            value = self._value(module, index)
            found = self._member(value, name)
            if found is None and name in ("a", "default"):
                found = value
            if found is not None:
                return found
        return None

    def _of_module(self, importer: Module, source: str, name: str) -> Value:
        url = self._resolve(importer.url, source)
        module = self._modules.get(url)
        if module is None:
            self.missing[url] = None
            return None
        return Namespace(module) if name == "*" else self._export(module, name)

    def _export(self, module: Module, name: str) -> Value:
        key = (module, name)
        if key not in self._exports:
            # Modules may hand on the names of each other.
            self._exports[key] = None
            self._exports[key] = self._find_export(module, name)
        return self._exports[key]

    def _find_export(self, module: Module, name: str) -> Value:
        export = module.exports.get(name)
        if export is None:
            for source in module.exports_all_of:
                value = self._of_module(module, source, name)
                if value is not None:
                    return value
            return None
        if export.imported_from:
            return self._of_module(module, export.imported_from, export.imported)
        return self._value(module, export.value)


def _location(url: str) -> dict[str, str]:
    """Return the properties of the browser's `location` on a page."""
    parts = urlsplit(url)
    return {
        "href": url,
        "origin": f"{parts.scheme}://{parts.netloc}",
        "protocol": f"{parts.scheme}:",
        "host": parts.netloc,
        "hostname": parts.hostname or "",
        "port": str(parts.port or ""),
        "pathname": parts.path or "/",
    }
