"""Which failure is sent again, and after how long: pure functions."""

from __future__ import annotations

import re

from magickpen.core.errors import APIConnectionError, APIStatusError, MagickPenError

BACKOFF_START = 0.5
BACKOFF_LIMIT = 8.0
RETRY_AFTER_LIMIT = 60.0
"""The longest that a call waits because the service asks for it, in seconds."""

UNANSWERED_STATUS = 524
"""What a proxy in front of the service says when it has waited long enough: the service may still
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
        random: a number from 0 up to 1. The delay lies anywhere below the exponential one, so that
            clients which failed together do not come back together.
    """
    # Bounded before it is raised to a power: a float ends at 2 ** 1024.
    return min(BACKOFF_LIMIT, BACKOFF_START * 2.0 ** min(retries, 10)) * random


def may_have_been_answered(failure: MagickPenError) -> bool:
    """Whether the service may have received the request that failed, and counted it."""
    if isinstance(failure, APIConnectionError):
        return failure.sent
    return isinstance(failure, APIStatusError) and failure.status_code == UNANSWERED_STATUS


def is_passing_status(status: int) -> bool:
    """Whether a status, of the service or of a proxy, tells of a passing failure."""
    return status in (408, 409, 425, 429) or status >= 500


def is_passing(failure: MagickPenError) -> bool:
    """Whether the same request may succeed a little later."""
    if isinstance(failure, APIStatusError):
        return is_passing_status(failure.status_code)
    return isinstance(failure, APIConnectionError) and not failure.lasting


def retry_delay(
    failure: MagickPenError, *, retries: int, max_retries: int, random: float, repeatable: bool
) -> float | None:
    """Return the seconds after which a failed request is sent again, or None if it is not.

    Args:
        failure: what came of the last attempt.
        retries: how many retries there have been.
        max_retries: how many there may be.
        random: a number from 0 up to 1, for the jitter.
        repeatable: whether the request may be sent twice: one for a page may, and a question where
            the user allows it. Another one may have been answered, and counted against the user's
            quota.
    """
    if retries >= max_retries or not is_passing(failure):
        return None
    if may_have_been_answered(failure) and not repeatable:
        return None
    delay = backoff(retries, random)
    wait = failure.retry_after if isinstance(failure, APIStatusError) else None
    if wait is None:
        return delay
    return max(wait, delay) if wait <= RETRY_AFTER_LIMIT else None
