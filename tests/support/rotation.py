"""Rotates the emulator's secrets while many callers ask."""

from __future__ import annotations

import threading

from magickpen.emulator import Emulator


class Rotation:
    """Rotates after every so many answers, so often that each caller meets a rotation."""

    def __init__(self, service: Emulator, every: int = 0, times: int = 0) -> None:
        self._service = service
        self._at = {every * (n + 1) for n in range(times)}
        self._answers = 0
        self._lock = threading.Lock()

    def answered(self, text: str) -> str:
        """Count an answer, and rotate when its turn has come."""
        with self._lock:
            self._answers += 1
            if self._answers in self._at:
                self._service.rotate()
        return text

    def readings(self) -> int:
        """Return how often the index page was read."""
        return sum(received.path == "/" for received in self._service.requests)
