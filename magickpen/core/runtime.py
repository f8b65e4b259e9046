"""What the core takes from the outside instead of having it: clocks and randomness."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Runtime(NamedTuple):
    """The sources of time and randomness, named after the standard library's functions.

    A test passes its own and so decides what time it is.
    """

    monotonic: Callable[[], float]
    """Seconds of a clock that is never set back."""
    time: Callable[[], float]
    """Seconds since the epoch."""
    random: Callable[[], float]
    """A random number from 0 up to, but without, 1."""
