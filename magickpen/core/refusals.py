"""Errors for responses that are not answers (docs/protocol.md, sections 5 and 6)."""

from __future__ import annotations

from http import HTTPStatus

from magickpen.core.errors import (
    APIConnectionError,
    ChallengeError,
    MagickPenError,
    RateLimitError,
    ResponseError,
    status_error_class,
)
from magickpen.core.http import Head
from magickpen.core.pages import (
    challenge_error,
    is_challenge_page,
    is_page,
    media_type,
    page_error,
    shortened,
    title_of,
)
from magickpen.core.payloads import error_text
from magickpen.core.retry import parse_retry_after

BODY_LIMIT = 64 * 1024
"""The number of bytes of a refusal that are read: enough for its message."""

PROXY_LOGIN_HINT = "Check the user name and password in the URL of the proxy."


def demands_challenge(head: Head) -> bool:
    """Return whether a head announces a challenge."""
    return head.headers.get("cf-mitigated", "").lower() == "challenge"


def is_challenge(head: Head, body: bytes) -> bool:
    """Return whether a response is a challenge, by its head or the title of its page."""
    page = is_page(head.headers, body)
    return demands_challenge(head) or (page and is_challenge_page(body.decode("utf-8", "replace")))


def refusal(head: Head, body: bytes, url: str, now: float) -> MagickPenError:
    """Return the error for a response.

    Args:
        head: its status and headers.
        body: the start of its body.
        url: the URL of the request.
        now: seconds since the epoch, for a date in Retry-After.
    """
    if _is_refusal_of_proxy(head):
        return APIConnectionError(
            f"no connection through the proxy: {head.status} {HTTPStatus(head.status).phrase}",
            sent=False,
            lasting=True,
            url=url,
            hint=PROXY_LOGIN_HINT,
        )
    if is_challenge(head, body):
        return challenge_error(body.decode("utf-8", "replace"), head.status, url)
    if head.status != HTTPStatus.OK:
        return _status_error(head, body, url, now)
    return ResponseError(
        f"the answer has the unexpected content type {shortened(media_type(head.headers))!r}",
        url=url,
    )


def answer_refusal(head: Head, body: bytes, url: str, now: float) -> MagickPenError:
    """Return the error for a response to a question; the arguments are those of `refusal`.

    An HTML page is never an answer. A server error, a redirect or a Retry-After header that comes
    with it says more, though.
    """
    if head.status in (HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT):
        return ResponseError("the answer is empty", url=url)
    error = refusal(head, body, url, now)
    says_more = (
        300 <= head.status < 400
        or head.status >= 500
        or (isinstance(error, RateLimitError) and error.retry_after is not None)
    )
    told = isinstance(error, (ChallengeError, APIConnectionError))
    if says_more or told or not is_page(head.headers, body):
        return error
    return page_error(body.decode("utf-8", "replace"), head.status, url)


def _is_refusal_of_proxy(head: Head) -> bool:
    # tinyproxy asks for a password by 407, and refuses a wrong one by 401.
    by_proxy = "proxy" in head.headers.get("server", "").lower()
    return head.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED or (
        by_proxy and head.status == HTTPStatus.UNAUTHORIZED
    )


def _status_error(head: Head, body: bytes, url: str, now: float) -> MagickPenError:
    text = body.decode("utf-8", "replace")
    page = is_page(head.headers, body)
    said = title_of(text) if page else shortened(error_text(text) or text)
    try:
        status = f"{head.status} {HTTPStatus(head.status).phrase}"
    except ValueError:
        status = str(head.status)
    if location := head.headers.get("location", ""):
        said = f"it redirects to {shortened(location)}"
    message = f"the service answered {status}"
    error = status_error_class(head.status)(
        f"{message}: {said}" if said and said.lower() not in status.lower() else message,
        status_code=head.status,
        body=text,
        headers=dict(head.headers),
        retry_after=parse_retry_after(head.headers.get("retry-after", ""), now),
        url=url,
    )
    if error.retry_after is not None:
        error.hint = f"Try again in {error.retry_after:.0f} s."
    return error
