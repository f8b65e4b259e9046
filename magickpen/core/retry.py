"""Which requests are retried, and after how long."""

from __future__ import annotations

import math
import re

from magickpen.core.errors import APIConnectionError, APIStatusError, MagickPenError

BACKOFF_START = 0.5
BACKOFF_LIMIT = 8.0
RETRY_AFTER_LIMIT = 60.0
"""The longest Retry-After that a call waits for, in seconds."""

UNANSWERED_STATUS = 524
"""Sent by a proxy in front of the service when it has waited long enough. The service may still be
working on the answer, and count it."""

_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)


def parse_retry_after(value: str, now: float) -> float | None:
    """Return the seconds to wait according to a Retry-After header, or None if it is invalid.

    Args:
        value: the value of the header: seconds or a date.
        now: seconds since the epoch.
    """
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return seconds if (seconds := float(value)) != math.inf else None
    # Imported here because it takes a seventh of the package's import time, and is rarely needed.
    from datetime import UTC  # noqa: PLC0415
    from email.utils import parsedate_to_datetime  # noqa: PLC0415

    try:
        date = parsedate_to_datetime(value)
        # Dates of HTTP are in GMT, also those without a zone.
        utc = date if date.tzinfo else date.replace(tzinfo=UTC)
        return max(0.0, utc.timestamp() - now)
    except (ValueError, OverflowError):
        return None


def backoff(retries: int, random: float) -> float:
    """Return the seconds to wait before the next attempt: exponential, with jitter.

    Args:
        retries: the number of retries so far.
        random: a number from 0 to 1. The delay is anywhere below the exponential one, so that
            clients that failed together do not come back together.
    """
    # The exponent is bounded because a float overflows at 2 ** 1024.
    return min(BACKOFF_LIMIT, BACKOFF_START * 2.0 ** min(retries, 10)) * random


def may_have_been_answered(failure: MagickPenError) -> bool:
    """Return whether the service may have received the failed request, and counted it."""
    if isinstance(failure, APIConnectionError):
        return failure.sent
    return isinstance(failure, APIStatusError) and failure.status_code == UNANSWERED_STATUS


def retry_delay(
    failure: MagickPenError, *, retries: int, max_retries: int, random: float, repeatable: bool
) -> float | None:
    """Return the seconds to wait before a retry, or None if the request is not retried.

    Args:
        failure: the error of the last attempt.
        retries: the number of retries so far.
        max_retries: the number of retries that are allowed.
        random: a number from 0 to 1, for the jitter.
        repeatable: whether to send the request again even if the service may have answered it, and
            counted it against the user's quota.
    """
    if retries >= max_retries or not failure.retryable:
        return None
    if may_have_been_answered(failure) and not repeatable:
        return None
    delay = backoff(retries, random)
    wait = failure.retry_after if isinstance(failure, APIStatusError) else None
    if wait is None:
        return delay
    return max(wait, delay) if wait <= RETRY_AFTER_LIMIT else None
