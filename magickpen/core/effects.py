"""What a flow asks of its driver.

A flow is a generator that does no I/O. It yields effects. A driver carries each one out and sends
its result into the flow, or throws a `MagickPenError`. `result = yield from Effect(...)` has the
result's type, for mypy and for pyright.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from magickpen.core.deadline import Deadline
from magickpen.core.errors import MagickPenError
from magickpen.core.http import Head, Request
from magickpen.core.reply import Reply

logger: logging.Logger = logging.getLogger("magickpen")

T = TypeVar("T")
R = TypeVar("R")


class Effect(Generic[T]):
    """An operation that a driver carries out, with a result of type `T`."""

    __slots__ = ()

    def __iter__(self) -> Generator[Self, Any, T]:
        result: T = yield self
        return result


@dataclass(frozen=True, slots=True)
class Open(Effect[Head]):
    """Send the request and return the head of the response, whose body has yet to be read.

    Throws `APIConnectionError` if no head came.
    """

    request: Request

    def __str__(self) -> str:
        return f"{self.request.method} {self.request.url}"


@dataclass(frozen=True, slots=True)
class Read(Effect[bytes]):
    """Read the open body to its end, or to `limit` bytes, and release its connection.

    Throws `APIConnectionError` if the body broke off.
    """

    limit: int

    def __str__(self) -> str:
        return "read the body"


@dataclass(frozen=True, slots=True)
class Sleep(Effect[None]):
    """Wait this many seconds."""

    seconds: float

    def __str__(self) -> str:
        return f"wait {self.seconds:.2f} s"


class Mutex:
    """A lock that is kept beside the state that it guards.

    It is made by the drivers, once for each *realm*: a process or an event loop.
    """

    def __init__(self) -> None:
        self._locks: WeakKeyDictionary[object, Any] = WeakKeyDictionary()

    def lock(self, realm: object, make: Callable[[], T]) -> T:
        """Return the lock of a realm; `make` makes it at the first use."""
        lock: T = self._locks.setdefault(realm, make())
        return lock


@dataclass(frozen=True, slots=True)
class Exclusive(Effect[T]):
    """Run a flow while no other call holds the same mutex.

    Throws what the flow raises, and `APITimeoutError` if the mutex is not free in time.
    """

    mutex: Mutex = field(repr=False)
    flow: Flow[T] = field(repr=False)
    deadline: Deadline = field(repr=False)

    def __str__(self) -> str:
        return "look the secrets of the site up, when no other call does"


@dataclass(frozen=True, slots=True)
class Run(Effect[T]):
    """Call a function that may take long, without blocking an event loop; return its result."""

    function: Callable[[], T] = field(repr=False)

    def __str__(self) -> str:
        # The functions are named for what they do.
        function = getattr(self.function, "func", self.function)
        name: str = getattr(function, "__name__", "work")
        return name.strip("_").replace("_", " ")


@dataclass(frozen=True, slots=True)
class Finish(Effect[Reply]):
    """Read a stream of the facade to its end, and return the answer.

    Throws what the call raises.
    """

    stream: Any = field(repr=False)

    def __str__(self) -> str:
        return "ask the next question"


AnyEffect: TypeAlias = Open | Read | Sleep | Exclusive[Any] | Run[Any] | Finish
Flow: TypeAlias = Generator[AnyEffect, object, R]


class Steps(Generic[R]):
    """Steps through a flow, for a driver.

    The driver iterates over the effects, carries each one out, and sets `result` or `failure`
    before the next step. At the end, `value` is what the flow returned.
    """

    def __init__(self, flow: Flow[R]) -> None:
        self._flow = flow
        self.result: object = None
        self.failure: MagickPenError | None = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> AnyEffect:
        failure, self.failure = self.failure, None
        if failure is not None or isinstance(self.result, Head):
            # The message of a failure may quote the service, or even a prompt.
            kind = type(failure).__name__
            logger.debug("%s", self.result if failure is None else f"failed with {kind}")
        try:
            if failure is None:
                effect = self._flow.send(self._take_result())
            else:
                effect = self._flow.throw(failure)
        except StopIteration as stop:
            self.value: R = stop.value
            raise
        logger.debug("%s", effect)
        return effect

    def _take_result(self) -> object:
        # No variable of `__next__` holds it: it may be the body of a response, and some tools print
        # the variables of a traceback.
        result, self.result = self.result, None
        return result

    def close(self) -> None:
        """End the flow early."""
        self._flow.close()
