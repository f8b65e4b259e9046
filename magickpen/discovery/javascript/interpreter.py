"""Runs pieces of a site's scripts, with values that may be unknown.

Theory of operation
-------------------

A function is run from its beginning to its end, as a browser would. What nobody can know before a
request is made, such as the time, a random number, or what an imported function returns, is an
`Unknown`; what is computed from it is unknown, too. Where a condition is unknown, both branches
run one after the other, and what they set is a `Choice`. Nothing has an effect outside.

A bundle is too long to be run as a whole. So the variables around a function are looked up where
they are declared when they are first used, and what the rest of their scope sets on them is run
then: see `statics`.

Steps are counted. A call may take half of the steps that are left, so that what follows it is run
as well, however long the call would take; if they do not suffice, its result is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from magickpen.discovery.javascript.calls import Calls
from magickpen.discovery.javascript.expressions import EXPRESSIONS
from magickpen.discovery.javascript.linker import Linker
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.natives import global_objects
from magickpen.discovery.javascript.objects import Objects
from magickpen.discovery.javascript.operations import computed, either
from magickpen.discovery.javascript.statics import Statics
from magickpen.discovery.javascript.syntax import Node
from magickpen.discovery.javascript.tokens import WorkLimitError
from magickpen.discovery.javascript.values import (
    MAX_ITEMS,
    UNDEFINED,
    Env,
    Getter,
    Obj,
    OutOfStepsError,
    Salt,
    Unknown,
    Value,
)
from magickpen.discovery.urls import joined

MAX_DEPTH = 150
"""How deep expressions, statements and calls may be inside each other, together."""

STEPS_PER_CHECK = 1024
"""After how many steps the deadline is looked at."""


class Interpreter:
    """Runs functions of a site's modules.

    Args:
        modules: the modules that were read, by URL.
        resolve: makes a URL of a module's URL and what an import in it names.
        page_url: the URL of the page that runs them.
        expired: tells whether no more time may be spent.
        guessing: whether an unknown object with a property is taken for the only object of the site
            that is written with such a property. A framework hands objects over in ways that
            cannot be followed.

    Attributes:
        functions: the functions that were made, by module and the index of their parameters.
        called: those of them that were run.
        salts: the constants of the lists that were sorted.
        symbols: how many symbols were made.
        unsure: how many conditions around what is being run are unknown.
        forced: 1 while a function runs that is called here and nowhere else, else 0.
        window: the global object.
        statics: what is known of scopes that are not run from their beginning.
        linker: what modules export to each other.
        objects: the properties of objects, and what they are used for.
        left: how many steps may still be taken.
    """

    def __init__(
        self,
        modules: Mapping[str, Module],
        *,
        resolve: Callable[[str, str], str] = joined,
        page_url: str = "",
        expired: Callable[[], bool] = lambda: False,
        guessing: bool = False,
    ) -> None:
        self.functions: dict[tuple[Module, int], Obj] = {}
        self.called: set[tuple[Module, int]] = set()
        self.salts: set[Salt] = set()
        self.symbols: int = 0
        self.unsure: int = 0
        self.forced: int = 0
        self.left: int = 0
        self.window: Unknown = Unknown(made=False, name="window")
        self.window.properties.update(global_objects(page_url, self.window))
        self.statics: Statics = Statics(self, modules)
        self.linker: Linker = Linker(self, self.statics, modules, resolve)
        self.objects: Objects = Objects(self, self.statics, guessing=guessing)
        self._calls = Calls(self, self.statics, self.linker)
        self._expired = expired
        self._floor = 0
        self._depth = 0

    # Steps

    def attempt(self, action: Callable[[], Value], steps: int, module: Module) -> Value:
        """Run a piece of a module with a number of steps; what takes more is unknown."""
        self.left, self._floor, self._depth = steps, 0, 0
        self.unsure = self.forced = 0
        self.statics.module = module
        try:
            return action()
        except (OutOfStepsError, WorkLimitError, RecursionError):
            return Unknown()

    def limited(self, action: Callable[[], Value], otherwise: Value) -> Value:
        """Run something with half of the steps that are left."""
        if self._depth >= MAX_DEPTH:
            return otherwise
        floor, depth, unsure = self._floor, self._depth, self.unsure
        self._floor = max(floor, (self.left + floor) // 2)
        self._depth += 2
        try:
            return action()
        except OutOfStepsError:
            if self.left < max(floor, 0):
                raise
            return otherwise
        finally:
            self._floor, self._depth, self.unsure = floor, depth, unsure

    def spend(self, steps: int = 1) -> None:
        """Count steps that are taken now.

        Raises:
            OutOfStepsError: there are none left, or the time is up.
        """
        before, self.left = self.left, self.left - steps
        if before // STEPS_PER_CHECK != self.left // STEPS_PER_CHECK and self._expired():
            self.left = -1
        if self.left < self._floor or self.left < 0:
            raise OutOfStepsError

    # Expressions

    def evaluate(self, node: Node, env: Env) -> Value:
        """Return what an expression stands for."""
        self.spend()
        evaluate = EXPRESSIONS.get(node.kind)
        if evaluate is None or self._depth >= MAX_DEPTH:
            return Unknown()
        self._depth += 1
        try:
            return evaluate(self, node, env)
        finally:
            self._depth -= 1

    def evaluate_all(self, nodes: Iterable[Node], env: Env) -> list[Value]:
        """Return the values of elements or arguments, those of a spread list each for itself."""
        found: list[Value] = []
        for node in nodes:
            if node.kind != "spread":
                found.append(UNDEFINED if node.kind == "empty" else self.evaluate(node, env))
                continue
            value = self.evaluate(node.nodes[0], env)
            items = self.objects.items_of(value)
            found += [computed(value)] * 2 if items is None else items
        return found[:MAX_ITEMS]

    # Variables

    @property
    def level(self) -> int:
        """How many unknown conditions and calls are around what is being run."""
        return self.unsure + self.forced

    def lookup(self, name: str, env: Env) -> Value:
        """Return the value of a variable."""
        owner = self._owner(name, env)
        return self.objects.get(self.window, name) if owner is None else owner.names[name]

    def is_declared(self, name: str, env: Env) -> bool:
        """Whether a variable is declared or is a global one that is known."""
        return self._owner(name, env) is not None or name in self.window.properties

    def _owner(self, name: str, env: Env) -> Env | None:
        scope: Env | None = env
        while scope is not None:
            is_static = scope.bracket is not None and name not in scope.names
            if name in scope.names or (is_static and self.statics.declare(scope, name)):
                return scope
            scope = scope.parent
        return None

    def assign(self, name: str, value: Value, env: Env) -> None:
        """Set a variable."""
        owner = self._owner(name, env)
        if owner is None:
            self.objects.set(self.window, name, value)
            return
        old = owner.names[name]
        is_function = isinstance(old, Obj) and isinstance(value, Obj) and value.callable
        # The functions of a scope that is not run from its beginning may run in any order; but a
        # helper of a compiler replaces itself when it is first called.
        unordered = owner.bracket is not None and not owner.ordered
        if (self.level > owner.depth or unordered) and not (is_function and old is not UNDEFINED):
            value = value if old is UNDEFINED else either([old, value])
        owner.names[name] = value

    # What the parts of the interpreter do for each other

    def imported(self, importer: Module, source: str, name: str) -> Value:
        """Return what an import in a module stands for."""
        return self.linker.imported(importer, source, name)

    def items_of(self, value: Value) -> list[Value] | None:
        """Return what iterating over a value gives; None if that is not known."""
        return self.objects.items_of(value)

    def get(self, value: Value, name: str, this: Value | None = None) -> Value:
        """Return a property of a value."""
        return self.objects.get(value, name, this)

    def item(self, owner: Value, key: Value) -> Value:
        """Return a property whose name is computed."""
        return self.objects.item(owner, key)

    def plain(self, value: Value | Getter, this: Value) -> Value:
        """Return the value of a property, computing it if it has a getter."""
        return self.objects.plain(value, this)

    def set(self, owner: Value, name: Value, value: Value | Getter) -> None:
        """Set a property."""
        self.objects.set(owner, name, value)

    def copy(self, source: Value, target: Value) -> None:
        """Copy the properties of an object, as far as they are known, to another one."""
        self.objects.copy(source, target)

    def print(self, value: Value) -> None:
        """Take note that an object, with those in it, was made into text."""
        self.objects.print(value)

    def call(self, function: Value, this: Value, arguments: list[Value]) -> Value:
        """Return what a call returns."""
        return self._calls.call(function, this, arguments)

    def call_method(self, this: Value, key: Value, arguments: list[Value]) -> Value:
        """Return what a call of a method returns."""
        return self._calls.call_method(this, key, arguments)

    def call_unknown(self, this: Value, arguments: list[Value]) -> Value:
        """Return what is known of the result of a call, and run the functions passed to it."""
        return self._calls.call_unknown(this, arguments)

    def construct(self, constructor: Value, arguments: list[Value]) -> Value:
        """Return a new object."""
        return self._calls.construct(constructor, arguments)

    def initialize(self, constructor: Value, instance: Value, arguments: list[Value]) -> Value:
        """Run a constructor on a new object."""
        return self._calls.initialize(constructor, instance, arguments)

    def set_fields(self, constructor: Obj, instance: Value) -> None:
        """Set the fields that a class declares."""
        self._calls.set_fields(constructor, instance)
