"""Clocks and randomness, which the core is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Runtime(NamedTuple):
    """The sources of time and randomness, named after the standard library's functions.

    Tests pass their own.
    """

    monotonic: Callable[[], float]
    """Seconds of a clock that is never set back."""
    time: Callable[[], float]
    """Seconds since the epoch."""
    random: Callable[[], float]
    """A random number from 0 to 1, excluding 1."""
