"""The deployments of the site, each with secrets of its own."""

from __future__ import annotations

import random
import string
from dataclasses import asdict, dataclass, field

from magickpen.emulator.builds import SiteKind, build

_random = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of a deployment of the site. The repr does not show them."""

    x_api_secret: str = field(repr=False)
    secret: str = field(repr=False)
    salt: str = field(repr=False)


def _letters(alphabet: str, length: int) -> str:
    return "".join(_random.choices(alphabet, k=length))


class Deployment:
    """One deployment of the site: its secrets, and the files that it serves by path."""

    def __init__(self, kind: SiteKind, salt: str) -> None:
        self.secrets: Secrets = Secrets(
            x_api_secret=_letters(string.ascii_uppercase + string.digits, 18),
            secret=_letters(string.ascii_letters + string.digits, 20),
            salt=salt,
        )
        built = build(kind, asdict(self.secrets))
        self.index: str = built.page
        self.bundles: dict[str, str] = built.bundles
