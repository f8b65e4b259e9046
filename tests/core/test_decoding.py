from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from magickpen.core.decoding import (
    Decoder,
    EventStreamDecoder,
    JSONDecoder,
    TextDecoder,
    decoder_for,
)
from magickpen.core.errors import ChallengeError, ResponseError


def pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in pairwise(places)]


def parts_of(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def decoded(decoder: Decoder, parts: Iterable[bytes]) -> str:
    return "".join([*(decoder.feed(part) for part in parts), decoder.flush()])


cuts = st.lists(st.integers(min_value=0, max_value=10_000), max_size=20)
texts = st.text()


@pytest.mark.parametrize(
    ("content_type", "answers"),
    [
        ("text/plain; charset=utf-8", "text"),
        ("Text/Markdown", "text"),
        ("text/html", "text"),
        ("application/octet-stream", "text"),
        ("", "text"),
        ("text/event-stream", "events"),
        ("application/json; charset=utf-8", "json"),
        ("application/problem+json", "json"),
        ("nonsense, text/event-stream; a=b, text/plain", "events"),
        ("image/png", None),
        ("application/xhtml+xml", None),
    ],
)
def test_the_content_type_decides_how_it_is_read(content_type: str, answers: str | None) -> None:
    decoder = decoder_for({"content-type": content_type})
    bodies = {"text": b"Hi", "events": b"data: Hi\n\n", "json": b'"Hi"'}
    if answers is None:
        assert decoder is None
    else:
        assert decoder is not None
        assert decoded(decoder, [bodies[answers]]) == "Hi"


@given(texts, cuts)
@example("😀", [1, 2, 3])
@example("\ufeffa", [1])
def test_text_cut_anywhere_arrives_whole(text: str, cuts: list[int]) -> None:
    parts = pieces(text.encode(), cuts)
    assert decoded(TextDecoder(), parts) == text.removeprefix("\ufeff")


@given(texts.filter(lambda text: "<" not in text and text[:1] != "\ufeff"), cuts)
def test_untyped_text_cut_anywhere_arrives_whole(text: str, cuts: list[int]) -> None:
    assert decoded(guarded(), pieces(text.encode(), cuts)) == text


def guarded(content_type: str = "") -> Decoder:
    decoder = decoder_for({"content-type": content_type})
    assert decoder is not None
    return decoder


@pytest.mark.parametrize("content_type", ["", "text/plain", "text/html"])
def test_a_byte_order_mark_at_the_start_is_no_text(content_type: str) -> None:
    data = "\ufeffa\ufeffb".encode()
    for cut in range(len(data) + 1):
        assert decoded(guarded(content_type), [data[:cut], data[cut:]]) == "a\ufeffb"


def test_text_comes_as_soon_as_its_characters_are_whole() -> None:
    decoder = TextDecoder()
    assert decoder.feed(b"a\xf0\x9f") == "a"
    assert decoder.pending() == ""
    assert decoder.feed(b"\x98\x80b") == "😀b"
    assert decoder.complete is False


def test_what_is_no_utf8_does_not_stop_an_answer() -> None:
    assert decoded(TextDecoder(), [b"a\xff", b"b\xf0\x9f"]) == "a\ufffdb\ufffd"


PAGES = [
    "<!DOCTYPE html><title>Down</title><p>",
    "\n <html lang='en'><title>Down</title>",
    "\ufeff<!doctype\nhtml><head><title>Down</title>",
    "<!-- x --><html><title>Down</title>",
    "<?xml version='1.0'?>\n<!-- a -->\n<!-- b --><HTML><title>Down</title>",
    "<head><meta charset=utf-8><title>Down</title>",
    "<title>Down</title>",
]


@pytest.mark.parametrize(
    "kind", ["", "text/html", "text/markdown", "application/json", "text/event-stream"]
)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_never_appears(page: str, kind: str) -> None:
    for size in (1, 7, 1000):
        decoder = guarded(kind)
        shown: list[str] = []
        with pytest.raises(ChallengeError) as caught:
            shown.append(decoded(decoder, parts_of(page.encode(), size)))
        assert caught.value.title == "Down"
        assert caught.value.status_code == 200
        assert caught.value.body in page
        assert "".join(shown) == ""
        assert decoder.pending() == ""


@pytest.mark.parametrize("page", ["<html>" + "x" * 100_000, "<html>"])
def test_a_page_without_a_title_is_one_at_its_limit_or_its_end(page: str) -> None:
    with pytest.raises(ChallengeError) as caught:
        decoded(guarded("text/html"), [page.encode()])
    assert len(caught.value.body) <= 64 * 1024


def test_a_challenge_is_told_by_the_title_of_its_page() -> None:
    page = b"<!doctype html><title>Just a moment...</title>"
    with pytest.raises(ChallengeError, match="requires a challenge"):
        guarded("text/html, text/html").feed(page)


@pytest.mark.parametrize(
    "text",
    [
        "Rhine, Elbe, Oder",
        "<b>Rhine</b>",
        "<header>x</header>",
        "<!-- x --> and text",
        "<!-- never closed" + "x" * 5000,
        " " * 5000 + "<html>",
        "<p>a paragraph",
        "<!doc",
        "<",
        "<htm",
        "&lt;html&gt;",
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_page_is_an_answer(text: str) -> None:
    for kind in ("", "text/html"):
        assert decoded(guarded(kind), [bytes([byte]) for byte in text.encode()]) == text


@pytest.mark.parametrize("page", PAGES)
def test_plain_text_may_be_a_page_that_was_asked_for(page: str) -> None:
    assert decoded(guarded("text/plain"), [page.encode()]) == page.removeprefix("\ufeff")


def test_text_is_held_back_only_while_it_may_be_a_page() -> None:
    decoder = guarded()
    assert decoder.feed(b"\n") == decoder.feed(b"<") == ""
    assert decoder.complete is False
    assert decoder.feed(b"b>bold") == "\n<b>bold"
    assert decoder.feed(b" text") == " text"
    assert decoder.pending() == decoder.flush() == ""
    decoder = guarded()
    decoder.feed(b"<")
    assert decoder.pending() == "<"


@given(st.lists(texts, max_size=5), cuts, st.sampled_from(["\n", "\r\n", "\r"]))
def test_events_cut_anywhere_arrive_whole(parts: list[str], cuts: list[int], end: str) -> None:
    safe = ["".join(c for c in part if c not in "\r\n").lstrip("{") for part in parts]
    safe = [part for part in safe if part.strip() != "[DONE]"]
    stream = "".join(f"data: {part}{end}{end}" for part in safe).encode()
    assert decoded(EventStreamDecoder(), pieces(stream, cuts)) == "".join(safe)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_end_cut_in_two_is_one(end: str) -> None:
    stream = f"data: a{end}data: b{end}{end}".encode()
    for cut in range(len(stream) + 1):
        assert decoded(EventStreamDecoder(), [stream[:cut], stream[cut:]]) == "a\nb"
    assert decoded(EventStreamDecoder(), [bytes([byte]) for byte in stream]) == "a\nb"


@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_an_event_comes_with_the_end_of_its_blank_line(end: bytes) -> None:
    decoder = EventStreamDecoder()
    assert decoder.complete is False
    assert decoder.feed(b"data: a" + 2 * end + b"data: b" + 2 * end + b"data: c" + end) == "ab"
    assert decoder.feed(end) == "c"


def test_what_is_no_utf8_does_not_stop_events() -> None:
    stream = b"event: \xff\ndata: a\xff\n\n"
    assert decoded(EventStreamDecoder(), [stream]) == "a\ufffd"


def test_the_mark_of_utf8_is_no_part_of_an_event() -> None:
    assert decoded(EventStreamDecoder(), [b"\xef\xbb\xbfdata: a\n\n"]) == "a"


def test_an_event_of_another_name_is_no_error() -> None:
    assert decoded(EventStreamDecoder(), [b"event: no:error\ndata: a\n\n"]) == "a"


def test_an_event_may_have_several_lines_and_other_fields() -> None:
    stream = b"\xef\xbb\xbf: comment\nid: 7\nevent: message\nretry: 10\ndata: a\ndata:b\ndata\n\n"
    assert decoded(EventStreamDecoder(), [stream]) == "a\nb\n"


def test_an_event_without_its_blank_line_is_not_lost() -> None:
    assert decoded(EventStreamDecoder(), [b"data: a\n\ndata: b"]) == "ab"


def test_done_is_the_end_of_events() -> None:
    decoder = EventStreamDecoder()
    assert decoder.feed(b"data: a\n\ndata: [DONE]\n\ndata: b\n\n") == "a"
    assert decoder.complete
    assert decoder.flush() == ""


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"choices": [{"delta": {"content": "a"}}]}, "a"),
        ({"choices": [{"delta": {"role": "assistant"}}]}, ""),
        ({"choices": []}, ""),
        ({"choices": [{"text": "a"}]}, "a"),
        ({"content": "a"}, "a"),
        ({"type": "ping"}, ""),
        ({}, ""),
        ({"content": None}, ""),
        ({"choices": [{"delta": {"content": None, "tool_calls": []}}]}, ""),
    ],
)
def test_events_may_hold_json(payload: dict[str, object], text: str) -> None:
    stream = f"data: {json.dumps(payload)}\n\n".encode()
    assert decoded(EventStreamDecoder(), [stream]) == text


@pytest.mark.parametrize("text", ["{a}", "7", "[1]", '"a"', "null"])
def test_an_event_that_is_no_object_is_text(text: str) -> None:
    assert decoded(EventStreamDecoder(), [f"data: {text}\n\n".encode()]) == text


@pytest.mark.parametrize("end", ["[DONE]", "[DONE] ", " [DONE]\t"])
def test_done_may_have_spaces(end: str) -> None:
    decoder = EventStreamDecoder()
    assert decoder.feed(f"data:a\n\ndata:{end}\n\ndata: b\n\n".encode()) == "a"
    assert decoder.complete


HIGH, LOW = '{"content": "\\ud83d"}', '{"content": "\\ude0a"}'


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([HIGH, LOW], "😊"),
        ([HIGH, '{"type": "ping"}', LOW], "😊"),
        ([HIGH], "\ufffd"),
        ([LOW], "\ufffd"),
        ([HIGH, "a"], "\ufffda"),
        ([LOW, HIGH, "a"], "\ufffd\ufffda"),
        ([HIGH, HIGH, LOW], "\ufffd😊"),
        ([HIGH, "[DONE]"], "\ufffd"),
    ],
    ids=str,
)
def test_halves_of_a_character_are_joined(events: list[str], text: str) -> None:
    stream = "".join(f"data: {event}\n\n" for event in events).encode()
    for size in (1, 5, 1000):
        assert decoded(EventStreamDecoder(), parts_of(stream, size)) == text


def test_half_a_character_in_a_document_is_replaced() -> None:
    assert decoded(JSONDecoder(), [b'{"text": "a\\ud83d"}']) == "a\ufffd"
    assert decoded(JSONDecoder(), [b'{"text": "\\ud83d\\ude0a"}']) == "😊"


def test_the_error_of_an_answer_is_shortened() -> None:
    long = "A" * 10_000_000
    for decoder, data in (
        (JSONDecoder(), f'{{"error": "{long}"}}'),
        (EventStreamDecoder(), f"event: error\ndata: {long}\n\n"),
    ):
        decoder.feed(data.encode())
        with pytest.raises(ResponseError) as caught:
            decoder.flush()
        assert len(caught.value.message) < 500


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (b'event: error\ndata: {"message": "quota"}\n\n', "quota"),
        (b"event: error\ndata: quota\n\n", "quota"),
        (b'data: {"error": {"message": "quota"}}\n\n', "quota"),
    ],
)
def test_an_error_among_events_comes_after_the_text_before_it(stream: bytes, message: str) -> None:
    decoder = EventStreamDecoder()
    assert decoder.feed(b"data: Hel\n\n" + stream) == "Hel"
    assert decoder.complete
    with pytest.raises(ResponseError, match=message):
        decoder.flush()


def test_an_error_in_the_last_event_comes_with_the_end() -> None:
    decoder = EventStreamDecoder()
    decoder.feed(b"event: error\ndata: quota")
    with pytest.raises(ResponseError, match="quota"):
        decoder.flush()


def test_what_came_of_a_broken_event_is_pending() -> None:
    decoder = EventStreamDecoder()
    decoder.feed(b"data: one\n\ndata: two\ndata:\ndata: thr")
    assert decoder.pending() == "two\n\nthr"
    decoder.feed(b"ee\nid: 7")
    assert decoder.pending() == "two\n\nthree"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'"a"', "a"),
        (b'{"text": "a"}', "a"),
        (b'{"answer": "a", "message": "ok"}', "a"),
        (b'{"choices": [{"message": {"content": "a"}}]}', "a"),
        (b'{"choices": {"b": "c"}, "text": "a"}', "a"),
        (b"\xef\xbb\xbf" + b'{"response": "\xf0\x9f\x98\x80"}', "😀"),
        (b"", ""),
    ],
)
def test_json_is_known_at_its_end(body: bytes, text: str) -> None:
    decoder = JSONDecoder()
    assert decoder.feed(body[:9]) == decoder.feed(body[9:]) == ""
    assert decoder.pending() == body.decode("utf-8", "ignore")
    assert decoder.flush() == text
    assert decoder.complete is False


def test_of_broken_json_the_whole_characters_are_pending() -> None:
    decoder = JSONDecoder()
    decoder.feed(b'{"text": "\xf0\x9f')
    assert decoder.pending() == '{"text": "'


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[1]", "JSON answer contains no text"),
        (b"{}", "JSON answer contains no text"),
        (b'{"choices": [1]}', "JSON answer contains no text"),
        (b'{"error": "quota"}', "the service sent an error: quota"),
        (b'{"error": {"code": 7}}', "no details"),
        (b'{"text": "a", "error": true}', "no details"),
        (b'{"message": "quota"}', "the service sent an error: quota"),
    ],
)
def test_json_that_is_no_answer_is_an_error(body: bytes, message: str) -> None:
    decoder = JSONDecoder()
    decoder.feed(body)
    with pytest.raises(ResponseError, match=message):
        decoder.flush()
