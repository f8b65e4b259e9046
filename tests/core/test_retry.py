from __future__ import annotations

import pytest

from magickpen.core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    BadRequestError,
    ChallengeError,
    InternalServerError,
    MagickPenError,
    RateLimitError,
)
from magickpen.core.retry import (
    RETRY_AFTER_LIMIT,
    backoff,
    parse_retry_after,
    retry_delay,
)
from tests.core.fakes import EPOCH


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 1.5 ", 1.5),
        ("0", 0.0),
        ("Thu, 03 Oct 2024 00:00:30 GMT", 30.0),
        ("Thu, 03 Oct 2024 00:00:30 +0000", 30.0),
        ("Wed, 02 Oct 2024 00:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("Thu, 03 Oct 99999999 00:00:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert parse_retry_after(value, EPOCH) == seconds


def test_backoff_doubles_up_to_a_limit() -> None:
    assert [backoff(n, 1.0) for n in range(6)] == [0.5, 1, 2, 4, 8, 8]


def test_jitter_takes_up_to_half_of_it() -> None:
    assert backoff(0, 0.0) == 0.25
    assert 0.25 < backoff(0, 0.3) < backoff(0, 0.9) < 0.5


def delay(failure: MagickPenError, *, retries: int = 0, idempotent: bool = False) -> float | None:
    return retry_delay(failure, retries=retries, max_retries=2, random=1.0, idempotent=idempotent)


def status(code: int, retry_after: float | None = None) -> APIStatusError:
    kind = {400: BadRequestError, 429: RateLimitError}.get(code, InternalServerError)
    return kind("refused", status_code=code, retry_after=retry_after)


@pytest.mark.parametrize("code", [408, 500, 502, 503, 504, 522])
def test_a_passing_failure_is_sent_again(code: int) -> None:
    assert delay(status(code)) == 0.5
    assert delay(status(code), retries=1) == 1.0


def test_retries_come_to_an_end() -> None:
    assert delay(status(503), retries=2) is None


@pytest.mark.parametrize(
    "failure",
    [
        status(400),
        status(501),
        status(524),
        status(429),
        status(400, retry_after=1),
        ChallengeError("challenge"),
    ],
)
def test_what_another_attempt_does_not_help_is_not_sent_again(failure: MagickPenError) -> None:
    assert delay(failure) is None


@pytest.mark.parametrize("code", [429, 503])
def test_the_service_says_when_to_come_back(code: int) -> None:
    assert delay(status(code, retry_after=7)) == 7
    assert delay(status(code, retry_after=0)) == 0.5
    assert delay(status(code, retry_after=RETRY_AFTER_LIMIT)) == RETRY_AFTER_LIMIT
    assert delay(status(code, retry_after=RETRY_AFTER_LIMIT + 1)) is None


def test_a_question_is_sent_again_only_if_it_was_not_sent() -> None:
    assert delay(APIConnectionError("refused", sent=False)) == 0.5
    assert delay(APITimeoutError("no connection", sent=False)) == 0.5
    assert delay(APITimeoutError("nothing came", sent=True)) is None


def test_a_page_may_be_asked_for_twice() -> None:
    assert delay(APITimeoutError("nothing came", sent=True), idempotent=True) == 0.5
