"""Runs JavaScript in the interpreter of discovery, and shows what comes out as plain Python."""

from __future__ import annotations

from typing import Final

from magickpen.discovery.javascript.interpreter import Interpreter
from magickpen.discovery.javascript.module import TOP, Module
from magickpen.discovery.javascript.operations import loaded
from magickpen.discovery.javascript.values import Choice, Getter, Nothing, Obj, Unknown, Value

URL: Final = "https://site.test/a.js"
PAGE: Final = "https://site.test/x/"
MAX_DEPTH: Final = 6
STEPS: Final = 100_000

NULL: Final = "<null>"
UNKNOWN: Final = "<unknown>"
FUNCTION: Final = "<function>"
GETTER: Final = "<getter>"


class Site:
    """The scripts of a site, and an interpreter of them.

    Args:
        source: the text of the module at `URL`.
        others: those of other modules, by URL.
        guessing: as for the interpreter.
    """

    def __init__(
        self, source: str, others: dict[str, str] | None = None, *, guessing: bool = False
    ) -> None:
        sources = {URL: source, **(others or {})}
        modules = {url: Module(url, text) for url, text in sources.items()}
        self.module: Module = modules[URL]
        self.interpreter: Interpreter = Interpreter(modules, page_url=PAGE, guessing=guessing)

    def variable(self, name: str = "R", steps: int = STEPS) -> Value:
        """Return a variable of the module; unknown if it takes too many steps."""
        interpreter, statics = self.interpreter, self.interpreter.statics
        return interpreter.attempt(
            lambda: interpreter.lookup(name, statics.env(self.module, TOP)), steps, self.module
        )

    def value_after(self, *tokens: str) -> Value:
        """Return the value of the expression after some tokens, looked up where it stands."""
        interpreter, module, script = self.interpreter, self.module, self.module.script
        place = next(i for i in range(len(script.tokens)) if script.matches(i, *tokens))
        place += len(tokens)
        return interpreter.attempt(
            lambda: interpreter.evaluate(
                module.expression(place), interpreter.statics.env_at(module, place)
            ),
            STEPS,
            module,
        )


def value_of(
    source: str, others: dict[str, str] | None = None, *, guessing: bool = False
) -> object:
    """Return what the variable `R` of a script holds, as plain Python.

    Undefined is None, one of several values a tuple of them, and a whole number an int.
    """
    return plain(Site(source, others, guessing=guessing).variable())


def used(source: str, others: dict[str, str] | None = None, *, guessing: bool = False) -> object:
    """Return the value of what stands after `USE=` in a script, as plain Python."""
    return plain(Site(source, others, guessing=guessing).value_after("USE", "="))


def expression(source: str, rest: str = "") -> object:
    """Return the value of an expression, before some other declarations."""
    return value_of(f"var R={source};{rest}")


def result(body: str, rest: str = "") -> object:
    """Return what a function returns, before some other declarations."""
    return expression(f"(function(){{{body}}})()", rest)


def plain(value: Value | Getter, depth: int = 0) -> object:
    """Return a value as plain Python."""
    if depth > MAX_DEPTH:
        return "..."
    match value:
        case Getter():
            return GETTER
        case Unknown():
            return UNKNOWN
        case Choice():
            return tuple(plain(one, depth) for one in value.values)
        case Obj():
            return _object(value, depth + 1)
        case Nothing.UNDEFINED:
            return None
        case Nothing.NULL:
            return NULL
        case float():
            return int(value) if value.is_integer() else value
        case _:
            return value


def _object(value: Obj, depth: int) -> object:
    if value.load is not None:
        return plain(loaded(value), depth)
    if value.items is not None:
        return [plain(item, depth) for item in value.items]
    if value.callable:
        return FUNCTION
    return {name: plain(item, depth) for name, item in value.properties.items()}


def same(found: object, expected: object) -> bool:
    """Whether two plain values are the same: 1 is not True, and NaN is itself."""
    return repr(found) == repr(expected)
