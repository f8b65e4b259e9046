"""Errors for responses that are not answers (docs/protocol.md, sections 5 and 6)."""

from __future__ import annotations

import re
from html import unescape
from http import HTTPStatus

from magickpen.core.decoding import error_text, media_type
from magickpen.core.errors import (
    APIConnectionError,
    ChallengeError,
    MagickPenError,
    RateLimitError,
    ResponseError,
    status_error_class,
)
from magickpen.core.http import Head
from magickpen.core.retry import parse_retry_after

BODY_LIMIT = 64 * 1024
"""The number of bytes of a refusal that are read: enough for its message."""

PROXY_LOGIN_HINT = "Check the user name and password in the URL of the proxy."

_QUOTED = 300
# Bounded, so that no page can make the search slow.
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,1000})", re.IGNORECASE)
_CHALLENGE_TITLE = re.compile(r"just a moment|attention required|checking your browser", re.I)


def is_html(head: Head, start: bytes = b"") -> bool:
    """Return whether a response is an HTML page, by its content type or else by its start."""
    kind = media_type(head.headers)
    if kind:
        return kind in ("text/html", "application/xhtml+xml")
    return start[:64].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def demands_challenge(head: Head) -> bool:
    """Return whether a head announces a challenge."""
    return head.headers.get("cf-mitigated", "").lower() == "challenge"


def is_challenge(head: Head, text: str) -> bool:
    """Return whether a response is a challenge, by its head or the title of its page."""
    page = is_html(head, text[:64].encode())
    return demands_challenge(head) or (page and bool(_CHALLENGE_TITLE.search(_title(text))))


def refusal(head: Head, body: bytes, url: str, now: float) -> MagickPenError:
    """Return the error for a response.

    Args:
        head: its status and headers.
        body: the start of its body.
        url: the URL of the request.
        now: seconds since the epoch, for a date in Retry-After.
    """
    if head.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        # Only a proxy sends it.
        return APIConnectionError(
            "no connection through the proxy: 407 Proxy Authentication Required",
            sent=False,
            lasting=True,
            url=url,
            hint=PROXY_LOGIN_HINT,
        )
    text = body.decode("utf-8", "replace")
    if is_challenge(head, text):
        return ChallengeError(
            "the site requires a challenge to be solved",
            status_code=head.status,
            title=_title(text),
            url=url,
        )
    if head.status != HTTPStatus.OK:
        return _status_error(head, body, url, now)
    return ResponseError(
        f"the answer has the unexpected content type {media_type(head.headers)!r}", url=url
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
    if says_more or told or not is_html(head, body):
        return error
    title = _title(body.decode("utf-8", "replace"))
    status = f"status {head.status} and " if head.status != HTTPStatus.OK else ""
    return ChallengeError(
        f"the service sent an HTML page instead of an answer, with {status}the title {title!r}",
        status_code=head.status,
        title=title,
        url=url,
        hint="The site may be under maintenance, or api_url may be wrong.",
    )


def _title(page: str) -> str:
    match = _TITLE.search(page, 0, BODY_LIMIT)
    return _shortened(unescape(match[1])) if match else ""


def _status_error(head: Head, body: bytes, url: str, now: float) -> MagickPenError:
    text = body.decode("utf-8", "replace")
    said = _shortened(_title(text) if is_html(head, body) else error_text(text) or text)
    try:
        status = f"{head.status} {HTTPStatus(head.status).phrase}"
    except ValueError:
        status = str(head.status)
    if location := head.headers.get("location", ""):
        said = f"it redirects to {location}"
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


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]}…"
