"""How far the search for the site's constants may go."""

from __future__ import annotations

from dataclasses import dataclass

from magickpen.core.checks import check_seconds, check_whole_number

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryLimits:
    """How far the search for the site's constants may go, before it gives up and says so.

    Attributes:
        max_scripts: how many scripts are read.
        max_script_bytes: how long a page or script may be, in bytes, decompressed.
        max_total_bytes: how long they may be together.
        max_redirects: how many redirects in a row are followed.
        seconds: how long it may take.
        allow_private: whether a public site may lead to addresses of a private network or of this
            machine.

    Raises:
        ConfigurationError: a value is of the wrong kind or out of its range.
    """

    max_scripts: int = 100
    max_script_bytes: int = 8 * MIB
    max_total_bytes: int = 32 * MIB
    max_redirects: int = 5
    seconds: float = 60.0
    allow_private: bool = False

    def __post_init__(self) -> None:
        check_whole_number("max_scripts", self.max_scripts, least=0)
        check_whole_number("max_script_bytes", self.max_script_bytes, least=1)
        check_whole_number("max_total_bytes", self.max_total_bytes, least=1)
        check_whole_number("max_redirects", self.max_redirects, least=0)
        object.__setattr__(self, "seconds", check_seconds("seconds", self.seconds))
