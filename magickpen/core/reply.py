"""A complete answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A complete answer; `str(reply)` is its text.

    Attributes:
        text: the answer.
        model: the name of the model.
        endpoint: "ask" or "chat".
        attempts: how many times the question was sent.
        time_to_first_chunk: seconds from the start of the call to the first text.
        elapsed: seconds from the start of the call to the end of the answer.
    """

    text: str
    model: str
    endpoint: str
    attempts: int
    time_to_first_chunk: float
    elapsed: float

    def __str__(self) -> str:
        return self.text
