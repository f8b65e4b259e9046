"""A complete answer."""

from __future__ import annotations

from typing import Self


class Reply(str):
    """A complete answer: a `str` that also tells how it came about.

    Attributes:
        model: the name of the model.
        endpoint: "ask" or "chat".
        attempts: how many times the question was sent.
        time_to_first_chunk: seconds from the start of the call to the first text.
        elapsed: seconds from the start of the call to the end of the answer.
    """

    __slots__ = ("attempts", "elapsed", "endpoint", "model", "time_to_first_chunk")

    model: str
    endpoint: str
    attempts: int
    time_to_first_chunk: float
    elapsed: float

    def __new__(
        cls,
        text: str,
        *,
        model: str,
        endpoint: str,
        attempts: int,
        time_to_first_chunk: float,
        elapsed: float,
    ) -> Self:
        """Make an answer of its text and the attributes."""
        reply = super().__new__(cls, text)
        reply.model = model
        reply.endpoint = endpoint
        reply.attempts = attempts
        reply.time_to_first_chunk = time_to_first_chunk
        reply.elapsed = elapsed
        return reply

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        return (self.text,), {name: getattr(self, name) for name in self.__slots__}

    @property
    def text(self) -> str:
        """The answer, as a plain `str`."""
        return str(self)
