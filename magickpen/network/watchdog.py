"""Interrupts requests when their deadline passes: HTTP libraries only bound each read.

One thread does so for all calls of the process, as long as there are any. It only wakes once a
second and for earlier deadlines, so that calls cause no thread switches.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import Protocol

_PERIOD = 1.0
"""Seconds after which the thread checks whether there is anything left to watch."""


class Expiring(Protocol):
    """Something with a deadline."""

    def expire(self) -> None:
        """Called when the deadline passes, from another thread."""
        ...


class Watchdog:
    """Calls `expire()` of what it watches when the time is up."""

    def __init__(self) -> None:
        self._begin()
        # A forked process does not have the thread, but may have inherited a held lock.
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._condition = threading.Condition()
        self._watched: dict[Expiring, float] = {}
        self._wakes_at = 0.0
        self._thread: threading.Thread | None = None

    def watch(self, expiring: Expiring, seconds: float) -> None:
        """Call `expiring.expire()` in this many seconds, unless it is released before."""
        at = time.monotonic() + seconds
        with self._condition:
            self._watched[expiring] = at
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="magickpen-watchdog", daemon=True
                )
                self._thread.start()
            elif at < self._wakes_at:
                self._condition.notify()

    def release(self, expiring: Expiring) -> None:
        """Stop watching."""
        with self._condition:
            self._watched.pop(expiring, None)

    def _run(self) -> None:
        with self._condition:
            try:
                while self._watched:
                    self._look()
                    self._condition.wait(self._wakes_at - time.monotonic())
            finally:
                # Whatever ended the thread, the next call starts another one.
                self._thread = None

    def _look(self) -> None:
        now = time.monotonic()
        for expiring, at in list(self._watched.items()):
            if at <= now:
                del self._watched[expiring]
                # The connection may already be closed.
                with contextlib.suppress(Exception):
                    expiring.expire()
        self._wakes_at = min([*self._watched.values(), now + _PERIOD])


watchdog: Watchdog = Watchdog()
