"""What expressions may stand for: known values, and what is known of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol, TypeAlias, cast

from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.syntax import Node

MAX_TEXT = 10_000
"""How long a text may be that is put together: a script can double it in a few words."""

MAX_LISTS = 4
"""How deep lists in lists are looked into."""

MAX_ITEMS = 1000
"""How long a list may be that is put together."""

MAX_PROTOTYPES = 20
"""How many prototypes are looked through for a property."""

MAX_ALTERNATIVES = 8
"""How many values are kept for an expression that depends on what is not known."""


class OutOfStepsError(Exception):
    """All steps that a call may take have been taken."""


class Nothing(Enum):
    """The values without content."""

    UNDEFINED = "undefined"
    NULL = "null"


UNDEFINED = Nothing.UNDEFINED


class Salt(NamedTuple):
    """The constant of a list that was sorted; None if it is not known.

    Attributes:
        value: the constant.
        sure: whether nothing may replace it.
    """

    value: str | None
    sure: bool = True


class Closure(NamedTuple):
    """A function as it is written, and where it was made."""

    module: Module
    node: Node
    env: Env


@dataclass(eq=False, slots=True)
class Obj:
    """An object, a list or a function.

    Attributes:
        properties: its own properties; for a map, its entries.
        prototype: where other properties are looked for.
        items: the elements of a list.
        closure: what a call of a function runs.
        native: what a call of a built-in function does.
        fields: for a class, the fields that an instance has.
        home: for a method, the object that holds it, where `super` begins.
        kind: "map" or "headers" for one with entries, "class", or "".
        salts: the sorted lists that it was made from.
        open: whether it may have other properties.
        load: for what a module exports, runs the module and returns its exports.
        instance: for a constructor, the object that was made last.
    """

    properties: dict[object, Value | Getter] = field(
        default_factory=dict["object", "Value | Getter"]
    )
    prototype: Obj | None = None
    items: list[Value] | None = None
    closure: Closure | None = None
    native: Native | None = None
    fields: list[tuple[Value, Node, Env]] = field(default_factory=lambda: cast("Fields", []))
    home: Obj | None = None
    kind: str = ""
    salts: frozenset[Salt] = frozenset()
    open: bool = False
    load: Callable[[], Value] | None = None
    instance: Obj | None = None

    @property
    def callable(self) -> bool:
        """Whether what a call does is known."""
        return self.closure is not None or self.native is not None or self.kind == "class"


@dataclass(eq=False, slots=True)
class Unknown(Obj):
    """A value that is not known.

    Attributes:
        made: whether each request may have another one.
        sources: what was passed to the call that it is the result of.
        name: the property or the global variable that it was read from.
    """

    made: bool = True
    sources: tuple[Value, ...] = ()
    name: str = ""


class Choice(NamedTuple):
    """One of several values; which one is not known."""

    values: tuple[Value, ...]


class Getter(NamedTuple):
    """A property that is computed when it is read."""

    function: Value


Value: TypeAlias = str | float | Nothing | Obj | Choice
Properties: TypeAlias = dict[object, Value | Getter]
Fields: TypeAlias = "list[tuple[Value, Node, Env]]"


@dataclass(eq=False, slots=True)
class Frame:
    """A call of a function while it runs."""

    this: Value
    arguments: list[Value]
    function: Obj
    results: list[Value] = field(default_factory=list["Value"])


@dataclass(eq=False, slots=True)
class Env:
    """The variables of a function or a block.

    Attributes:
        module: where it is written.
        parent: the variables around it.
        frame: the call that it belongs to.
        depth: how many unknown conditions and calls it was made under.
        bracket: for one that is not run from its beginning, the bracket around it.
        names: the variables that have been set.
        function: that of the function, for one of a block.
        ordered: for one with a bracket, whether its statements run in order all the same.
    """

    module: Module
    parent: Env | None
    frame: Frame | None = None
    depth: int = 0
    bracket: int | None = None
    names: dict[str, Value] = field(default_factory=dict[str, "Value"])
    function: Env | None = None
    ordered: bool = False

    def innermost_frame(self) -> Frame | None:
        """Return the call that the variables belong to; None outside of functions."""
        scope: Env | None = self
        while scope is not None and scope.frame is None:
            scope = scope.parent
        return None if scope is None else scope.frame


class Machine(Protocol):
    """What expressions, statements and built-in functions need of the interpreter."""

    salts: set[Salt]
    symbols: int
    unsure: int
    called: set[tuple[Module, int]]
    window: Unknown
    functions: dict[tuple[Module, int], Obj]

    @property
    def level(self) -> int:
        """How many unknown conditions and calls are around what is being run."""
        ...

    def spend(self, steps: int = 1) -> None:
        """Count steps that are taken now."""
        ...

    def limited(self, action: Callable[[], Value], otherwise: Value) -> Value:
        """Run something with half of the steps that are left."""
        ...

    def evaluate(self, node: Node, env: Env) -> Value:
        """Return what an expression stands for."""
        ...

    def evaluate_all(self, nodes: Iterable[Node], env: Env) -> list[Value]:
        """Return the values of elements or arguments, those of a spread list each for itself."""
        ...

    def lookup(self, name: str, env: Env) -> Value:
        """Return the value of a variable."""
        ...

    def is_declared(self, name: str, env: Env) -> bool:
        """Whether a variable is declared or is a global one that is known."""
        ...

    def assign(self, name: str, value: Value, env: Env) -> None:
        """Set a variable."""
        ...

    def imported(self, importer: Module, source: str, name: str) -> Value:
        """Return what an import in a module stands for."""
        ...

    def items_of(self, value: Value) -> list[Value] | None:
        """Return what iterating over a value gives; None if that is not known."""
        ...

    def get(self, value: Value, name: str, this: Value | None = None) -> Value:
        """Return a property of a value."""
        ...

    def item(self, owner: Value, key: Value) -> Value:
        """Return a property whose name is computed."""
        ...

    def plain(self, value: Value | Getter, this: Value) -> Value:
        """Return the value of a property, computing it if it has a getter."""
        ...

    def set(self, owner: Value, name: Value, value: Value | Getter) -> None:
        """Set a property."""
        ...

    def copy(self, source: Value, target: Value) -> None:
        """Copy the properties of an object, as far as they are known, to another one."""
        ...

    def print(self, value: Value) -> None:
        """Take note that an object, with those in it, was made into text."""
        ...

    def call(self, function: Value, this: Value, arguments: list[Value]) -> Value:
        """Return what a call returns."""
        ...

    def call_method(self, this: Value, key: Value, arguments: list[Value]) -> Value:
        """Return what a call of a method returns."""
        ...

    def call_unknown(self, this: Value, arguments: list[Value]) -> Value:
        """Return what is known of the result of a call, and run the functions passed to it."""
        ...

    def construct(self, constructor: Value, arguments: list[Value]) -> Value:
        """Return a new object."""
        ...

    def initialize(self, constructor: Value, instance: Value, arguments: list[Value]) -> Value:
        """Run a constructor on a new object."""
        ...

    def set_fields(self, constructor: Obj, instance: Value) -> None:
        """Set the fields that a class declares."""
        ...


Native: TypeAlias = "Callable[[Machine, Value, list[Value]], Value]"
