"""What expressions stand for, each looked up once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from urllib.parse import urljoin

from magickpen.discovery.javascript.literals import function_at, returned
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.scopes import Binding
from magickpen.discovery.javascript.values import Frame, Place, Value, alternatives, either

STEPS_PER_VALUE = 20
MAX_DEPTH = 40
MAX_PLACES = 8
"""How many calls of a function, or assignments of a name, are looked at for a value."""


class Lookup(ABC):
    """Follows expressions through the modules of a site to what they stand for.

    Args:
        modules: the modules that were read, by URL.
        resolve: makes a URL of a module's URL and what an import in it names.
        page_url: the URL of the page that runs them.

    Attributes:
        missing: the URLs of modules that were asked for and were not among those.
    """

    def __init__(
        self,
        modules: Mapping[str, Module],
        *,
        resolve: Callable[[str, str], str] = urljoin,
        page_url: str = "",
    ) -> None:
        self._modules = modules
        self._resolve = resolve
        self._page_url = page_url
        self._depth: int = 0
        self._frame: Frame | None = None
        self._frames: dict[tuple[Place, Place], Frame] = {}
        self._values: dict[tuple[Frame | None, Module, int], Value] = {}
        self._arguments: dict[tuple[Module, Binding], Value] = {}
        self._members: dict[tuple[Value, str], Value] = {}
        self._lists: dict[Place, tuple[str | Place | None, ...] | None] = {}
        self._exports: dict[tuple[Module, str], Value] = {}
        self.missing: dict[str, None] = {}

    def _text(self, value: Value) -> str | None:
        if value is None or isinstance(value, str):
            return value
        texts: set[str] = set()
        for one in alternatives(value):
            # Bundlers hand values on by functions that return them.
            result = self._returned(one, one.frame) if isinstance(one, Place) else one
            texts |= {text for text in alternatives(result) if isinstance(text, str)}
        if len(texts) > 1:
            # What is set before it is known is empty.
            texts.discard("")
        return texts.pop() if len(texts) == 1 else None

    def _text_at(self, module: Module, index: int) -> str | None:
        return self._text(self._value(module, index))

    def _any(self, module: Module, places: Iterable[int]) -> Value:
        """Return what one of several expressions stands for."""
        return either(self._value(module, index) for index in islice(places, MAX_PLACES))

    def _first(self, module: Module, places: Iterable[int]) -> Value:
        """Return the first of several expressions that has a value."""
        for index in islice(places, MAX_PLACES):
            value = self._value(module, index)
            if value is not None:
                return value
        return None

    def _at(self, place: Place) -> Value:
        """Return what the expression at a place stands for."""
        return self._value_in(place.frame, place.module, place.index)

    def _value_in(self, frame: Frame | None, module: Module, index: int) -> Value:
        current, self._frame = self._frame, frame
        try:
            return self._value(module, index)
        finally:
            self._frame = current

    def _value(self, module: Module, index: int) -> Value:
        key = (self._frame, module, index)
        if key in self._values:
            module.script.work.spend(1)
            return self._values[key]
        module.script.work.spend(STEPS_PER_VALUE)
        if self._depth >= MAX_DEPTH or index >= len(module.script.tokens):
            return None
        # An expression that depends on itself has no constant value.
        self._values[key] = None
        self._depth += 1
        try:
            self._values[key] = value = self._expression(module, index)
        finally:
            self._depth -= 1
        return value

    def _returned(self, place: Place, frame: Frame | None) -> Value:
        """Return what a function returns; None for other values."""
        script = place.module.script
        function = function_at(script, place.index)
        if function is None:
            return None
        result = returned(script, function)
        return self._value_in(frame, place.module, result) if result >= 0 else None

    @abstractmethod
    def _expression(self, module: Module, start: int) -> Value:
        """Return what the expression at an index stands for."""
