"""What the commands say of errors, in words of the command line."""

from __future__ import annotations

from datetime import datetime, timedelta

from magickpen.cli import FAILED, RATE_LIMITED, WRONG_USAGE
from magickpen.cli.output import say
from magickpen.core.errors import (
    APIStatusError,
    ConfigurationError,
    MagickPenError,
    RateLimitError,
)

_HINTS = {
    "timeout": "Allow more with --timeout or --deadline (seconds).",
    "interrupted": "What had come of it stands in the output.",
    "not_found": "Check --base-url and --api-url.",
    "challenge": "Open the site in a browser: this client does not solve challenges."
    " If you have a Turnstile token, pass it with --turnstile-token.",
    "credentials": "`magickpen doctor` checks each step. The site may have changed: look for a"
    " newer version.",
}


def tell(error: MagickPenError) -> int:
    """Say on standard error what went wrong, and return the exit status for it."""
    say(f"magickpen: {in_words_of_the_command_line(error, datetime.now().astimezone())}", err=True)
    if isinstance(error, ConfigurationError):
        return WRONG_USAGE
    return RATE_LIMITED if isinstance(error, RateLimitError) else FAILED


def in_words_of_the_command_line(error: MagickPenError, now: datetime) -> str:
    """Return what an error says, with hints that name options instead of arguments.

    Args:
        error: the error.
        now: the time on the clock of the user.
    """
    error.hint = _HINTS.get(error.code, error.hint)
    if isinstance(error, APIStatusError) and error.retry_after is not None:
        error.hint = f"Try again {when(error.retry_after, now)}."
    return str(error)


def when(seconds: float, now: datetime) -> str:
    """Return a time in the future, such as "in 20 h, at 18:40"."""
    if seconds < 90:
        return f"in {seconds:.0f} s"
    try:
        then = now + timedelta(seconds=seconds)
    except OverflowError:
        return "in many years"
    days = (then.date() - now.date()).days
    clock = f"{then:%H:%M}" if days == 0 else f"{then:%H:%M} tomorrow"
    if days > 1:
        clock = f"{then:%H:%M} on {then:%Y-%m-%d}"
    minutes = round(seconds / 60)
    length = f"{minutes} min" if minutes < 90 else f"{minutes / 60:.0f} h"
    return f"in {length}, at {clock}"
