from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from magickpen.core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    ChallengeError,
    MagickPenError,
    ResponseError,
    status_error_class,
)
from magickpen.core.retry import (
    RETRY_AFTER_LIMIT,
    backoff,
    parse_retry_after,
    retry_delay,
)
from tests.support.fakes import EPOCH


@pytest.fixture
def _new_york() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 1.5 ", 1.5),
        ("0", 0.0),
        ("Thu, 03 Oct 2024 00:00:30 GMT", 30.0),
        ("Thu, 03 Oct 2024 00:00:30 +0000", 30.0),
        ("Wed, 02 Oct 2024 00:00:00 GMT", 0.0),
        ("Thu Oct  3 00:00:30 2024", 30.0),
        ("Thu, 03 Oct 2024 00:00:30", 30.0),
        ("Thu, 03 Oct 2024 00:00:30 -0000", 30.0),
        ("Thursday, 03-Oct-24 00:00:30 GMT", 30.0),
        ("9" * 400, None),
        ("\u0661\u0662", None),
        ("\u00b2", None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("5.", None),
        (".5", None),
        ("nan", None),
        ("Thu, 03 Oct 99999999 00:00:30 GMT", None),
    ],
)
@pytest.mark.usefixtures("_new_york")
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert parse_retry_after(value, EPOCH) == seconds


def test_backoff_doubles_up_to_a_limit() -> None:
    assert [backoff(n, 1.0) for n in range(6)] == [0.5, 1, 2, 4, 8, 8]


def test_backoff_has_no_end() -> None:
    assert backoff(5000, 1.0) == 8


def test_the_whole_backoff_is_jitter() -> None:
    assert backoff(0, 0.0) == 0
    assert backoff(0, 0.5) == 0.25
    assert backoff(3, 0.25) == 1


def delay(failure: MagickPenError, *, retries: int = 0, repeatable: bool = False) -> float | None:
    return retry_delay(failure, retries=retries, max_retries=2, random=1.0, repeatable=repeatable)


def status(code: int, retry_after: float | None = None) -> APIStatusError:
    return status_error_class(code)("refused", status_code=code, retry_after=retry_after)


@pytest.mark.parametrize("code", [408, 409, 425, 429, 500, 501, 502, 503, 504, 522, 599])
def test_a_passing_failure_is_sent_again(code: int) -> None:
    assert delay(status(code)) == 0.5
    assert delay(status(code), retries=1) == 1.0


def test_retries_come_to_an_end() -> None:
    assert delay(status(503), retries=2) is None


@pytest.mark.parametrize(
    "failure",
    [
        status(302),
        status(400),
        status(407),
        status(499),
        status(400, retry_after=1),
        ChallengeError("challenge"),
        ResponseError("empty"),
    ],
)
def test_what_another_attempt_does_not_help_is_not_sent_again(failure: MagickPenError) -> None:
    assert delay(failure) is None


@pytest.mark.parametrize("code", [409, 429, 503])
def test_the_service_says_when_to_come_back(code: int) -> None:
    assert delay(status(code, retry_after=7)) == 7
    assert delay(status(code, retry_after=0)) == 0.5
    assert delay(status(code, retry_after=RETRY_AFTER_LIMIT)) == RETRY_AFTER_LIMIT
    assert delay(status(code, retry_after=RETRY_AFTER_LIMIT + 1)) is None


def test_a_question_is_sent_again_only_if_it_cannot_have_been_answered() -> None:
    assert delay(status(524)) is None
    assert delay(APIConnectionError("refused", sent=False)) == 0.5
    assert delay(APITimeoutError("no connection", sent=False)) == 0.5
    assert delay(APITimeoutError("nothing came", sent=True)) is None


def test_what_may_be_sent_twice_is() -> None:
    assert delay(APITimeoutError("nothing came", sent=True), repeatable=True) == 0.5
    assert delay(status(524), repeatable=True) == 0.5


def test_what_lasts_is_not_tried_again() -> None:
    for repeatable in (True, False):
        failure = APIConnectionError("denied", sent=False, lasting=True)
        assert delay(failure, repeatable=repeatable) is None
