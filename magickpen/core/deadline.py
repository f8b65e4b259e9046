"""The moment at which a call must be over."""

from __future__ import annotations

import math
from collections.abc import Callable

from magickpen.core.errors import APITimeoutError


class Deadline:
    """Counts down the seconds that a call may take, including retries and streaming."""

    __slots__ = ("_end", "_monotonic", "_seconds")

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    def __repr__(self) -> str:
        return f"Deadline({self._seconds:g} s)"

    @property
    def bounded(self) -> bool:
        """Whether there is a bound."""
        return self._end != math.inf

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        return self.remaining() <= 0

    def remaining(self) -> float:
        """Return the seconds that are left: at least 0, or `math.inf` if there is no bound."""
        return max(0.0, self._end - self._monotonic()) if self.bounded else math.inf

    def limit(self, seconds: float) -> float:
        """Return `seconds`, or the seconds that are left if they are fewer."""
        return min(seconds, self.remaining())

    def error(self, url: str = "") -> APITimeoutError:
        """Return the error for a deadline that has passed."""
        return APITimeoutError(
            f"the deadline of {self._seconds:g} s passed",
            url=url,
            hint="Allow more with deadline=.",
        )
