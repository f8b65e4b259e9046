"""Runs the code around a place of a script, so that it does there what it does in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from magickpen.discovery.javascript.interpreter import Interpreter
from magickpen.discovery.javascript.module import TOP, Module
from magickpen.discovery.javascript.script import BLOCK, FUNCTION
from magickpen.discovery.javascript.statements import run
from magickpen.discovery.javascript.statics import SMALL
from magickpen.discovery.javascript.syntax import Node
from magickpen.discovery.javascript.tokens import WorkLimitError, is_name
from magickpen.discovery.javascript.values import UNDEFINED, Closure, Obj, Unknown, Value

STEPS = 120_000
"""How many steps the code around one place may take in a script that is run from its beginning."""

STEPS_OF_PIECE = 12_000
"""How many steps it may take in other scripts."""

ALL_STEPS = 500_000
"""How many steps all visits may take together."""

MAX_USES = 10
"""How many uses of a variable are visited, and how often functions are called that others made."""

MAX_DISTANCE = 2
"""Through how many variables uses are followed."""

_STATEMENTS = frozenset(["if", "for", "while", "do", "switch", "try"])
_BEFORE_EXPRESSION = frozenset(["export", "default", "return", "var", "let", "const", "throw"])
_OPERATORS = frozenset(["in", "of", "instanceof"])


class Visits:
    """Runs the code around places, each piece of it once."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._visited: set[tuple[Module, int]] = set()
        self._forced: set[int] = set()
        self._left = ALL_STEPS

    def visit(self, module: Module, index: int) -> None:
        """Run the piece of a script that a token belongs to, and the functions around the token."""
        with suppress(WorkLimitError, RecursionError):
            base = self._base(module, index)
            start = self._start_of_piece(module, index, base)
            if (module, start) not in self._visited:
                self._visited.add((module, start))
                self._attempt(module, lambda: self._run_piece(module, start, base))
            self._run_functions(module, index, base)

    def visit_uses(self, module: Module, index: int, distance: int = 1) -> None:
        """Run the code that uses what is declared around a token."""
        with suppress(WorkLimitError, RecursionError):
            base = self._base(module, index)
            start = self._start_of_piece(module, index, base)
            name = _declared_name(module, start)
            if not name or module.declared(base, name) is None:
                return
            for place in module.places(name, base)[:MAX_USES]:
                if abs(place - start) > 2:
                    self.visit(module, place)
                    if distance < MAX_DISTANCE:
                        self.visit_uses(module, place, distance + 1)

    def _attempt(self, module: Module, action: Callable[[], Value]) -> None:
        is_short = len(module.script.tokens) <= SMALL
        steps = min(STEPS if is_short else STEPS_OF_PIECE, self._left)
        if steps > 0:
            self._interpreter.attempt(action, steps, module)
            self._left -= steps - max(self._interpreter.left, 0)

    def _base(self, module: Module, index: int) -> int:
        """Return the bracket around a token of which the function is too long to be run."""
        for bracket in module.brackets_around(index):
            if (
                module.script.kind[bracket] in (FUNCTION, BLOCK)
                and module.end_of(bracket) - bracket > SMALL
            ):
                return bracket
        return TOP

    def _start_of_piece(self, module: Module, index: int, base: int) -> int:
        """Return where the statement or the declaration begins that a token belongs to."""
        tokens, partner = module.script.tokens, module.script.partner
        for bracket in module.brackets_around(index):
            if bracket == base:
                break
            index = bracket
        start = index
        while start - 1 > base:
            before = tokens[start - 1]
            if before in (",", ";", "{"):
                break
            if before == "}" and (
                is_name(tokens[start]) and tokens[start] not in ("in", "of", "instanceof")
            ):
                break
            start = partner[start - 1] if 0 <= partner[start - 1] < start - 1 else start - 1
            module.script.work.spend(1)
        while tokens[start] in _BEFORE_EXPRESSION and start < index:
            start += 1
        return start

    def _run_piece(self, module: Module, start: int, base: int) -> Value:
        interpreter = self._interpreter
        env = interpreter.statics.env(module, base)
        name = _declared_name(module, start)
        if env.ordered:
            return UNDEFINED
        if name and module.declared(base, name) is not None:
            return interpreter.lookup(name, env)
        if module.script.tokens[start] in _STATEMENTS:
            run(interpreter, module.statement(start), env)
            return UNDEFINED
        return interpreter.evaluate(module.expression(start), env)

    def _run_functions(self, module: Module, index: int, base: int) -> None:
        """Call the functions around a token, and those beside them that nobody called.

        The functions around it are called once more at the end: another function may replace what
        they use.
        """
        around = module.functions_around(index, base)
        is_ordered = len(module.script.tokens) <= SMALL
        start, end = (TOP, module.end_of(TOP)) if is_ordered else (around or [(index, index)])[0]
        chain = {parameters for parameters, _ in around}
        self._forced.clear()
        called = self._interpreter.called
        self._attempt(module, lambda: self._call_all(module, chain))
        self._attempt(module, lambda: self._call_others(module, start, end, chain))
        # What the code itself calls is called with other arguments than unknown ones.
        again = chain & self._forced
        called.difference_update((module, place) for place in again)
        self._attempt(module, lambda: self._call_all(module, again))

    def _call_all(self, module: Module, places: Iterable[int]) -> Value:
        for parameters in sorted(places):
            self._call(module, parameters)
        return UNDEFINED

    def _call_others(self, module: Module, start: int, end: int, chain: set[int]) -> Value:
        for _ in range(MAX_USES):
            waiting = set(self._waiting(module, start, end)) - chain
            self._call_all(module, waiting)
            self._interpreter.called.update((module, place) for place in waiting)
            if not waiting:
                break
        return UNDEFINED

    def _waiting(self, module: Module, start: int, end: int) -> Iterator[int]:
        """Yield the functions between two tokens that were made and not called."""
        interpreter = self._interpreter
        for other, place in interpreter.functions:
            if (
                other is module
                and start < place < end
                and (module, place) not in interpreter.called
            ):
                yield place

    def _call(self, module: Module, parameters: int) -> None:
        """Call a function with unknown arguments, unless it was called."""
        interpreter = self._interpreter
        if (module, parameters) in interpreter.called:
            return
        function = interpreter.functions.get((module, parameters))
        if function is None:
            env = interpreter.statics.env_at(module, parameters)
            function = Obj(closure=Closure(module, Node("method", parameters), env))
        arguments: list[Value] = [Unknown() for _ in range(6)]
        body = module.body_of(parameters)
        if body in module.functions.values():
            arguments = interpreter.linker.bundled(module, body)
        self._forced.add(parameters)
        interpreter.forced = 1
        interpreter.call(function, self._owner(function), arguments)
        interpreter.forced = 0

    def _owner(self, function: Obj) -> Value:
        """Return an object on which a method can be called."""
        home = function.home
        if home is None:
            return Unknown()
        made = home.properties.get("constructor")
        if not isinstance(made, Obj) or not made.callable or made.closure is function.closure:
            return home
        return made.instance or self._interpreter.construct(made, [Unknown() for _ in range(6)])


def _declared_name(module: Module, start: int) -> str:
    """Return the name that the declaration at a place declares; "" if there is none."""
    words = [word for word in module.script.tokens[start : start + 4] if word not in ("async", "*")]
    if words[:1] in (["function"], ["class"]):
        return words[1] if len(words) > 1 else ""
    return words[0] if words[1:2] == ["="] and is_name(words[0]) else ""
