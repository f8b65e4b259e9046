"""Limits for the search for the site's secrets."""

from __future__ import annotations

from dataclasses import dataclass

from magickpen.core.checks import check_seconds, check_whole_number

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryLimits:
    """Limits for the search for the site's secrets; it fails when it reaches one.

    Attributes:
        max_scripts: the number of scripts that are read.
        max_script_bytes: the length of a page or script, in bytes, decompressed.
        max_total_bytes: the length of all of them together.
        max_redirects: the number of redirects in a row that are followed.
        seconds: the time that the search may take.
        allow_private: whether a public site may refer to addresses of a private network or of this
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
