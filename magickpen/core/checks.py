"""Checks of values that a user gives, with an error that says what would be right."""

from __future__ import annotations

import math

from magickpen.core.errors import ConfigurationError

YEARS = 1e8
"""Seconds from which on a bound is none; the clocks of operating systems overflow some way on."""


def kind_of(value: object) -> str:
    """Return what kind of value a wrong argument is, for the message of its error."""
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    return f"a value of type {type(value).__name__}"


def check_type(name: str, value: object, kind: type, described: str) -> None:
    """Raise `ConfigurationError` if a value is not of a kind."""
    if not isinstance(value, kind):
        raise ConfigurationError(f"{name} must be {described}, not {kind_of(value)}")


def is_header_value(value: str) -> bool:
    """Whether a string can stand in a header line as it is."""
    return value.isascii() and value.isprintable() and value == value.strip()


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise `ConfigurationError` for what is none of the choices."""
    if value not in choices:
        shown = repr(value) if isinstance(value, str) else kind_of(value)
        raise ConfigurationError(f"{name} must be {' or '.join(map(repr, choices))}, not {shown}")


def check_whole_number(name: str, value: object, *, least: int) -> None:
    """Raise `ConfigurationError` for what is no whole number, or less than `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigurationError(
            f"{name} must be a whole number of at least {least}, not {kind_of(value)}"
        )


def check_seconds(name: str, value: object) -> float:
    """Return a number of seconds, or `math.inf` for one that is beyond all bounds.

    Raises:
        ConfigurationError: it is no number above 0.
    """
    # NaN is not greater than 0.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ConfigurationError(
            f"{name} must be a number of seconds above 0, not {kind_of(value)}"
        )
    return float(value) if value < YEARS else math.inf
