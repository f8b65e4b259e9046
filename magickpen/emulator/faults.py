"""Faults of the service, to be played on request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Status:
    """An answer with a status other than 200.

    Attributes:
        status: the HTTP status.
        body: the body.
        content_type: its content type.
        headers: further headers.
    """

    status: int
    body: str = '{"message": "The emulator plays a fault."}'
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Status 429.

    Attributes:
        retry_after: the value of Retry-After, in seconds or as a date; None omits the header.
    """

    retry_after: float | str | None = None


@dataclass(frozen=True, slots=True)
class CutStream:
    """An answer whose connection breaks.

    Attributes:
        after: the number of bytes of the answer before that.
    """

    after: int


@dataclass(frozen=True, slots=True)
class Stall:
    """An answer that stalls until the client gives up.

    Attributes:
        after: the number of bytes of the answer before that; None to send not even its head.
    """

    after: int | None = None


@dataclass(frozen=True, slots=True)
class HangUp:
    """A connection that is closed before the answer."""


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """An HTML page instead of an answer.

    Attributes:
        title: its title.
        status: the HTTP status.
        challenge: whether the headers announce a challenge.
    """

    title: str = "Just a moment..."
    status: int = 403
    challenge: bool = True


Fault: TypeAlias = Status | RateLimit | CutStream | Stall | HangUp | HtmlPage
