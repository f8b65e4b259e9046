"""What names stand for: variables, imports, parameters and the functions that are called."""

from __future__ import annotations

from itertools import islice

from magickpen.discovery.javascript.builtins import FUNCTIONS_OF_TEXT
from magickpen.discovery.javascript.literals import (
    elements,
    function_at,
    is_string,
    string_value,
)
from magickpen.discovery.javascript.lookup import MAX_PLACES
from magickpen.discovery.javascript.members import Members
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.scopes import Binding
from magickpen.discovery.javascript.script import CLASS, OBJECT
from magickpen.discovery.javascript.systemjs import dependency_of_setter
from magickpen.discovery.javascript.usage import (
    assigned,
    calls_of,
    constructed_with,
    is_appended_to,
    private_values,
    pushed,
)
from magickpen.discovery.javascript.values import (
    Exports,
    Frame,
    Global,
    Items,
    Place,
    Result,
    Value,
    either,
)

MAX_FRAMES = 4
"""How many calls are followed into each other; beyond, a parameter is what any call passes."""

_GLOBALS = frozenset(["window", "globalThis", "self", "location"])


class Names(Members):
    """Follows names to what they are bound to."""

    def _named(self, module: Module, name: str, index: int) -> Value:
        binding = module.scopes.resolve(name, index)
        if binding is None:
            return self._global(name)
        if binding.imported_from:
            return self._of_module(module, binding.imported_from, binding.path[0])
        if binding.function >= 0:
            value = self._argument(module, binding)
        else:
            value = self._value(module, binding.value) if binding.value >= 0 else None
            if isinstance(value, str) and is_appended_to(module, name, index):
                return None
            if value is None:
                value = self._any(module, assigned(module, name, index))
            value = self._extended(module, value, name, index)
        return self._followed(module, value, binding)

    def _followed(self, module: Module, value: Value, binding: Binding) -> Value:
        for name in binding.path:
            value = self._member(value, name)
        if value is None and binding.default >= 0:
            return self._value(module, binding.default)
        return value

    def _extended(self, module: Module, value: Value, name: str, index: int) -> Value:
        """Return a list with what is pushed to the variable that holds it."""
        if not isinstance(value, Place) or value.module.script.tokens[value.index] != "[":
            return value
        added = [
            Place(module, place, self._frame)
            for place in islice(pushed(module, name, index), MAX_PLACES)
        ]
        return Items((*(self._elements(value) or ()), *added)) if added else value

    def _argument(self, module: Module, binding: Binding) -> Value:
        """Return what is passed for a parameter: by the call that is looked at, or by any."""
        frame = self._frame
        while frame is not None:
            if frame.module is module and frame.parameters == binding.function:
                return self._passed(frame.call, binding)
            frame = frame.outer
        key = (module, binding)
        if key not in self._arguments:
            # A function may call itself.
            self._arguments[key] = None
            self._arguments[key] = self._argument_of_any_call(module, binding)
        return self._arguments[key]

    def _argument_of_any_call(self, module: Module, binding: Binding) -> Value:
        imported = dependency_of_setter(module.script, binding.function)
        if imported:
            return self._of_module(module, imported, "*")
        calls = islice(calls_of(module, binding.function), MAX_PLACES)
        value = either(self._passed(Place(module, call), binding) for call in calls)
        if value is None and not binding.path:
            value = self._constructed_with(module, binding)
        return value

    def _passed(self, call: Place, binding: Binding) -> Value:
        places = elements(call.module.script, call.index)[binding.position :]
        if binding.rest:
            return Items(tuple(Place(call.module, place, call.frame) for place in places))
        return self._at(Place(call.module, places[0], call.frame)) if places else None

    def _constructed_with(self, module: Module, binding: Binding) -> Value:
        for index in constructed_with(module, binding.function, binding.position):
            value = self._value(module, index)
            if isinstance(value, Result) or (
                isinstance(value, Place) and value.module.script.kind[value.index] == OBJECT
            ):
                return value
        return None

    def _global(self, name: str) -> Value:
        """Return what a name stands for that a script does not declare."""
        return Global(name) if name in _GLOBALS else None

    def _called(self, module: Module, value: Value, owner: str, index: int) -> Value:
        """Return what a call returns, of which the parenthesis stands at an index."""
        places = elements(module.script, index)
        if len(places) == 2:
            private = self._any(module, private_values(module, index))
            if private is not None:
                return private
        if isinstance(value, Place):
            if value.module.script.kind[value.index] == CLASS:
                return value
            value = self._returned(value, self._entered(value, module, index))
            if value is not None:
                return value
        elif isinstance(value, Result) and not places:
            return value
        if owner and len(places) == 1:
            if owner in FUNCTIONS_OF_TEXT:
                text = self._text_at(module, places[0])
                return None if text is None else FUNCTIONS_OF_TEXT[owner](text)
            exports = self._required(module.script.tokens[places[0]])
            if exports is not None:
                return exports
        return Result(tuple(Place(module, place, self._frame) for place in places))

    def _entered(self, function: Place, module: Module, paren: int) -> Frame | None:
        """Return the frame of a call; None where it is inside of too many others."""
        call = Place(module, paren, self._frame)
        parts = function_at(function.module.script, function.index)
        outer = function.frame
        depth = 1 + max(outer.depth if outer else 0, self._frame.depth if self._frame else 0)
        if parts is None or depth > MAX_FRAMES:
            return outer
        frame = Frame(function.module, parts.parameters, call, outer, depth)
        # The same call has the same frame, for what was looked up in it.
        return self._frames.setdefault((function, call), frame)

    def _required(self, key: str) -> Exports | None:
        name = string_value(key) if is_string(key) else key
        if not name or not (is_string(key) or name[0].isdigit()):
            return None
        for module in self._modules.values():
            body = module.functions.get(name)
            if body is not None:
                return Exports(module, body)
        return None
