"""The quota of the service: few questions a day."""

from __future__ import annotations

import time


class Quota:
    """Counts the questions of a period, which begins with the first of them.

    Args:
        limit: how many questions are answered in a period.
        per: the length of a period, in seconds.
    """

    def __init__(self, limit: int, per: float) -> None:
        self._limit = limit
        self._per = per
        self._left = 0
        self._ends = 0.0

    def take(self) -> float:
        """Count a question; return 0.0, or the seconds until there is room for it."""
        now = time.time()
        if now >= self._ends:
            self._left, self._ends = self._limit, now + self._per
        if not self._left:
            return self._ends - now
        self._left -= 1
        return 0.0
