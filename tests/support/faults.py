"""The table of faults, as data.

`python -m tests.support.faults > docs/faults.md` prints it for users.
"""

from __future__ import annotations

import itertools
import json
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from magickpen import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ChallengeError,
    InternalServerError,
    MagickPenError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ResponseError,
    StreamInterruptedError,
)
from tests.support.raw_server import (
    Play,
    Step,
    closed_port,
    dribbles,
    floods,
    full_backlog,
    hangs_up,
    resets,
    stalls,
    untrusted_server,
    waits_until_taken,
)
from tests.support.responses import (
    ANSWER_HEAD,
    MODULES,
    bomb,
    broken,
    chunk,
    encoded,
    head,
    later,
    packed,
    packed_start,
    page,
    quoted,
    redirect,
    refusal,
    response,
)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong, and what a call makes of it.

    Attributes:
        name: what goes wrong; `{}` in it stands for `member`.
        member: which of several faults that are alike, such as a status.
        play: what the server does with each request.
        times: how often it does so before it answers well; None for always.
        place: makes another URL to ask at than the server's.
        needs: the module without which the fault cannot be had.
        options: the options of the call.
        old_secrets: whether the client knows other secrets than the site has.
        error: the class of the error; None for an answer.
        text: the answer, or the error's `.partial`; None where it has none.
        more: whether `text` is only the beginning of it.
        requests: how many requests reach the API.
        attempts: the error's `.attempts`; None for as many as there are requests.
        sent: the error's `.sent`; None where it has none.
        cause: the class of the error's cause.
        status: the error's `.status_code`.
        retry_after: between what the error's `.retry_after` lies; None for None.
        waits: the least seconds that are slept between two requests.
        site_read: whether the site is read for other credentials.
        advice: what to do; "" for what the class of the error says.
    """

    name: str
    member: str = ""
    play: Play = ()
    times: int | None = None
    place: Callable[[], AbstractContextManager[str]] | None = None
    needs: str = ""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    old_secrets: bool = False
    error: type[MagickPenError] | None
    text: str | None = None
    more: bool = False
    requests: int = 1
    attempts: int | None = None
    sent: bool | None = None
    cause: type[BaseException] | None = None
    status: int | None = None
    retry_after: tuple[float, float] | None = None
    waits: float = 0.0
    site_read: bool = False
    advice: str = ""

    @property
    def slow(self) -> bool:
        """Whether a timeout or a deadline has to pass."""
        return not self.options.keys().isdisjoint({"timeout", "deadline"})

    def __str__(self) -> str:
        return self.name.replace("{}", self.member)


# The table

SHORT = 2.5
"""Seconds of a timeout that is to pass: enough for a busy machine to send what comes before."""

MAX_REPLY_BYTES = 1_000_000
CODINGS = ("gzip", "deflate", "br", "zstd")

ANSWER = "All is well, né 😀."
HAD_COME = "né 😀"
SPLIT_TEXT = "né 😀 and 𝄞, ends with 🦆"

GOOD: Play = (response(body=ANSWER),)
BEGUN = ANSWER_HEAD + chunk(HAD_COME)
NO_HEAD = b"Hello, this is no HTTP\r\n\r\n"
STRAY = response(body="an answer to nobody's question")

NOTHING_SENT = "Nothing was sent. Check the network, the proxy and the URLs, and ask again."
PERHAPS = (
    "The service may have read the question and counted it. Ask again, or allow that with"
    " `retry_unanswered=True`."
)
NO_REDIRECT = "Check `api_url`; a redirect of the API is not followed."
TOO_LONG = "Allow more with `max_reply_bytes=`."
CLOCK = "Check that this machine's clock is right; `magickpen doctor` does."

ADVICE: Mapping[type[MagickPenError] | None, str] = {
    None: "Nothing.",
    APIConnectionError: PERHAPS,
    APITimeoutError: "Allow more with `timeout=` or `deadline=`. " + PERHAPS,
    StreamInterruptedError: "Use `.partial`; asking again may cost another message of the quota.",
    ChallengeError: (
        "Open the site in a browser, or try again later. A token that you have can be passed as"
        " `turnstile_token`."
    ),
    ResponseError: "Read the message; what the service sent is no answer.",
    APIStatusError: "Read `.message` and `.status_code`.",
    BadRequestError: "Read `.message`; the service did not understand the question.",
    AuthenticationError: CLOCK,
    PermissionDeniedError: CLOCK,
    NotFoundError: "Check `base_url` and `api_url`.",
    RateLimitError: "Try again in `.retry_after` seconds; tomorrow where it is `None`.",
    InternalServerError: "Try again later.",
}


def _error_of(status: int) -> type[MagickPenError]:
    match status:
        case 401:
            return AuthenticationError
        case 403:
            return PermissionDeniedError
        case 404:
            return NotFoundError
        case 429:
            return RateLimitError
        case _:
            return InternalServerError if status >= 500 else APIStatusError


# fmt: off
def _no_answer_begins() -> Iterator[Fault]:
    for name, place, attempts in (
        ("the connection is refused", closed_port, 3),
        ("there is no such host", lambda: nullcontext("http://site.invalid"), 3),
        ("the TLS certificate is not trusted", untrusted_server, 1),
    ):
        yield Fault(name=name, place=place, error=APIConnectionError, requests=0,
                    attempts=attempts, sent=False, advice=NOTHING_SENT)
    yield Fault(name="no connection is made before the deadline", place=full_backlog,
                options={"deadline": SHORT}, error=APITimeoutError, requests=0, attempts=1,
                sent=False, advice="Nothing was sent. Allow more with `deadline=`, and ask again.")
    plays: dict[str, Play] = {
        "the connection is closed without a byte": (hangs_up,),
        "garbage that quotes the request comes in the place of a head":
            (quoted(lambda text: b"x " + text.encode() + b"\r\n\r\n"), hangs_up),
        "the connection is reset before the head": (resets,),
        "the connection is closed in the middle of the head": (head()[:-9], hangs_up),
        "garbage comes in the place of a head": (NO_HEAD, hangs_up),
        "the head contradicts itself":
            (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nHello!", hangs_up),
        "the head has a header line of 1 MiB": (head(x_filler="x" * 2**20), hangs_up),
        "the head has header lines of 1 MiB in all":
            (head()[:-2] + b"x-filler: x\r\n" * (2**20 // 13 + 1) + b"\r\n", hangs_up),
    }
    for name, play in plays.items():
        yield Fault(name=name, play=play, error=APIConnectionError, sent=True)
    timeouts: dict[str, tuple[str, Play]] = {
        "no head comes within the timeout": ("timeout", (stalls,)),
        "no head comes before the deadline": ("deadline", (stalls,)),
        "a head that comes byte by byte is not whole before the deadline":
            ("deadline", (head()[:-2] + b"x-filler: ", dribbles(b"x"))),
        "interim heads (103) keep coming until the deadline":
            ("deadline", (dribbles(head(103)),)),
    }
    for name, (option, play) in timeouts.items():
        yield Fault(name=name, play=play, options={option: SHORT}, error=APITimeoutError, sent=True)


def _the_answer_breaks_off() -> Iterator[Fault]:
    plays: dict[str, tuple[str, Play]] = {
        "the connection is reset": (HAD_COME, (BEGUN, waits_until_taken, resets)),
        "the server closes its half of the connection": (HAD_COME, (BEGUN, hangs_up)),
        "the connection is closed after the head": ("", (ANSWER_HEAD, hangs_up)),
        "the connection is closed inside a chunk":
            (HAD_COME, (ANSWER_HEAD, chunk(HAD_COME + "!!")[:-4], hangs_up)),
        "the connection is closed inside a character":
            (HAD_COME[:-1], (ANSWER_HEAD, chunk(HAD_COME)[:-4], hangs_up)),
        "the connection is closed before the body is as long as its content-length":
            (HAD_COME, (response(body=HAD_COME + "!")[:-1], hangs_up)),
        "garbage comes in the place of the next chunk": (HAD_COME, (BEGUN, b"zz\r\n", hangs_up)),
        "garbage comes behind a chunk": (HAD_COME, (BEGUN[:-2] + b"zz\r\n", hangs_up)),
        "the next chunk says that it is endless": (HAD_COME, (BEGUN, b"f" * 30, hangs_up)),
    }
    for name, (text, play) in plays.items():
        yield Fault(name=name, play=play, error=StreamInterruptedError, text=text,
                    cause=APIConnectionError)
    unframed = head(content_type="text/plain") + HAD_COME.encode()
    timeouts: dict[str, tuple[str, str, Play]] = {
        "nothing comes after the head, within the timeout": ("", "timeout", (ANSWER_HEAD, stalls)),
        "nothing more comes within the timeout": (HAD_COME, "timeout", (BEGUN, stalls)),
        "nothing comes after the head, before the deadline":
            ("", "deadline", (ANSWER_HEAD, stalls)),
        "nothing more comes before the deadline": (HAD_COME, "deadline", (BEGUN, stalls)),
        "nothing more comes before the deadline of an answer without framing":
            (HAD_COME, "deadline", (unframed, stalls)),
    }
    for name, (text, option, play) in timeouts.items():
        yield Fault(name=name, play=play, options={option: SHORT}, error=StreamInterruptedError,
                    text=text, cause=APITimeoutError)
    yield Fault(name="the answer keeps coming in small pieces until the deadline",
                play=(BEGUN, dribbles(chunk("drip "))), options={"deadline": SHORT},
                error=StreamInterruptedError, text=HAD_COME, more=True, cause=APITimeoutError)
    for coding in CODINGS:
        unended = encoded(coding, lambda coding: packed_start(coding, HAD_COME))
        for name, play in (
            ("a compressed answer ({}) is broken", broken(coding, HAD_COME)),
            ("a compressed answer ({}) lacks its end, and its framing does not", unended),
        ):
            yield Fault(name=name, member=coding, needs=MODULES[coding], play=play,
                        error=StreamInterruptedError, text=HAD_COME, cause=APIConnectionError)


def _no_answer_at_all() -> Iterator[Fault]:
    for status in (200, 400, 401, 403, 404, 409, 429):
        yield Fault(name="a page of HTML, status {}", member=str(status), play=(page(status),),
                    error=ChallengeError, status=status)
    untyped = head(content_length=28) + b"<!DOCTYPE html><html></html>"
    yield Fault(name="a page of HTML without a content type", play=(untyped,),
                error=ChallengeError, status=200)
    for name, status, step in (
        ("a page of HTML", 403, page(403, "Just a moment...", cf_mitigated="challenge")),
        ("a text", 403, response(403, "Forbidden", cf_mitigated="challenge")),
        ("status 200", 200, response(body=ANSWER, cf_mitigated="challenge")),
        ("status 503", 503, page(503, "Just a moment...", cf_mitigated="challenge")),
    ):
        yield Fault(name=f"`cf-mitigated: challenge` with {name}", play=(step,),
                    error=ChallengeError, status=status)
    json_type = "application/json"
    plays: dict[str, Play] = {
        "an error object as JSON, status 200":
            (response(body='{"error": {"message": "quota"}}', content_type=json_type),),
        "an error object as JSON that quotes the request, status 200":
            (quoted(lambda text: response(body=json.dumps({"error": text}),
                                          content_type=json_type)),),
        "JSON that is none": (response(body="{", content_type=json_type),),
        "no content, status 204": (head(204),),
        "an empty answer": (response(),),
        "an empty answer, chunked": (ANSWER_HEAD + chunk(""),),
        "the content type is no text (image/png)":
            (response(body=b"\x89PNG", content_type="image/png"),),
        "the content type is no text (application/pdf)":
            (response(body=b"%PDF-1.7", content_type="application/pdf"),),
        "the content coding is not known":
            (response(body=b"\x00\xff\x00", content_encoding="x-unknown"),),
        "a small answer that is packed twice and unpacks to hundreds of megabytes":
            encoded("gzip, gzip", bomb),
    }
    for name, play in plays.items():
        yield Fault(name=name, play=play, error=ResponseError, text="")
    yield Fault(name="an answer without an end",
                play=(ANSWER_HEAD, floods(chunk("x" * 1000) * 10)),
                options={"max_reply_bytes": MAX_REPLY_BYTES}, error=ResponseError,
                text="x" * MAX_REPLY_BYTES, advice=TOO_LONG)
    for coding in ("gzip", "br", "zstd"):
        yield Fault(name="a small answer that unpacks to hundreds of megabytes ({})", member=coding,
                    needs=MODULES[coding], play=encoded(coding, bomb),
                    options={"max_reply_bytes": MAX_REPLY_BYTES}, error=ResponseError,
                    text="x" * MAX_REPLY_BYTES, advice=TOO_LONG)


def _the_service_refuses() -> Iterator[Fault]:
    for status in (301, 302, 303, 307, 308):
        steps: dict[str, Step] = {
            "{} to a place of the same origin": head(status, location="/x", content_length=0),
            "{} to another origin": redirect(status),
            "{} with a page of HTML": page(status, location="/x"),
        }
        for name, step in steps.items():
            yield Fault(name=name, member=str(status), play=(step,), error=APIStatusError,
                        status=status, advice=NO_REDIRECT)
    yield Fault(name="a redirect that quotes the request",
                play=(quoted(lambda text: head(302, location=f"/?{text}", content_length=0)),),
                error=APIStatusError, status=302, advice=NO_REDIRECT)
    yield Fault(name="400", play=(refusal(400),), error=BadRequestError, status=400)
    yield Fault(name="400 that quotes the request",
                play=(quoted(lambda text: response(400, json.dumps({"message": text}))),),
                error=BadRequestError, status=400)
    for status in (401, 403):
        yield _refused("{}, and the site has the same credentials", status, refusal(status),
                       site_read=True)
        yield _refused("{}, and with the site's new credentials too", status, refusal(status),
                       requests=2, old_secrets=True, site_read=True)
        yield _refused("{} with `Retry-After: 7`", status, refusal(status, retry_after=7),
                       retry_after=(7, 7), site_read=True)
    for status in (404, 405, 410):
        yield _refused("{}", status, refusal(status))
        yield _refused("{} with `Retry-After: 7`", status, refusal(status, retry_after=7),
                       retry_after=(7, 7))
    for status in (408, 409, 425, 429, 500, 502, 503, 504):
        yield from _passing_refusals(status)
    for status in (501, 520, 521, 522, 523, 599):
        yield _refused("{} without Retry-After", status, refusal(status), requests=3)
    yield _refused("524", 524, refusal(524), advice=(
        "The service may be at work on the answer, and count it. Try again later."))
    for status in (500, 502, 503, 504):
        yield _refused("{} with a page of HTML", status, page(status), requests=3)
    yield _refused("429 with a page of HTML and `Retry-After: 7`", 429, page(429, retry_after=7),
                   requests=3, waits=7, retry_after=(7, 7))
    yield _refused("429 with a page of HTML and `Retry-After: 3600`", 429,
                   page(429, retry_after=3600), retry_after=(3600, 3600))
    for value in ("soon", "-1", "Wed, 99 Foo 2026"):
        yield _refused("429 with a Retry-After that tells nothing ({})", 429,
                       refusal(429, retry_after=value), member=f"`{value}`", requests=3)


def _passing_refusals(status: int) -> Iterator[Fault]:
    yield _refused("{} without Retry-After", status, refusal(status), requests=3)
    for seconds in (7, 60):
        yield _refused(f"{{}} with `Retry-After: {seconds}`", status,
                       refusal(status, retry_after=seconds),
                       requests=3, waits=seconds, retry_after=(seconds, seconds))
    yield _refused("{} with a date in Retry-After, 30 seconds ahead", status, later(status, 30),
                   requests=3, waits=20, retry_after=(20, 30))
    yield _refused("{} with a date in Retry-After that has passed", status, later(status, -30),
                   requests=3, retry_after=(0, 0))
    yield _refused("{} with `Retry-After: 61`", status, refusal(status, retry_after=61),
                   retry_after=(61, 61))
    yield _refused("{} with a date in Retry-After, an hour ahead", status, later(status, 3600),
                   retry_after=(3590, 3600))


def _refused(name: str, status: int, step: Step, **expected: Any) -> Fault:
    known: dict[str, Any] = {"member": str(status)} | expected
    return Fault(name=name, play=(step,), error=_error_of(status), status=status, **known)


def _answers_all_the_same() -> Iterator[Fault]:
    data = HAD_COME.encode()
    plays: dict[str, tuple[str, Play]] = {
        "the connection's close ends a body without framing":
            (HAD_COME, (head(content_type="text/plain") + data, hangs_up)),
        "an answer in HTTP/1.0":
            (HAD_COME, (b"HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\n" + data, hangs_up)),
        "an interim head (103) before the answer":
            (HAD_COME, (head(103) + response(body=HAD_COME),)),
        "an answer without a content type": (HAD_COME, (head(content_length=len(data)) + data,)),
        "invalid UTF-8: replacement characters":
            ("n\ufffd \ufffd!", (ANSWER_HEAD + chunk(b"n\xe9 ")
                                 + chunk(b"\xf0\x9f\x98!") + chunk(""),)),
        "UTF-8 that ends inside a character: a replacement character":
            ("n\ufffd", (response(body=b"n\xc3"),)),
        "characters that are cut at each byte": (SPLIT_TEXT, (
            ANSWER_HEAD, *(chunk(bytes([byte])) for byte in SPLIT_TEXT.encode()), chunk(""))),
        "more comes than the answer's content-length says":
            (HAD_COME, (response(body=HAD_COME) + b"and more of it",)),
        "another response comes right behind the answer":
            (HAD_COME, (response(body=HAD_COME) + STRAY,)),
        "another response comes right behind a chunked answer":
            (HAD_COME, (BEGUN + chunk("") + STRAY,)),
        "a compressed answer without the header of its format (deflate)":
            (HAD_COME, encoded("deflate", lambda _: zlib.compress(data, wbits=-zlib.MAX_WBITS))),
        "another response comes after the answer":
            (HAD_COME, (response(body=HAD_COME), waits_until_taken, STRAY)),
        "a compressed answer in two members (gzip)":
            ("one two", encoded("gzip", lambda coding: packed(coding, "one ")
                                + packed(coding, "two"))),
    }
    for name, (text, play) in plays.items():
        yield Fault(name=name, play=play, error=None, text=text)
    for coding in CODINGS:
        yield Fault(name="a compressed answer ({})", member=coding, needs=MODULES[coding],
                    play=encoded(coding, lambda coding: packed(coding, SPLIT_TEXT)),
                    error=None, text=SPLIT_TEXT)
    for status in (401, 403):
        yield Fault(name="{} once, and the site has other credentials by then", member=str(status),
                    play=(refusal(status),), times=1, old_secrets=True, error=None, text=ANSWER,
                    requests=2, site_read=True)
    for status in (408, 409, 425, 429, 500, 502, 503, 504):
        yield Fault(name="{} once", member=str(status), play=(refusal(status),), times=1,
                    error=None, text=ANSWER, requests=2)
    yield Fault(name="429 twice, with `Retry-After: 7`", play=(refusal(429, retry_after=7),),
                times=2, error=None, text=ANSWER, requests=3, waits=7)


def _with_retry_unanswered() -> Iterator[Fault]:
    again = {"retry_unanswered": True}
    plays: dict[str, Play] = {
        "the connection is closed without a byte": (hangs_up,),
        "garbage comes in the place of a head": (NO_HEAD, hangs_up),
    }
    for name, play in plays.items():
        yield Fault(name=f"{name}, once", play=play, times=1, options=again, error=None,
                    text=ANSWER, requests=2)
        yield Fault(name=f"{name}, each time", play=play, options=again, error=APIConnectionError,
                    sent=True, requests=3, advice="The service may have counted each attempt.")
    yield Fault(name="no head comes within the timeout, once", play=(stalls,), times=1,
                options=again | {"timeout": SHORT}, error=None, text=ANSWER, requests=2)
    yield Fault(name="the connection is reset in mid-answer",
                play=(BEGUN, waits_until_taken, resets), options=again,
                error=StreamInterruptedError, text=HAD_COME, cause=APIConnectionError)
# fmt: on


SECTIONS: Mapping[str, tuple[Fault, ...]] = {
    "No answer begins": tuple(_no_answer_begins()),
    "The answer breaks off": tuple(_the_answer_breaks_off()),
    "What comes is no answer": tuple(_no_answer_at_all()),
    "The service refuses": tuple(_the_service_refuses()),
    "An answer all the same": tuple(_answers_all_the_same()),
    "With `retry_unanswered=True`": tuple(_with_retry_unanswered()),
}
FAULTS: tuple[Fault, ...] = tuple(itertools.chain(*SECTIONS.values()))


# The document

INTRODUCTION = """\
# Faults

What goes wrong on the way to the API, and what a call makes of it. It is the same for the blocking
client, on asyncio and on trio; the tests play each fault on a real socket (`tests/faults.py`).
*Requests* tells how many requests reach the API with `max_retries=2`, the default, where the fault
comes each time. The first question after a fault is answered as if there had been none: no
connection is lost.
"""


def document() -> str:
    """Return the table for users, in Markdown."""
    parts = [INTRODUCTION]
    for title, faults in SECTIONS.items():
        parts += [f"\n## {title}\n", "| fault | error | `.partial` | requests | what to do |"]
        parts += ["| --- | --- | --- | --- | --- |"]
        groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for fault in faults:
            groups.setdefault((fault.name, _cells(fault)), []).append(fault.member)
        for (name, cells), members in groups.items():
            parts.append(f"| {' | '.join([name.replace('{}', ', '.join(members)), *cells])} |")
    return "\n".join(parts) + "\n"


def _cells(fault: Fault) -> tuple[str, ...]:
    error = "an answer" if fault.error is None else f"`{fault.error.__name__}`"
    partial = "–"
    if fault.error is not None and fault.text is not None:
        partial = "what had come" if fault.text else "nothing"
    requests = str(fault.requests)
    if fault.requests == 0 and fault.attempts:
        requests = f"0 of {fault.attempts} attempt{'s' * (fault.attempts > 1)}"
    return error, partial, requests, fault.advice or ADVICE[fault.error]


if __name__ == "__main__":
    sys.stdout.write(document())
