"""What a flow can ask of its driver, and what it is sent back.

A flow is a generator that does no I/O. It yields effects; a driver carries each one out and sends
back what came of it, or throws a `MagickPenError` in. `result = yield from Effect(...)` has the
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

logger: logging.Logger = logging.getLogger("magickpen")

T = TypeVar("T")
R = TypeVar("R")


class Effect(Generic[T]):
    """Something that a flow wants done and that results in a `T`."""

    __slots__ = ()

    def __iter__(self) -> Generator[Self, Any, T]:
        result: T = yield self
        return result


@dataclass(frozen=True, slots=True)
class Open(Effect[Head]):
    """Send the request and return the response's head; its body stays to be read.

    Throws `APIConnectionError` where no head came.
    """

    request: Request


@dataclass(frozen=True, slots=True)
class Read(Effect[bytes]):
    """Read the opened body to its end, or to `limit` bytes, and give its connection back.

    Throws `APIConnectionError` where the body broke off.
    """

    limit: int


@dataclass(frozen=True, slots=True)
class Sleep(Effect[None]):
    """Let this many seconds pass."""

    seconds: float


class Mutex:
    """Stands for a lock beside the state that it guards; each driver makes a lock of its own kind.

    A lock belongs to one process or one event loop, which calls its *realm*.
    """

    def __init__(self) -> None:
        self._locks: WeakKeyDictionary[object, Any] = WeakKeyDictionary()

    def lock(self, realm: object, make: Callable[[], T]) -> T:
        """Return the lock for a realm, which `make` makes at the first use."""
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


@dataclass(frozen=True, slots=True)
class Run(Effect[T]):
    """Call a function that may take long, and return its result; an event loop does not wait."""

    function: Callable[[], T] = field(repr=False)


Flow: TypeAlias = Generator[Open | Read | Sleep | Exclusive[Any] | Run[Any], object, R]


class Steps(Generic[R]):
    """Takes a flow from effect to effect, for a driver.

    A driver iterates over it, carries each effect out, and sets `result`, or `failure`, before the
    next step. At the end, `value` is what the flow returned.
    """

    def __init__(self, flow: Flow[R]) -> None:
        self._flow = flow
        self.result: object = None
        self.failure: MagickPenError | None = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Open | Read | Sleep | Exclusive[Any] | Run[Any]:
        failure, self.failure = self.failure, None
        if failure is not None or isinstance(self.result, Head):
            # The message of a failure may quote what the service said, a prompt even.
            logger.debug("%r", self.result if failure is None else type(failure))
        try:
            if failure is None:
                effect = self._flow.send(self._take_result())
            else:
                effect = self._flow.throw(failure)
        except StopIteration as stop:
            self.value: R = stop.value
            raise
        logger.debug("%r", effect)
        return effect

    def _take_result(self) -> object:
        # No variable of `__next__` holds it: it may be the body of a response, and some tools print
        # the variables of a traceback.
        result, self.result = self.result, None
        return result

    def close(self) -> None:
        """End the flow where it stands."""
        self._flow.close()
