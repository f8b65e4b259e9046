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
    UntypedDecoder,
    decoder_for,
    error_text,
    media_type,
)
from magickpen.core.errors import ChallengeError, ResponseError


def pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in pairwise(places)]


def decoded(decoder: Decoder, parts: Iterable[bytes]) -> str:
    return "".join([*map(decoder.feed, parts), decoder.flush()])


cuts = st.lists(st.integers(min_value=0, max_value=10_000), max_size=20)
texts = st.text()


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("text/plain; charset=utf-8", TextDecoder),
        ("Text/Markdown", TextDecoder),
        ("application/octet-stream", TextDecoder),
        ("text/event-stream", EventStreamDecoder),
        ("application/json; charset=utf-8", JSONDecoder),
        ("application/problem+json", JSONDecoder),
        ("text/html", type(None)),
        ("image/png", type(None)),
        ("application/xhtml+xml", type(None)),
    ],
)
def test_the_content_type_decides(content_type: str, kind: type) -> None:
    assert type(decoder_for({"content-type": content_type})) is kind


def test_without_a_content_type_it_is_text_unless_it_is_a_page() -> None:
    assert media_type({}) == ""
    assert isinstance(decoder_for({}), UntypedDecoder)


@given(texts, cuts)
@example("😀", [1, 2, 3])
def test_text_cut_anywhere_arrives_whole(text: str, cuts: list[int]) -> None:
    parts = pieces(text.encode(), cuts)
    assert decoded(TextDecoder(), parts) == text


@given(texts.filter(lambda text: not text.lstrip().lower().startswith("<")), cuts)
def test_untyped_text_cut_anywhere_arrives_whole(text: str, cuts: list[int]) -> None:
    assert decoded(UntypedDecoder(), pieces(text.encode(), cuts)) == text


def test_text_comes_as_soon_as_its_characters_are_whole() -> None:
    decoder = TextDecoder()
    assert decoder.feed(b"a\xf0\x9f") == "a"
    assert decoder.pending() == ""
    assert decoder.feed(b"\x98\x80b") == "😀b"
    assert decoder.complete is False


def test_what_is_no_utf8_does_not_stop_an_answer() -> None:
    assert decoded(TextDecoder(), [b"a\xff", b"b\xf0\x9f"]) == "a\ufffdb\ufffd"


@pytest.mark.parametrize("page", ["<!DOCTYPE html><p>", "\n <html lang='en'>"])
def test_an_untyped_page_never_appears(page: str) -> None:
    decoder = UntypedDecoder()
    shown: list[str] = []
    with pytest.raises(ChallengeError) as caught:
        shown.extend(decoder.feed(bytes([byte])) for byte in page.encode())
    assert caught.value.message == "the service sent an HTML page instead of an answer"
    assert caught.value.status_code == 200
    assert "".join(shown).strip() == ""


def test_untyped_text_is_held_back_only_while_it_may_be_a_page() -> None:
    decoder = UntypedDecoder()
    assert decoder.feed(b"\n") == decoder.feed(b"<") == ""
    assert decoder.pending() == "\n<"
    assert decoder.complete is False
    assert decoder.feed(b"b>bold") == "\n<b>bold"
    assert decoder.feed(b" text") == " text"
    assert decoder.pending() == ""
    assert decoder.flush() == ""


def test_untyped_text_that_ends_early_is_text() -> None:
    assert decoded(UntypedDecoder(), [b"<!doc"]) == "<!doc"


@given(st.lists(texts, max_size=5), cuts, st.sampled_from(["\n", "\r\n", "\r"]))
def test_events_cut_anywhere_arrive_whole(parts: list[str], cuts: list[int], end: str) -> None:
    safe = ["".join(c for c in part if c not in "\r\n").lstrip("{") for part in parts]
    safe = [part for part in safe if part != "[DONE]"]
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
    assert decoder.feed(end + b"d") == "c"


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
        ({"unknown": "a"}, '{"unknown": "a"}'),
    ],
)
def test_events_may_hold_json(payload: dict[str, object], text: str) -> None:
    stream = f"data: {json.dumps(payload)}\n\n".encode()
    assert decoded(EventStreamDecoder(), [stream]) == text


def test_an_event_that_only_looks_like_json_is_text() -> None:
    assert decoded(EventStreamDecoder(), [b"data: {a}\n\n"]) == "{a}"


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


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"message": "a", "error": "b"}', "a"),
        ('{"error": {"message": "a"}, "msg": "b"}', "a"),
        ('{"error": "a", "msg": "b"}', "a"),
        ('{"msg": "a", "detail": "b"}', "a"),
        ('{"message": 7, "detail": "a"}', "a"),
        ('{"detail": []}', ""),
        ("[]", ""),
        ("no JSON", ""),
        ('{"a":' * 100_000, ""),
    ],
)
def test_the_first_text_in_the_order_of_the_protocol_tells_the_error(body: str, text: str) -> None:
    assert error_text(body) == text
