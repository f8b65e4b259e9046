from __future__ import annotations

import json
import math

import pytest

from magickpen.core.call import MAX_RENEWALS, Call, is_answer
from magickpen.core.context import Context
from magickpen.core.effects import Exclusive, Open, Read, Sleep
from magickpen.core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    ChallengeError,
    ConfigurationError,
    InternalServerError,
    MagickPenError,
    PermissionDeniedError,
    RateLimitError,
    ResponseError,
    StreamInterruptedError,
)
from magickpen.core.history import History, Turn
from magickpen.core.http import Head
from magickpen.core.messages import Message, parse_messages
from magickpen.core.refusals import BODY_LIMIT
from magickpen.core.session import Known, Session
from magickpen.core.settings import Settings
from magickpen.core.signing import SiteSecrets, sign
from magickpen.core.states import NEXT, State
from tests.support.fakes import (
    EPOCH,
    NEWER,
    SECRETS,
    Clock,
    context,
    discover,
    head,
    land,
    look_up,
    opened,
    result_of,
    runtime,
)

QUESTION = parse_messages("Hi")
URL = "https://api.magickpen.com/ask"


def call(
    settings: Settings | None = None,
    clock: Clock | None = None,
    messages: tuple[Message, ...] | Turn = QUESTION,
) -> Call:
    return Call(messages, context(settings, clock), Session(discover, SECRETS))


def failure_of(ended: Call) -> MagickPenError:
    with pytest.raises(MagickPenError) as caught:
        ended.reply()
    return caught.value


def answering(settings: Settings | None = None, response: Head | None = None) -> Call:
    """Return a call whose answer has begun."""
    begun = call(settings)
    flow = begun.open()
    next(flow)
    assert result_of(flow, response or head()) is None
    return begun


def test_a_question_is_one_signed_request() -> None:
    settings = Settings(
        headers={"X-Mine": "1", "origin": "https://mine"},
        timeout=7,
        deadline=30,
        turnstile_token="token",
    )
    asked = call(settings)
    request = opened(next(asked.open()))
    assert (request.method, request.url, request.timeout) == ("POST", URL, 7)
    assert request.deadline.remaining() == 30
    assert json.loads(request.body)["query"] == "Hi"
    assert json.loads(request.body)["turnstileResponse"] == "token"
    assert request.headers["x-mine"] == "1"
    assert request.headers["origin"] == "https://mine"
    assert request.headers["referer"] == "https://magickpen.com/"
    expected = sign(SECRETS, str(int(EPOCH * 1000)), "0.5").headers()
    assert {name: request.headers[name] for name in expected} == expected


def test_the_chat_endpoint_has_a_url_of_its_own() -> None:
    asked = call(Settings(endpoint="chat", api_url="http://127.0.0.1:1"))
    assert opened(next(asked.open())).url == "http://127.0.0.1:1/chat/free"


@pytest.mark.parametrize(
    ("response", "answers"),
    [
        (head(), True),
        (head(200, "text/event-stream"), True),
        (head(200, ""), True),
        (head(201), False),
        (head(200, "text/html"), True),
        (head(200, "image/png"), False),
        (head(200, cf_mitigated="challenge"), False),
    ],
)
def test_what_an_answer_is(response: Head, answers: bool) -> None:
    assert is_answer(response) is answers


def test_without_credentials_they_are_looked_up_first() -> None:
    asked = Call(parse_messages("Hi"), context(), Session(discover))
    flow = asked.open()
    assert isinstance(next(flow), Exclusive)
    assert opened(flow.send(Known(2, NEWER))).headers["secret"] == NEWER.secret


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_renewed_and_the_question_is_sent_again(status: int) -> None:
    asked = call(Settings(max_retries=0))
    flow = asked.open()
    assert opened(next(flow)).headers["secret"] == SECRETS.secret
    # The refused body is read before the renewal: it may hold the only connection.
    assert isinstance(flow.send(head(status)), Read)
    assert isinstance(flow.send(b"Forbidden"), Exclusive)
    assert opened(flow.send(Known(2, NEWER))).headers["secret"] == NEWER.secret
    assert result_of(flow, head()) is None
    asked.feed(b"Hello")
    asked.feed(b"")
    assert asked.reply().attempts == 2


def test_each_rotation_is_met_by_a_renewal_up_to_a_limit() -> None:
    flow = call(Settings(max_retries=0)).open()
    next(flow)
    for n in range(MAX_RENEWALS):
        flow.send(head(403))
        rotated = SiteSecrets(f"ROTATED{n}ROTATED{n}", "pleaseTakeThis")
        found = land(look_up(flow.send(b"")), rotated)
        assert opened(flow.send(found)).headers["x-api-secret"] == rotated.x_api_secret
    flow.send(head(403))
    with pytest.raises(PermissionDeniedError, match="after 11 attempts"):
        flow.send(b"")


def test_credentials_that_the_site_still_has_are_not_sent_again() -> None:
    flow = call().open()
    next(flow)
    flow.send(head(403))
    flow.send(b"")
    twin = SiteSecrets(SECRETS.x_api_secret, SECRETS.secret)
    with pytest.raises(PermissionDeniedError, match="clock is right") as caught:
        flow.send(Known(2, twin))
    assert caught.value.attempts == 1


@pytest.mark.parametrize("status", [401, 403])
def test_the_refusal_of_unproved_secrets_says_that_they_are(status: int) -> None:
    guess = SiteSecrets(SECRETS.x_api_secret, SECRETS.secret, proved=False)
    asked = Call(parse_messages("Hi"), context(), Session(discover, guess))
    flow = asked.open()
    next(flow)
    flow.send(head(status))
    renewal = flow.send(b"")
    # The site is read once, and still has the same.
    found = land(look_up(renewal), guess)
    with pytest.raises(APIStatusError, match=f"{status}.*not proved: .*pass secrets=SiteSecrets"):
        flow.send(found)


def test_a_failure_of_the_renewal_is_told() -> None:
    flow = call().open()
    next(flow)
    flow.send(head(403))
    flow.send(b"")
    with pytest.raises(APIConnectionError, match="site is down"):
        flow.throw(APIConnectionError("site is down"))


def test_a_passing_failure_is_sent_again_with_a_signature_of_its_own() -> None:
    numbers = iter([0.25, 0.5, 0.75])
    asked = Call(
        parse_messages("Hi"),
        Context.starting_now(Settings(), runtime()._replace(random=lambda: next(numbers))),
        Session(discover, SECRETS),
    )
    flow = asked.open()
    assert opened(next(flow)).headers["nonce"] == "0.25"
    assert isinstance(flow.send(head(503)), Read)
    pause = flow.send(b"busy")
    assert isinstance(pause, Sleep)
    assert pause.seconds == 0.25
    assert opened(flow.send(None)).headers["nonce"] == "0.75"
    assert result_of(flow, head()) is None


def test_retries_come_to_an_end_and_are_counted() -> None:
    flow = call().open()
    effect: object = next(flow)
    for _ in range(2):
        assert isinstance(effect, Open)
        flow.send(head(503))
        assert isinstance(flow.send(b"busy"), Sleep)
        effect = flow.send(None)
    flow.send(head(503))
    with pytest.raises(InternalServerError, match="after 3 attempts"):
        flow.send(b"busy")


def test_a_question_that_may_have_been_sent_is_not_sent_again() -> None:
    flow = call().open()
    next(flow)
    with pytest.raises(APITimeoutError, match="nothing came"):
        flow.throw(APITimeoutError("nothing came", sent=True))


def test_a_question_that_may_have_been_sent_is_sent_again_where_the_user_allows_it() -> None:
    flow = call(Settings(retry_unanswered=True)).open()
    next(flow)
    assert isinstance(flow.throw(APITimeoutError("nothing came", sent=True)), Sleep)
    assert isinstance(flow.send(None), Open)


def test_a_question_that_was_not_sent_is() -> None:
    flow = call().open()
    next(flow)
    assert isinstance(flow.throw(APIConnectionError("refused", sent=False)), Sleep)
    assert isinstance(flow.send(None), Open)


def test_a_refusal_whose_body_breaks_off_is_still_a_refusal() -> None:
    flow = call().open()
    next(flow)
    flow.send(head(429, retry_after="3600"))
    with pytest.raises(RateLimitError) as caught:
        flow.throw(APIConnectionError("broken"))
    assert caught.value.retry_after == 3600
    assert caught.value.body == ""


def test_of_a_refusal_so_much_is_read_and_no_more() -> None:
    flow = call().open()
    next(flow)
    assert flow.send(head(503)) == Read(BODY_LIMIT)


def test_a_date_to_come_back_at_counts_from_now() -> None:
    flow = call(Settings(max_retries=0)).open()
    next(flow)
    flow.send(head(429, retry_after="Thu, 03 Oct 2024 00:00:30 GMT"))
    with pytest.raises(RateLimitError) as caught:
        flow.send(b"")
    assert caught.value.retry_after == 30


def test_there_is_no_waiting_beyond_the_deadline() -> None:
    for deadline in (5, 6):
        flow = call(Settings(deadline=deadline)).open()
        next(flow)
        flow.send(head(429, retry_after="6"))
        with pytest.raises(RateLimitError):
            flow.send(b"")
    patient = call(Settings(deadline=7)).open()
    next(patient)
    patient.send(head(429, retry_after="6"))
    assert isinstance(patient.send(b""), Sleep)


def test_a_page_in_the_place_of_an_answer_is_an_error() -> None:
    asked = answering(response=head(200, "text/html"))
    assert asked.feed(b"<html><head>") == ""
    with pytest.raises(ChallengeError, match="'Down'") as caught:
        asked.feed(b"<title>Down</title>")
    asked.fail(caught.value)
    with pytest.raises(ChallengeError, match="after 1 attempt"):
        asked.reply()


def test_no_error_quotes_a_secret() -> None:
    own = {"x-key": "hunter22", "x-short": "7-chars"}
    flow = call(Settings(turnstile_token="hunter2-token", headers=own)).open()
    next(flow)
    flow.send(head(400))
    signature = sign(SECRETS, str(int(EPOCH * 1000)), "0.5").signature
    sent = f"{SECRETS.x_api_secret} {SECRETS.secret} {SECRETS.salt} {signature}"
    quoted = f"{sent} hunter2-token hunter22 7-chars is wrong"
    with pytest.raises(Exception, match="is wrong") as caught:
        flow.send(quoted.encode())
    for secret in (*sent.split(), "hunter2-token", "hunter22"):
        assert secret not in str(caught.value)
        assert secret not in repr(caught.value)
        assert secret not in vars(caught.value)["body"]
    assert "7-chars is wrong" in str(caught.value)


def test_nor_does_one_before_the_first_attempt() -> None:
    asked = call(Settings(turnstile_token="hunter2-token"))
    asked.fail(APIConnectionError("no hunter2-token"))
    assert "hunter2-token" not in str(failure_of(asked))


def test_an_answer_is_text_and_times() -> None:
    clock = Clock()
    history = History()
    asked = call(clock=clock, messages=history.turn("Hi"))
    flow = asked.open()
    next(flow)
    clock.now += 1
    result_of(flow, head())
    assert asked.feed(b"\xf0\x9f") == ""
    clock.now += 2
    assert asked.feed(b"\x98\x80 a") == "😀 a"
    assert asked.text == "😀 a"
    assert not asked.over
    clock.now += 4
    assert asked.feed(b"b\xc3") == "b"
    assert asked.feed(b"") == "\ufffd"
    assert asked.over
    reply = asked.reply()
    assert str(reply) == reply.text == "😀 ab\ufffd"
    assert (reply.model, reply.endpoint, reply.attempts) == ("gpt-4o-mini", "ask", 1)
    assert reply.time_to_first_chunk == 3
    assert reply.elapsed == 7
    assert history.messages == (Message("user", "Hi"), Message("assistant", reply.text))


def test_the_whole_text_is_its_pieces_even_if_a_character_is_cut_in_two() -> None:
    asked = answering(response=head(200, "text/event-stream"))
    halves = (b'data: {"content": "\\ud83d"}\n\n', b'data: {"content": "\\ude0a"}\n\n')
    pieces = [asked.feed(data) for data in (*halves, b"")]
    assert asked.reply().text == "".join(pieces) == "😊"


def test_events_end_with_done_before_the_body_does() -> None:
    asked = answering(response=head(200, "text/event-stream"))
    assert not asked.complete
    assert asked.feed(b"data: a\n\ndata: [DONE]\n\n") == "a"
    assert asked.complete
    assert asked.feed(b"") == ""
    assert asked.reply().text == "a"


def test_before_the_answer_nothing_is_complete() -> None:
    assert call().complete is False
    assert call().text == ""


def test_an_empty_answer_is_none() -> None:
    asked = answering()
    with pytest.raises(ResponseError, match="the answer is empty"):
        asked.feed(b"")


def test_an_answer_that_is_too_long_is_stopped_and_kept() -> None:
    asked = answering(Settings(max_reply_bytes=4))
    assert asked.feed(b"abcd") == "abcd"
    with pytest.raises(ResponseError, match="max_reply_bytes=4") as caught:
        asked.feed(b"e")
    asked.fail(caught.value)
    failure = failure_of(asked)
    assert isinstance(failure, ResponseError)
    assert failure.partial == "abcd"
    assert (failure.url, failure.attempts) == (URL, 1)


def test_of_a_piece_that_is_too_long_what_fits_is_kept() -> None:
    asked = answering(Settings(max_reply_bytes=4))
    asked.feed(b"abc")
    with pytest.raises(ResponseError) as caught:
        asked.feed(b"def")
    asked.fail(caught.value)
    failure = failure_of(asked)
    assert isinstance(failure, ResponseError)
    assert failure.partial == "abcd"


def test_a_broken_answer_keeps_what_had_come() -> None:
    asked = answering()
    asked.feed(b"Hello \xf0\x9f")
    cause = APIConnectionError("the connection broke")
    asked.fail(cause)
    failure = failure_of(asked)
    assert isinstance(failure, StreamInterruptedError)
    assert failure.partial == "Hello "
    assert (failure.url, failure.attempts) == (URL, 1)
    assert failure.__cause__ is cause
    assert "the connection broke" in str(failure)
    assert asked.over
    with pytest.raises(StreamInterruptedError):
        asked.reply()


def test_what_is_pending_in_a_broken_answer_is_kept_too() -> None:
    asked = answering(response=head(200, "text/event-stream"))
    asked.feed(b"data: Hello\n\ndata:  wor")
    asked.fail(APIConnectionError("broken"))
    failure = failure_of(asked)
    assert isinstance(failure, StreamInterruptedError)
    assert failure.partial == "Hello wor"


def test_an_error_before_the_answer_is_itself() -> None:
    asked = call()
    next(asked.open())
    asked.fail(error := APIConnectionError("refused"))
    failure = failure_of(asked)
    assert failure is error
    assert (failure.url, failure.attempts) == (URL, 1)


def test_an_error_in_the_middle_of_an_answer_that_is_no_lost_connection_is_itself() -> None:
    asked = answering(response=head(200, ""))
    asked.fail(error := ChallengeError("a page"))
    assert failure_of(asked) is error


def test_a_wrong_configuration_has_no_url() -> None:
    asked = call()
    asked.fail(ConfigurationError("proxy is wrong"))
    assert str(failure_of(asked)) == "proxy is wrong"


def test_a_stream_that_is_given_up_keeps_what_had_come() -> None:
    asked = answering()
    asked.feed(b"Hello")
    asked.close()
    with pytest.raises(StreamInterruptedError, match="the stream was closed") as caught:
        asked.reply()
    assert caught.value.partial == "Hello"


def test_a_whole_answer_cannot_be_given_up() -> None:
    asked = answering()
    asked.feed(b"Hello")
    asked.feed(b"")
    asked.close()
    assert asked.reply().text == "Hello"


def test_without_a_deadline_there_is_no_bound() -> None:
    settings = Settings(deadline=math.inf)
    assert opened(next(call(settings).open())).deadline.remaining() == math.inf


def test_by_default_a_call_ends_after_ten_minutes() -> None:
    assert opened(next(call().open())).deadline.remaining() == 600


def test_a_call_that_is_over_stays_as_it_is() -> None:
    # One thread closes the stream, another one is still reading from it.
    asked = answering()
    asked.feed(b"Hello")
    asked.close()
    assert asked.feed(b" there") == " there"
    asked.feed(b"")
    asked.fail(APIConnectionError("the connection broke"))
    with pytest.raises(StreamInterruptedError, match="the stream was closed") as caught:
        asked.reply()
    assert caught.value.partial == "Hello"


def test_a_call_is_opened_once() -> None:
    asked = call()
    next(asked.open())
    with pytest.raises(RuntimeError, match="is waiting and cannot be waiting now"):
        next(asked.open())


def test_a_call_that_is_under_way_has_no_reply_yet() -> None:
    with pytest.raises(StreamInterruptedError, match="not been read to its end"):
        answering().reply()


def test_every_state_has_its_row() -> None:
    assert NEXT.keys() == set(State)
    assert all(NEXT[state] == () for state in (State.ANSWERED, State.FAILED, State.CLOSED))


def test_a_call_tells_how_far_it_is() -> None:
    assert repr(call()) == "not sent"
    asked = answering()
    asked.feed(b"abc")
    assert repr(asked) == "answering, 3 characters"


def test_a_call_that_is_over_is_not_read_again() -> None:
    asked = answering()
    asked.check_readable()
    asked.close()
    with pytest.raises(ConfigurationError, match=r"is over \(closed\)"):
        asked.check_readable()


def test_a_text_of_stop_ends_the_answer() -> None:
    asked = answering(Settings(stop=("END",)))
    assert [asked.feed(data) for data in (b"one E", b"x E", b"ND two")] == ["one ", "Ex ", ""]
    assert asked.complete
    assert asked.feed(b"") == ""
    assert asked.reply() == "one Ex "


def test_an_answer_that_begins_with_a_text_of_stop_is_empty() -> None:
    asked = answering(Settings(stop=("END",)))
    assert asked.feed(b"END") == asked.feed(b"") == ""
    assert asked.reply() == ""


def test_what_could_begin_a_text_of_stop_is_not_lost() -> None:
    asked = answering(Settings(stop=("END",)))
    assert asked.feed(b"one E") + asked.feed(b"") == "one E"
    broken = answering(Settings(stop=("END",)))
    broken.feed(b"one E")
    broken.fail(APIConnectionError("reset"))
    closed = answering(Settings(stop=("END",)))
    closed.feed(b"one E")
    closed.close()
    for ended in (broken, closed):
        error = failure_of(ended)
        assert isinstance(error, StreamInterruptedError)
        assert error.partial == ended.text == "one E"


def test_an_answer_that_is_too_long_is_searched_as_well() -> None:
    asked = answering(Settings(stop=("END",), max_reply_bytes=6))
    with pytest.raises(ResponseError, match="max_reply_bytes=6") as caught:
        asked.feed(b"one END two")
    asked.fail(caught.value)
    assert caught.value.partial == asked.text == "one EN"
