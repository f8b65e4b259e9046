"""The interface between the core and discovery."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from magickpen.core.context import Context
from magickpen.core.effects import Flow
from magickpen.core.http import Head
from magickpen.core.signing import SiteSecrets
from magickpen.core.site_reading import SiteReading

_SLICE = 64 * 1024
_VALIDATORS = {"etag": "if-none-match", "last-modified": "if-modified-since"}


class Document(NamedTuple):
    """What was read under a URL, the last one where the site redirected."""

    url: str
    head: Head
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        # Bytes that are no text take long to decode, and no other thread runs during one call.
        decoder = getincrementaldecoder("utf-8-sig")("replace")
        starts = range(0, len(self.body), _SLICE)
        pieces = [decoder.decode(self.body[start : start + _SLICE]) for start in starts]
        return "".join([*pieces, decoder.decode(b"", final=True)])

    @property
    def validators(self) -> dict[str, str]:
        """The headers that ask whether it has changed since."""
        headers = self.head.headers
        return {asked: headers[given] for given, asked in _VALIDATORS.items() if given in headers}


Cache: TypeAlias = dict[str, Document]
"""The documents of the last time, by URL."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """The secrets of the site, and where they were found.

    Attributes:
        secrets: the secrets.
        bundle: the URL of the script that holds the API secret.
        reading: what was read.
    """

    secrets: SiteSecrets
    bundle: str
    reading: SiteReading

    @property
    def proved(self) -> bool:
        """Whether the secrets are proved; see `SiteSecrets`."""
        return self.secrets.proved


Discover: TypeAlias = Callable[[Context, Cache], Flow[Discovery]]
"""Finds the secrets of the site of a call. The cache holds what was read the last time."""
