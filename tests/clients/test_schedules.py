"""Generated schedules of questions and faults, whose transcripts are the same in all three ways."""

from __future__ import annotations

import codecs
import hashlib
import math
from collections.abc import Iterator
from email.utils import formatdate
from itertools import pairwise
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magickpen import (
    APIStatusError,
    Message,
    ResponseError,
    StreamInterruptedError,
)
from magickpen.core.call import MAX_RENEWALS
from magickpen.core.retry import RETRY_AFTER_LIMIT
from magickpen.emulator import CutStream, Emulator, Fault, HangUp, HtmlPage, RateLimit, Status
from tests.support.facades import FACADES, Facade
from tests.support.transcripts import (
    EPOCH,
    SHORT,
    Chunk,
    End,
    Event,
    Options,
    Outcome,
    PageFault,
    Question,
    Request,
    Schedule,
    Sleep,
    transcript,
)

T = TypeVar("T")

SALT = "TGDBU9zCgM"

ANSWERS: list[tuple[Status, str]] = [
    (Status(200, '{"answer": "né 😀"}'), "né 😀"),
    (Status(200, '"né 😀"'), "né 😀"),
    (Status(200, "data: né\n\ndata:  😀\n\ndata: [DONE]\n\n", "text/event-stream"), "né 😀"),
    (Status(200, 'data: {"content": "né"}\n\n', "text/event-stream"), "né"),
    (Status(200, "né <html>", ""), "né <html>"),
    (Status(200, "né", "application/octet-stream"), "né"),
]
"""Answers in other forms than that of the emulator, and their texts."""

NO_ANSWERS: list[tuple[Status, str]] = [
    (Status(200, '{"error": {"message": "Quota exceeded"}}'), ""),
    (Status(200, '{"code": 7}'), ""),
    (Status(200, '{"answer": "né'), ""),
    (Status(200, "data: né\n\nevent: error\ndata: no\n\n", "text/event-stream"), "né"),
    (Status(200, "data: [DONE]\n\n", "text/event-stream"), ""),
    (Status(200, "", "text/plain"), ""),
    (Status(200, "<!doctype html><title>Sorry</title>", ""), ""),
    (Status(200, "<html>Sorry", "text/html"), ""),
    (Status(200, "GIF89a", "image/gif"), ""),
    (Status(204, ""), ""),
    (Status(205, ""), ""),
]
"""What is no answer, and the text that comes before this shows."""

HUNG_UP = 0

passing = st.sampled_from([408, 409, 425, 429, 500, 502, 503, 504, 520, 524, 529, 599])
lasting = st.sampled_from([301, 303, 307, 308, 400, 401, 403, 404, 405, 413, 418, 422])
waits = st.sampled_from(
    ["0", "1.5", "10", "30", "60", "61", "3600", "-1", "soon", ""]
    + [formatdate(EPOCH + seconds, usegmt=True) for seconds in (-5, 0, 20, 90)]
)
bodies = st.sampled_from(
    [
        ('{"message": "Sorry, né 😀"}', "application/json"),
        ('{"error": {"message": "Sorry"}}', "application/json"),
        ("Sorry", "text/plain"),
        ("", "text/plain"),
        ("<!doctype html><title>Sorry</title>", "text/html"),
        ("<html><title>Just a moment...</title>", "text/html"),
    ]
)


@st.composite
def statuses(draw: st.DrawFn, codes: st.SearchStrategy[int]) -> Status:
    status, (body, kind) = draw(codes), draw(bodies)
    headers: dict[str, str] = {}
    if draw(st.booleans()):
        headers["retry-after"] = draw(waits)
    if status < 400:
        headers["location"] = draw(st.sampled_from(["/", "/elsewhere", ""]))
    return Status(status, body, kind, headers)


cuts: st.SearchStrategy[Fault] = st.builds(CutStream, st.integers(0, 40))
faults: st.SearchStrategy[Fault] = st.one_of(
    statuses(passing),
    statuses(lasting),
    st.builds(RateLimit, st.none() | waits),
    cuts,
    st.just(HangUp()),
    st.builds(
        HtmlPage,
        st.sampled_from(["Just a moment...", "né & 😀", ""]),
        st.sampled_from([200, 403, 404, 429, 503]),
        st.booleans(),
    ),
    st.sampled_from([fault for fault, _ in (*ANSWERS, *NO_ANSWERS)]),
)


@st.composite
def answers(draw: st.DrawFn) -> tuple[bytes, ...]:
    """A text, or what is none or lacks the end of its last character, cut anywhere."""
    texts = st.text("aé€😀\n", min_size=1, max_size=12).map(str.encode)
    data = draw(texts | texts | st.binary(max_size=8)) + draw(st.sampled_from([b"", b"\xf0\x9f"]))
    places = draw(st.sets(st.integers(1, max(1, len(data) - 1)), max_size=5))
    return tuple(filter(None, (data[a:b] for a, b in pairwise([0, *sorted(places), len(data)]))))


def few(elements: st.SearchStrategy[T], most: int) -> st.SearchStrategy[tuple[T, ...]]:
    """In half of all cases none."""
    return st.just(()) | st.lists(elements, min_size=1, max_size=most).map(tuple)


systems = st.none() | st.just("Be brief.")
options = st.builds(
    Options,
    max_retries=st.integers(0, 3),
    retry_unanswered=st.booleans(),
    max_reply_bytes=st.sampled_from([2**20, 2**20, 2**20, 2**20, 20, 5]),
)
questions = st.builds(
    Question,
    prompt=st.sampled_from(["Hi"] * 5 + ["né 😀\n<b>"] * 5 + ["\ud800", ""]),
    history=st.just(()) | st.just((Message("user", "Hi"), Message("assistant", "Hello"))),
    system=systems,
    talks=st.booleans(),
    endpoint=st.sampled_from(["ask", "chat"]),
    options=options,
    deadline=st.sampled_from([None, math.inf, 20.0, 80.0]),
    streams=st.sampled_from([True, True, False]),
    leaves_after=st.none() | st.none() | st.integers(0, 4),
    closes=st.booleans(),
    answer=answers(),
    faults=few(faults, 5),
    page_faults=few(st.builds(PageFault, st.integers(0, 2), faults), 3),
    rotates_after=few(st.integers(0, 6), 3),
)
schedules = st.builds(
    Schedule,
    questions=st.lists(questions, min_size=1, max_size=5).map(tuple),
    options=options,
    secrets=st.sampled_from(["unknown", "known", "outdated"]),
    one_connection=st.booleans(),
    system=systems,
    seed=st.integers(0, 2**32),
)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(salt=SALT) as service:
        yield service


def test_a_transcript_tells_all_that_happens(facade: Facade, emulator: Emulator) -> None:
    question = Question(
        streams=True,
        answer=(b"n\xc3", b"\xa9 ", b"\xf0\x9f", b"\x98\x80"),
        faults=(RateLimit(10), Status(503)),
        page_faults=(PageFault(2, HangUp()),),
        rotates_after=(5,),
    )
    outcome = transcript(Schedule(questions=(question,)), facade, emulator)[0]
    assert [seen(event) for event in outcome.events] == [
        *("GET 200 new", "GET 200 reused", "GET 0 reused", "Sleep", "GET 200 new"),
        *("POST 429 reused", "Rotation", Sleep(10), "POST 403 reused"),
        *("GET 200 reused", "GET 304 reused", "GET 200 reused"),
        *("POST 503 reused", "Sleep", "POST 200 reused"),
        *(Chunk("n"), Chunk("é "), Chunk("😀"), "End"),
    ]
    assert outcome.reply is not None
    assert (outcome.reply.text, outcome.reply.attempts) == ("né 😀", 4)
    assert outcome.reply.elapsed == 10


def seen(event: Event) -> object:
    """Shorten an event, unless it is told as it is."""
    if isinstance(event, Request):
        return f"{event.method} {event.status} {'reused' if event.reused else 'new'}"
    is_told = isinstance(event, Chunk) or event == Sleep(10)
    return event if is_told else type(event).__name__


@pytest.mark.slow
@given(schedule=schedules)
# The same schedules each time: the gate is no place to find others, which may take minutes.
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_schedule_goes_the_same_way_over_each_facade(
    emulator: Emulator, schedule: Schedule
) -> None:
    blocking, asyncio, trio = (transcript(schedule, facade, emulator) for facade in FACADES)
    told = [outcome.told() for outcome in blocking]
    assert [outcome.told() for outcome in asyncio] == told
    assert [outcome.told() for outcome in trio] == told
    check_credentials(blocking)
    for outcome in blocking:
        check_attempts(outcome)
        check_pauses(outcome)
        check_answer(outcome)
    check_history(schedule, blocking)
    assert blocking[-1].reply is not None


def check_credentials(outcomes: list[Outcome]) -> None:
    """Each query is signed rightly, and by itself."""
    nonces: list[str] = []
    for query in (query for outcome in outcomes for query in outcome.queries):
        nonces.append(query.headers["nonce"])
        parts = sorted([SALT, query.headers["timestamp"], nonces[-1]])
        digest = hashlib.md5("".join(parts).encode()).hexdigest()
        assert query.headers["signature"] == digest
    assert len(set(nonces)) == len(nonces)


def check_attempts(outcome: Outcome) -> None:
    """A question is not sent too often, and never again where it may have been answered."""
    settings, queries, error = outcome.options, outcome.queries, outcome.error
    statuses = [query.status for query in queries]
    assert len({(query.path, query.body) for query in queries}) <= 1
    assert outcome.answered == 0 or (outcome.answered == 1 and statuses[-1] == 200)
    assert 200 not in statuses[:-1]
    if not settings.retry_unanswered:
        assert not {HUNG_UP, 524} & set(statuses[:-1])
    refusals = sum(status in (401, 403) for status in statuses)
    assert len(queries) <= 1 + settings.max_retries + min(refusals, MAX_RENEWALS)
    if outcome.reply is not None:
        assert outcome.reply.attempts == len(queries)
    if error is not None and error.url.endswith(("/ask", "/chat/free")):
        assert error.attempts == len(queries)
        if isinstance(error, APIStatusError):
            assert error.status_code == statuses[-1]


def check_pauses(outcome: Outcome) -> None:
    """No pause is longer than what a call waits for, and none lasts to the deadline."""
    pauses = [event.seconds for event in outcome.events if isinstance(event, Sleep)]
    assert all(0 <= pause <= RETRY_AFTER_LIMIT for pause in pauses)
    if outcome.question.deadline is not None:
        assert sum(pause for pause in pauses if pause >= SHORT) < outcome.question.deadline


def check_answer(outcome: Outcome) -> None:
    """An answer is whole, or an error says that it is not and holds all that had come."""
    question, reply, error = outcome.question, outcome.reply, outcome.error
    whole = whole_texts(outcome)
    if reply is not None:
        assert reply.text in whole - {""}
        assert outcome.text == reply.text
        assert not question.streams or outcome.handed_over == reply.text
    assert reply is not None or End() not in outcome.events
    partial: str = getattr(error, "partial", outcome.text)
    assert any(text.startswith(partial) for text in whole)
    assert partial.startswith(outcome.handed_over)
    if question.streams and isinstance(error, StreamInterruptedError):
        assert partial == outcome.handed_over == outcome.text
    was_left = reply is None and (error is None or error.message.endswith("was closed"))
    assert question.streams or not was_left
    if outcome.answered and not was_left:
        assert (type(error), partial) == ending(question, outcome.options.max_reply_bytes)


def whole_texts(outcome: Outcome) -> set[str]:
    """Return the texts that may have come, each in full."""
    question = outcome.question
    if outcome.answered:
        return {b"".join(question.answer).decode("utf-8", "replace")}
    return {text for fault, text in (*ANSWERS, *NO_ANSWERS) if fault in question.faults} | {""}


def ending(question: Question, limit: int) -> tuple[type, str]:
    """Return the type of the error and the text in which an answer of the emulator ends."""
    cuts = [fault.after for fault in question.faults if isinstance(fault, CutStream)]
    sent = b"".join(question.answer)[: cuts[0] if cuts else None]
    came = codecs.getincrementaldecoder("utf-8")("replace").decode(sent[:limit])
    if len(sent) > limit:
        return ResponseError, came
    if cuts:
        return StreamInterruptedError, came
    return (type(None), sent.decode("utf-8", "replace")) if sent else (ResponseError, "")


def check_history(schedule: Schedule, outcomes: list[Outcome]) -> None:
    """A conversation keeps the questions that have an answer, and no others."""
    messages = [Message("system", schedule.system)] if schedule.system else []
    for outcome in outcomes:
        is_kept = outcome.reply is not None
        if outcome.reply is None and outcome.error is None:
            # It was left, and maybe with the chunk that its end had brought.
            is_kept = len(outcome.history) > len(messages)
            assert not is_kept or outcome.text in whole_texts(outcome)
        if outcome.question.talks and is_kept:
            messages.append(Message("user", outcome.question.prompt))
            messages.append(Message("assistant", outcome.text))
        assert list(outcome.history) == messages
