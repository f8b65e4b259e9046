from __future__ import annotations

import math
from typing import Any

import pytest

from magickpen.core.discovery_limits import DiscoveryLimits
from magickpen.core.errors import ConfigurationError


def test_the_defaults_are_bounded() -> None:
    limits = DiscoveryLimits()
    assert limits.max_scripts <= 100
    assert limits.max_script_bytes <= limits.max_total_bytes < 64 * 1024 * 1024
    assert limits.seconds <= 60
    assert not limits.allow_private


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"max_scripts": -1}, "max_scripts must be a whole number of at least 0, not -1"),
        ({"max_script_bytes": 0}, "max_script_bytes must be a whole number of at least 1, not 0"),
        ({"max_total_bytes": 1.5}, "max_total_bytes must be a whole number of at least 1, not 1.5"),
        ({"max_redirects": "5"}, "max_redirects must be a whole number .* not a value of type str"),
        ({"seconds": 0}, "seconds must be a number of seconds above 0, not 0"),
    ],
)
def test_a_limit_that_is_none_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        DiscoveryLimits(**wrong)


def test_no_scripts_and_no_redirects_are_limits_too() -> None:
    limits = DiscoveryLimits(max_scripts=0, max_redirects=0)
    assert (limits.max_scripts, limits.max_redirects) == (0, 0)


def test_the_time_can_be_unbounded() -> None:
    assert DiscoveryLimits(seconds=math.inf).seconds == math.inf
