"""The constants that expressions stand for."""

from __future__ import annotations

from contextlib import suppress

from magickpen.core.javascript.expressions import Expressions
from magickpen.core.javascript.literals import elements, last_of_sequence
from magickpen.core.javascript.module import Module
from magickpen.core.javascript.script import WorkLimitError
from magickpen.core.javascript.usage import last_property, namesakes
from magickpen.core.javascript.values import Place, Value


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
            return start[:1].isdigit() or self._text(self._value(module, index)) is not None
        return False

    def _text_of_namesakes(self, module: Module, index: int) -> str | None:
        """Return the only text that a property has which an expression ends with, wherever it is.

        Where a class was made a function, or an object is handed over by a framework, nothing else
        leads from the property to its value.
        """
        name = last_property(module, index)
        values = namesakes(module, name, index) if name else []
        texts = {self._text(self._value(module, value)) for value in values} - {None}
        return texts.pop() if len(texts) == 1 else None

    def text_of_member(self, module: Module, index: int, name: str) -> str | None:
        """Return the text of a property of what the expression at an index stands for."""
        with suppress(WorkLimitError):
            return self._text(self._member(self._value(module, index), name))
        return None

    def texts_of_array(self, module: Module, end: int, limit: int) -> list[str | None]:
        """Return the texts of the elements of the array that an expression stands for.

        Args:
            module: where it is.
            end: the index after the expression.
            limit: how many elements it has at the most; for more, the list is empty.
        """
        with suppress(WorkLimitError):
            script = module.script
            added: list[str | None] = []
            paren = script.partner[end - 1]
            if paren > 2 and script.tokens[paren - 2 : paren] == [".", "concat"]:
                # What a list is extended by may be any number of elements.
                added = [None, None]
                end = paren - 2
            array = self._last_operand(module, end - 1)
            if isinstance(array, Place) and array.module.script.tokens[array.index] == "[":
                places = elements(array.module.script, array.index)
                if len(places) <= limit:
                    return [self.text(array.module, place) for place in places] + added
        return []

    def _last_operand(self, module: Module, index: int) -> Value:
        """Return the value of a name, an array or an expression in parentheses that ends here."""
        tokens, start = module.script.tokens, module.script.partner[index]
        if tokens[index] == "]" and start >= 0:
            return Place(module, start)
        if tokens[index] == ")" and start >= 0:
            return self._value(module, last_of_sequence(module.script, start + 1))
        return self._named(module, tokens[index], index)

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
