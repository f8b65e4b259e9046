"""Pages of HTML, which sites send in the place of answers and scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from http import HTTPStatus

from magickpen.core.errors import ChallengeError

START_LIMIT = 4096
"""How many characters at the start of a body tell whether it is a page."""

PAGE_LIMIT = 64 * 1024
"""How much of a page is kept, in characters: enough for its title."""

_QUOTED = 300

_TYPE = re.compile(r"\s*([\w!#$&^.+-]+/[\w!#$&^.+-]+)\s*(?:[;,]|$)", re.ASCII)
# What may stand before the first tag.
_BEFORE = re.compile(r"\ufeff?(?:\s+|<!--.*?-->|<\?.*?>)*", re.DOTALL)
_TAG = re.compile(r"<(?:!doctype\s+html|html|head|body|title|meta)[\s>/]", re.IGNORECASE)
_TAG_BEGUN = re.compile(
    r"|<|<!|<!-|<!--.*|<\?.*|<!?[a-z]{1,7}|<!doctype\s+[a-z]{0,4}", re.IGNORECASE | re.DOTALL
)
# Bounded, so that no page can make the search slow.
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,1000})", re.IGNORECASE)
_CHALLENGE_TITLE = re.compile(r"just a moment|attention required|checking your browser", re.I)


def media_type(headers: Mapping[str, str]) -> str:
    """Return the content type in lower case without its parameters, or "" if there is none.

    If a response has several, the first one that can be read counts.
    """
    for part in headers.get("content-type", "").split(","):
        if match := _TYPE.match(part):
            return match[1].lower()
    return ""


def begins_page(start: str) -> bool | None:
    """Return whether a text that begins so is a page; None if more of it is needed.

    Args:
        start: the start of the text. Of more than `START_LIMIT` characters, the first ones count.
    """
    before = _BEFORE.match(start, 0, START_LIMIT)
    rest = start[before.end() if before else 0 : START_LIMIT]
    if _TAG.match(rest):
        return True
    return None if len(start) < START_LIMIT and _TAG_BEGUN.fullmatch(rest) else False


def is_page(headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether a response is a page, by what its body begins with.

    What is declared as plain text is never one: people ask for HTML.
    """
    if media_type(headers) == "text/plain":
        return False
    return begins_page(body[:START_LIMIT].decode("utf-8", "replace")) is True


def title_of(page: str) -> str:
    """Return the title of a page, or ""."""
    match = _TITLE.search(page, 0, PAGE_LIMIT)
    return shortened(unescape(match[1])) if match else ""


def is_challenge_page(page: str) -> bool:
    """Return whether the title of a page is that of a challenge."""
    return bool(_CHALLENGE_TITLE.search(title_of(page)))


def challenge_error(page: str, status: int, url: str = "") -> ChallengeError:
    """Return the error for a challenge."""
    return ChallengeError(
        "the site requires a challenge to be solved",
        status_code=status,
        title=title_of(page),
        body=page[:PAGE_LIMIT],
        url=url,
    )


def page_error(page: str, status: int, url: str = "") -> ChallengeError:
    """Return the error for a page in the place of an answer."""
    if is_challenge_page(page):
        return challenge_error(page, status, url)
    title = title_of(page)
    said = f"status {status} and " if status != HTTPStatus.OK else ""
    return ChallengeError(
        f"the service sent an HTML page instead of an answer, with {said}the title {title!r}",
        status_code=status,
        title=title,
        body=page[:PAGE_LIMIT],
        url=url,
        hint="The site may be under maintenance, or api_url may be wrong.",
    )


def shortened(text: str) -> str:
    """Return what a server said on one line, short enough for a message."""
    # Before it is split: it may be long.
    line = " ".join(text[: 4 * _QUOTED].split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]}…"
