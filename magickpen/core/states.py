"""The states of a call, and which may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class State(Enum):
    """The states of a call."""

    NEW = "not sent"
    """Nothing was sent."""
    OPENING = "waiting"
    """`open()` is running."""
    ANSWERING = "answering"
    """The head of an answer has come; its body is being read."""
    ANSWERED = "answered"
    """The answer is complete."""
    FAILED = "failed"
    """An error ended the call."""
    CLOSED = "closed"
    """The caller gave up the answer."""


NEXT: Mapping[State, tuple[State, ...]] = {
    State.NEW: (State.OPENING, State.FAILED, State.CLOSED),
    State.OPENING: (State.ANSWERING, State.FAILED, State.CLOSED),
    State.ANSWERING: (State.ANSWERED, State.FAILED, State.CLOSED),
    State.ANSWERED: (),
    State.FAILED: (),
    State.CLOSED: (),
}
