"""The links that wait to be read, the likeliest first."""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from typing import NamedTuple

MAX_WAITING = 1000
"""How many links of each likelihood wait: ten times as many as scripts are read by default."""


class Likelihood(IntEnum):
    """How likely a link leads to the constants; the most likely first."""

    NEEDED = 0
    """A script that was read needs it to say what is sent."""
    LOADED = 1
    """The page loads it."""
    IMPORTED = 2
    """A script imports it."""
    ON_DEMAND = 3
    """It is loaded when somebody goes to another page of the site."""
    FALLBACK = 4
    """It is for old browsers, and says what another one says, too."""


class Link(NamedTuple):
    """A link to a script.

    Attributes:
        url: where it leads; "" if that is no URL.
        likelihood: how likely that is where the constants are.
        others: where else the script may be, if it is not there.
    """

    url: str
    likelihood: Likelihood
    others: tuple[str, ...] = ()


class Waiting:
    """Gives out each link once, the likeliest first, and in the order in which they came."""

    def __init__(self) -> None:
        self._queues: list[deque[Link]] = [deque() for _ in Likelihood]
        self._known: dict[str, int] = {}
        """How likely each URL is; below 0 for those that are not to be read any more."""

    def add(self, link: Link) -> None:
        """Take in a link, unless its URL is known to be as likely, or too many wait."""
        url, likelihood, _ = link
        queue = self._queues[likelihood]
        if url and likelihood < self._known.get(url, len(Likelihood)) and len(queue) < MAX_WAITING:
            self._known[url] = likelihood
            queue.append(link)

    def discard(self, url: str) -> None:
        """Do not give a URL out any more."""
        self._known[url] = -1

    def next(self) -> Link | None:
        """Return the likeliest link; None if there is none left."""
        for queue in self._queues:
            while queue:
                link = queue.popleft()
                # It may have been given out, or wait as a likelier one.
                if self._known[link.url] == link.likelihood:
                    self.discard(link.url)
                    return link
        return None
