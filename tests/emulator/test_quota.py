"""The quota of the emulator, on a clock that is moved."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter

import httpx
import pytest
import time_machine

from magickpen import MagickPen, RateLimitError
from magickpen.emulator import Emulator
from tests.support.waiting import wait_for

START = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


def client(service: Emulator) -> MagickPen:
    return MagickPen(base_url=service.url, api_url=service.url, max_retries=0)


@pytest.mark.parametrize("tells", [True, False])
def test_questions_beyond_it_are_refused_until_the_period_ends(tells: bool) -> None:
    with (
        time_machine.travel(START, tick=False) as clock,
        Emulator(quota=2, per=100, tells_retry_after=tells) as service,
        client(service) as pen,
    ):
        pen.ask("1")
        clock.shift(30)
        pen.ask("2")
        with pytest.raises(RateLimitError) as caught:
            pen.ask("3")
        assert caught.value.retry_after == (70 if tells else None)
        clock.shift(70)
        pen.ask("3")


def test_a_question_that_is_refused_for_another_reason_does_not_count() -> None:
    with Emulator(quota=1) as service, client(service) as pen:
        assert httpx.post(f"{service.url}/ask", json={"query": "1"}).status_code == 403
        pen.ask("1")
        with pytest.raises(RateLimitError):
            pen.ask("2")


def test_a_batch_lives_through_the_days() -> None:
    with (
        time_machine.travel(START, tick=True) as clock,
        Emulator(quota=10, per=86_400) as service,
        client(service) as pen,
        pen.batch([f"question {n}" for n in range(25)]) as batch,
    ):
        answered = []
        days = set()
        for result in batch:
            assert result.error is None
            answered.append(result.index)
            days.add(dt.datetime.now(dt.UTC).date())
            if len(answered) in (10, 20):
                wait_for(lambda: batch.pause > 80_000)
                clock.shift(batch.pause)
    assert answered == list(range(25))
    assert len(days) == 3
    refused = [json.loads(r.body)["query"] for r in service.requests if r.status == 429]
    assert Counter(refused) == {"question 10": 1, "question 20": 1}
