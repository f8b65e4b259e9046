"""Which failure is sent again, and after how long: pure functions."""

from __future__ import annotations

import re

from magickpen.core.errors import APIConnectionError, APIStatusError, MagickPenError, RateLimitError

BACKOFF_START = 0.5
BACKOFF_LIMIT = 8.0
RETRY_AFTER_LIMIT = 60.0
"""The longest that a call waits because the service asks for it, in seconds."""

RETRIED_STATUSES = frozenset({408, 500, 502, 503, 504, 520, 521, 522, 523})
"""Statuses that tell of a passing failure. 524 is none of them: behind it the service may still
be at work on the answer, and count it."""

_SECONDS = re.compile(r"\d+(\.\d+)?")


def parse_retry_after(value: str, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks to wait, or None where it tells nothing.

    Args:
        value: the header: seconds, or a date.
        now: seconds since the epoch.
    """
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    # Imported here, since it would take a seventh of the package's time to import, for a date that
    # is rarely met.
    from email.utils import parsedate_to_datetime  # noqa: PLC0415

    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def backoff(retries: int, random: float) -> float:
    """Return the seconds to wait before the next attempt: exponential, with jitter.

    Args:
        retries: how many retries there have been.
        random: a number from 0 up to 1. The delay lies between half and the whole of the
            exponential one, so that clients which failed together do not come back together.
    """
    return min(BACKOFF_LIMIT, BACKOFF_START * 2.0**retries) * (0.5 + random / 2)


def retry_delay(
    failure: MagickPenError, *, retries: int, max_retries: int, random: float, idempotent: bool
) -> float | None:
    """Return the seconds after which a failed request is sent again, or None if it is not.

    A question that may have reached the service is not sent again: it may have been answered, and
    counted against the user's quota. A rate limit is waited for only where the service says how
    long, and that is not long.

    Args:
        failure: what came of the last attempt.
        retries: how many retries there have been.
        max_retries: how many there may be.
        random: a number from 0 up to 1, for the jitter.
        idempotent: whether the request may be sent twice, as one for a page may.
    """
    if retries >= max_retries:
        return None
    delay = backoff(retries, random)
    if isinstance(failure, APIConnectionError):
        return delay if idempotent or not failure.sent else None
    if not isinstance(failure, APIStatusError):
        return None
    wait = failure.retry_after
    if wait is None:
        return delay if failure.status_code in RETRIED_STATUSES else None
    if not isinstance(failure, RateLimitError) and failure.status_code not in RETRIED_STATUSES:
        return None
    return max(wait, delay) if wait <= RETRY_AFTER_LIMIT else None
