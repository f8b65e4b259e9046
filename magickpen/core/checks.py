"""Checks of the values that callers pass, with errors that say what is expected."""

from __future__ import annotations

import math

from magickpen.core.errors import ConfigurationError

YEARS = 1e8
"""Bounds of this many seconds or more count as infinite; clocks overflow not far above."""


def kind_of(value: object) -> str:
    """Describe the kind of a wrong argument, for an error message."""
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    return f"a value of type {type(value).__name__}"


def check_type(name: str, value: object, kind: type, described: str) -> None:
    """Raise `ConfigurationError` unless the value is an instance of `kind`."""
    if not isinstance(value, kind):
        raise ConfigurationError(f"{name} must be {described}, not {kind_of(value)}")


def is_header_value(value: str) -> bool:
    """Return whether a string can be sent as the value of a header."""
    return value.isascii() and value.isprintable() and value == value.strip()


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise `ConfigurationError` unless the value is one of the choices."""
    if value not in choices:
        shown = repr(value) if isinstance(value, str) else kind_of(value)
        raise ConfigurationError(f"{name} must be {' or '.join(map(repr, choices))}, not {shown}")


def check_whole_number(name: str, value: object, *, least: int) -> None:
    """Raise `ConfigurationError` unless the value is a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigurationError(
            f"{name} must be a whole number of at least {least}, not {kind_of(value)}"
        )


def check_seconds(name: str, value: object) -> float:
    """Return a number of seconds as a float, or `math.inf` if it is too large for a clock.

    Raises:
        ConfigurationError: it is not a number above 0.
    """
    # NaN is not greater than 0.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ConfigurationError(
            f"{name} must be a number of seconds above 0, not {kind_of(value)}"
        )
    return float(value) if value < YEARS else math.inf
