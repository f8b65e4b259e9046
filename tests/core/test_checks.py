from __future__ import annotations

import math

import pytest

from magickpen.core.checks import (
    YEARS,
    check_choice,
    check_seconds,
    check_type,
    check_whole_number,
)
from magickpen.core.errors import ConfigurationError


def test_a_value_is_of_the_kind_that_it_has_to_be() -> None:
    check_type("token", "", str, "a string")
    with pytest.raises(ConfigurationError, match="token must be a string, not 7"):
        check_type("token", 7, str, "a string")
    with pytest.raises(ConfigurationError, match="not a value of type bytes"):
        check_type("token", b"hunter2", str, "a string")


def test_a_choice_is_one_of_those_that_there_are() -> None:
    check_choice("model", "a", ("a", "b"))
    with pytest.raises(ConfigurationError, match="model must be 'a' or 'b', not 'c'"):
        check_choice("model", "c", ("a", "b"))
    with pytest.raises(ConfigurationError, match="not a value of type list"):
        check_choice("model", ["a"], ("a", "b"))


@pytest.mark.parametrize("value", [3, 4])
def test_a_whole_number_is_at_least_as_large_as_it_must_be(value: int) -> None:
    check_whole_number("retries", value, least=3)


@pytest.mark.parametrize("value", [2, -3, 3.0, True, "3", None])
def test_another_number_is_refused(value: object) -> None:
    with pytest.raises(
        ConfigurationError, match="retries must be a whole number of at least 3, not "
    ):
        check_whole_number("retries", value, least=3)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(0.001, 0.001), (1, 1.0), (YEARS - 1, YEARS - 1), (YEARS, math.inf), (math.inf, math.inf)],
)
def test_seconds_are_a_number_above_0_and_without_bound_from_years_on(
    value: float, seconds: float
) -> None:
    assert check_seconds("timeout", value) == seconds


@pytest.mark.parametrize("value", [0, -1, math.nan, -math.inf, True, "5", None])
def test_other_seconds_are_refused(value: object) -> None:
    with pytest.raises(ConfigurationError, match="timeout must be a number of seconds above 0"):
        check_seconds("timeout", value)
