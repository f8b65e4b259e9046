"""What discovery read of a site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class PageRead(NamedTuple):
    """A page or script of the site.

    Attributes:
        url: its URL.
        size: its length in bytes.
        problem: why it could not be read, or "".
    """

    url: str
    size: int
    problem: str = ""

    def __str__(self) -> str:
        return f"{self.url}: {self.problem or f'{self.size} bytes'}"


@dataclass(frozen=True, slots=True)
class SiteReading:
    """What discovery read of a site.

    Attributes:
        pages: the pages and scripts, in the order in which they were asked for.
        found: the names of the secrets that were found.
        clock_offset: how far the server's clock is ahead of this machine's, in seconds, or None
            if the server did not send its time.
    """

    pages: tuple[PageRead, ...] = ()
    found: tuple[str, ...] = ()
    clock_offset: float | None = None
