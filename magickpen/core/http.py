"""A request, and the head of its response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from magickpen.core.deadline import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request. The repr omits headers and body, which contain the credentials."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    timeout: float = field(repr=False)
    """Seconds to wait for the next bytes; `math.inf` for no bound."""
    deadline: Deadline = field(repr=False)
    cross_origin: bool = field(default=False, repr=False)
    """Whether it goes to another origin than the site's; it then carries nothing of the user's."""
    public_only: bool = field(default=False, repr=False)
    """Whether it may only go to a public address, whatever its host's name resolves to."""


@dataclass(frozen=True, slots=True)
class Head:
    """The status and headers of a response. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)

    def __str__(self) -> str:
        return f"answered with status {self.status}"
