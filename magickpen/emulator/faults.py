"""What can go wrong with the service, to be played on request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Status:
    """An answer with another status than 200.

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
        retry_after: the value of Retry-After: seconds or a date; None leaves it out.
    """

    retry_after: float | str | None = None


@dataclass(frozen=True, slots=True)
class CutStream:
    """An answer whose connection breaks.

    Attributes:
        after: how many bytes of the answer come before that.
    """

    after: int


@dataclass(frozen=True, slots=True)
class Stall:
    """An answer that comes to a halt, until the client gives it up.

    Attributes:
        after: how many bytes of the answer come before that; None for not even its head.
    """

    after: int | None = None


@dataclass(frozen=True, slots=True)
class HangUp:
    """A connection that is closed without a byte of an answer."""


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """A page of HTML in the place of an answer.

    Attributes:
        title: its title.
        status: the HTTP status.
        challenge: whether the headers call it a challenge.
    """

    title: str = "Just a moment..."
    status: int = 403
    challenge: bool = True


Fault: TypeAlias = Status | RateLimit | CutStream | Stall | HangUp | HtmlPage
