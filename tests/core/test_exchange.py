from __future__ import annotations

import gc
import weakref

import pytest

from magickpen.core.effects import Flow, Read, Sleep
from magickpen.core.errors import APIConnectionError, InternalServerError, MagickPenError
from magickpen.core.exchange import Attempts, exchange
from magickpen.core.http import Head, Request
from magickpen.core.refusals import refusal
from magickpen.core.settings import Settings
from tests.support.fakes import context, head, no_deadline, result_of

TOKEN = "SUPERSECRET"
SETTINGS = Settings(headers={"authorization": f"Bearer {TOKEN}"})


def asking() -> Flow[Head]:
    return exchange(
        Request(method="GET", url="https://host/", headers={}, timeout=1, deadline=no_deadline()),
        context(SETTINGS),
        accepts=lambda head: head.status == 200,
        refusal=refusal,
        redact=SETTINGS.redactor(),
    )


def test_what_is_accepted_is_returned_with_its_body_to_be_read() -> None:
    flow = asking()
    next(flow)
    assert result_of(flow, answer := head()) is answer


# The message is cut after 300 characters: in the second text, in the middle of the token.
@pytest.mark.parametrize("before", ["", "x" * 280])
def test_no_error_quotes_what_the_server_repeats_of_the_request(before: str) -> None:
    flow = asking()
    next(flow)
    assert isinstance(flow.send(head(500, x_request=f"Bearer {TOKEN}")), Read)
    with pytest.raises(InternalServerError) as caught:
        flow.send(f"{before} authorization: Bearer {TOKEN}".encode())
    error = caught.value
    for shown in (str(error), error.body, str(error.headers)):
        assert TOKEN[:6] not in shown


def test_a_body_that_is_not_utf_8_is_still_quoted() -> None:
    flow = asking()
    next(flow)
    flow.send(head(500))
    with pytest.raises(InternalServerError) as caught:
        flow.send(b"caf\xe9 au lait")
    assert caught.value.body == "caf\ufffd au lait"


def test_a_failure_to_connect_is_raised_without_what_is_private() -> None:
    flow = asking()
    next(flow)
    with pytest.raises(APIConnectionError, match="refused …") as caught:
        flow.throw(APIConnectionError(f"refused {TOKEN}"))
    assert TOKEN not in str(caught.value)


def test_attempts_are_counted_over_several_runs() -> None:
    attempts = Attempts(repeatable=True)

    def fails() -> Flow[None]:
        raise APIConnectionError("refused")
        yield

    def succeeds() -> Flow[str]:
        return "done"
        yield

    here = context(Settings(max_retries=1))
    flow = attempts.run(fails, here)
    assert isinstance(next(flow), Sleep)
    with pytest.raises(APIConnectionError, match="after 2 attempts"):
        flow.send(None)
    assert result_of(attempts.run(succeeds, here), None) == "done"
    with pytest.raises(APIConnectionError, match="after 4 attempts"):
        next(attempts.run(fails, here))
    assert attempts.made == 4


def test_a_retry_keeps_no_frame_of_the_failure(caplog: pytest.LogCaptureFixture) -> None:
    failures: list[weakref.ref[MagickPenError]] = []

    def failure() -> MagickPenError:
        error = APIConnectionError("no connection", sent=False)
        failures.append(weakref.ref(error))
        return error

    def attempt() -> Flow[None]:
        yield Sleep(0)
        raise failure()

    caplog.set_level("INFO", "magickpen")
    gc.disable()
    try:
        flow = Attempts(repeatable=False).run(attempt, context())
        assert next(flow) == Sleep(0)
        assert isinstance(next(flow), Sleep)
        # A frame that held it would be held by its traceback, until the collector comes.
        assert failures[0]() is None
    finally:
        gc.enable()
    assert caplog.messages[0].startswith("no answer (connection): retry 1 of 2 in 0.")
