from __future__ import annotations

import math

from magickpen.core.deadline import Deadline
from magickpen.core.errors import APITimeoutError
from tests.support.fakes import Clock


def test_it_counts_down() -> None:
    clock = Clock()
    deadline = Deadline(5, clock)
    assert deadline.bounded
    clock.now += 2
    assert deadline.remaining() == 3
    assert not deadline.passed
    assert deadline.limit(10) == 3
    assert deadline.limit(1) == 1
    clock.now += 2.5
    assert not deadline.passed
    clock.now += 0.5
    assert deadline.passed
    clock.now += 1
    assert deadline.remaining() == 0
    assert deadline.passed


def test_without_a_bound_it_never_passes() -> None:
    deadline = Deadline(math.inf, Clock())
    assert not deadline.bounded
    assert deadline.remaining() == math.inf
    assert deadline.limit(7) == 7
    assert not deadline.passed


def test_its_error_tells_how_long_it_was() -> None:
    deadline = Deadline(2.5, Clock())
    error = deadline.error("http://host/ask")
    assert isinstance(error, APITimeoutError)
    assert str(error) == (
        "the deadline of 2.5 s passed (http://host/ask). Allow more with deadline=."
    )
    assert deadline.error().url == ""
    assert repr(deadline) == "Deadline(2.5 s)"
