"""The constants that expressions stand for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from magickpen.discovery.javascript.code import Code, code_at, names_in, values_of_variable
from magickpen.discovery.javascript.expressions import Expressions
from magickpen.discovery.javascript.literals import start_of_operand
from magickpen.discovery.javascript.lookup import MAX_PLACES
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import WorkLimitError
from magickpen.discovery.javascript.usage import handed_over, namesakes, property_path
from magickpen.discovery.javascript.values import Place, Result

MAX_CODE = 40
"""How many functions and variables are looked at for what an expression is worked out by."""

MAX_NAMING = 200
"""How many tokens of each are."""

MIN_OWNER = 3
"""How long the name of a property is, at the least, that no minifier made."""

MAX_NAMESAKES = 50
"""How many properties of the same name are looked at."""


class Evaluator(Expressions):
    """Answers what is constant in the modules of a site, as far as it is no unreasonable work."""

    def text(self, module: Module, index: int) -> str | None:
        """Return the text that the expression at an index stands for; None where it has none."""
        with suppress(WorkLimitError):
            text = self._text(self._value(module, index))
            return self._text_of_namesakes(module, index) if text is None else text
        return None

    def is_constant(self, module: Module, index: int) -> bool:
        """Whether the expression at an index is a text or a number that is known beforehand."""
        with suppress(WorkLimitError):
            # A number may be several tokens: 0 . 5, or . 5
            start = "".join(module.script.tokens[index : index + 2]).removeprefix(".")
            value = self._value(module, index)
            if isinstance(value, Result) and value.arguments:
                # A function of constants: the signature of a sample.
                return all(self._text(self._at(place)) is not None for place in value.arguments)
            return start[:1].isdigit() or self._text(value) is not None
        return False

    def _text_of_namesakes(self, module: Module, index: int) -> str | None:
        """Return the only text that a property has which an expression ends with, wherever it is.

        Where a class was made a function, or an object is handed over by a framework, nothing else
        leads from the property to its value.
        """
        *owner, name = property_path(module, index) or ("",)
        texts: set[str | None] = set()
        if owner and len(owner[0]) >= MIN_OWNER:
            texts = {
                self._text_at(other, value)
                for other in self._modules.values()
                for value in islice(handed_over(other, owner[0], name), MAX_PLACES)
            } - {None}
        if not texts and name:
            values = namesakes(module, name, index)[:MAX_NAMESAKES]
            texts = {self._text_at(module, value) for value in values} - {None}
        return texts.pop() if len(texts) == 1 else None

    def text_of_member(self, module: Module, index: int, name: str) -> str | None:
        """Return the text of a property of what the expression at an index stands for."""
        with suppress(WorkLimitError):
            return self._text(self._member(self._value(module, index), name))
        return None

    def texts_of_list(self, module: Module, end: int, limit: int) -> list[str | None]:
        """Return the texts of the elements of the list that an expression stands for.

        Args:
            module: where it is.
            end: the index after the expression.
            limit: how many elements it has at the most; for more, the list is empty.
        """
        with suppress(WorkLimitError):
            start = start_of_operand(module.script, end)
            items = self._elements(self._operand(module, start, end)[0]) or []
            if len(items) <= limit:
                texts = [self._text_of_item(item) for item in items]
                if any(texts):
                    return texts
                places = [item for item in items if isinstance(item, Place)]
                return [self._text_of_namesakes(place.module, place.index) for place in places]
        return []

    def code_of(self, module: Module, index: int) -> Iterator[Code]:
        """Yield the code that the expression at an index is worked out by, itself first."""
        seen: set[tuple[Module, int]] = set()
        with suppress(WorkLimitError):
            waiting = deque([code_at(module, index)])
            while waiting and len(seen) < MAX_CODE:
                code = waiting.popleft()
                if (code.module, code.extent.start) not in seen:
                    seen.add((code.module, code.extent.start))
                    yield code
                    for place in names_in(code, MAX_NAMING):
                        waiting += self._code_of_name(code.module, place)

    def _code_of_name(self, module: Module, index: int) -> list[Code]:
        function = self.function(module, index)
        if function is not None:
            return [code_at(function.module, function.index)]
        tokens = module.script.tokens
        if index and tokens[index - 1] in (".", "?."):
            return []
        values = islice(values_of_variable(module, tokens[index], index), MAX_PLACES)
        return [code_at(module, value) for value in values]

    def function(self, module: Module, index: int) -> Place | None:
        """Return the function that a name at an index stands for; a method by its name alone."""
        tokens = module.script.tokens
        name = tokens[index]
        with suppress(WorkLimitError):
            if index > 1 and tokens[index - 1] == ".":
                owner = self._named(module, tokens[index - 2], index - 2)
                value = self._member(owner, name)
                if value is None and name in module.functions:
                    return Place(module, module.functions[name])
            else:
                value = self._named(module, name, index)
            return value if isinstance(value, Place) else None
        return None
