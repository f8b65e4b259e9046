"""What travels with a call: its settings, its clocks, and its deadline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from magickpen.core.deadline import Deadline
from magickpen.core.runtime import Runtime
from magickpen.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances of one call.

    Attributes:
        settings: those of the client, with what this call changes.
        runtime: the clocks and the source of randomness.
        deadline: when the call must be over.
    """

    settings: Settings
    runtime: Runtime
    deadline: Deadline

    @classmethod
    def starting_now(cls, settings: Settings, runtime: Runtime) -> Self:
        """Return the context of a call that starts now."""
        return cls(settings, runtime, Deadline(settings.deadline, runtime.monotonic))

    def within(self, seconds: float) -> Self:
        """Return a context whose deadline is at most this many seconds away."""
        bound = Deadline(self.deadline.limit(seconds), self.runtime.monotonic)
        return replace(self, deadline=bound)
