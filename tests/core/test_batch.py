"""The flows of a batch, stepped through without a network and without waiting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from magickpen.core.batch import (
    LONGEST_OUTAGE,
    LONGEST_OUTAGE_PAUSE,
    LONGEST_PAUSE,
    BatchResult,
    Plan,
)
from magickpen.core.effects import Finish, Sleep, Steps
from magickpen.core.errors import (
    APIConnectionError,
    BadRequestError,
    ConfigurationError,
    MagickPenError,
    RateLimitError,
)
from magickpen.core.messages import Message
from magickpen.core.reply import Reply
from magickpen.core.runtime import Runtime
from tests.support.fakes import Clock


def reply(text: str) -> Reply:
    return Reply(text, model="m", endpoint="ask", attempts=1, time_to_first_chunk=0.1, elapsed=0.2)


class Service:
    """Answers the questions of a plan, each with the next outcome, and moves the clocks."""

    def __init__(self, *outcomes: MagickPenError | str) -> None:
        self.outcomes: Iterator[MagickPenError | str] = iter(outcomes)
        self.monotonic = Clock(1000.0)
        self.wall = Clock(5_000_000.0)
        self.asked: list[tuple[Message, ...]] = []
        self.pauses: list[float] = []
        self._paused = 0.0

    def plan(self, prompts: Iterable[Any], **options: Any) -> Plan:
        options = {
            "concurrency": 1,
            "system": None,
            "wait_for_rate_limit": True,
            "runtime": Runtime(self.monotonic, self.wall, lambda: 0.5),
            **options,
        }
        return Plan(prompts, **options)

    def run(self, plan: Plan) -> list[BatchResult]:
        """Ask all questions, one after another."""
        results = []
        while (question := plan.take()) is not None:
            steps = Steps(plan.answer(question, lambda messages: messages))
            for effect in steps:
                try:
                    if isinstance(effect, Finish):
                        steps.result = self._answer(effect.stream)
                    else:
                        assert isinstance(effect, Sleep)
                        self._sleep(effect.seconds)
                except MagickPenError as error:
                    steps.failure = error
            if steps.value is not None:
                results.append(steps.value)
        return results

    def _answer(self, messages: tuple[Message, ...]) -> Reply:
        self.asked.append(messages)
        if self._paused:
            self.pauses.append(round(self._paused, 6))
            self._paused = 0.0
        outcome = next(self.outcomes, "ok")
        if isinstance(outcome, MagickPenError):
            raise outcome
        return reply(outcome)

    def _sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 1
        self._paused += seconds
        self.monotonic.now += seconds
        self.wall.now += seconds


def limited(retry_after: float | None = None) -> RateLimitError:
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return RateLimitError(
        "wait", status_code=429, body="", headers=headers, retry_after=retry_after
    )


def gone() -> APIConnectionError:
    return APIConnectionError("no connection", sent=False)


def texts(results: list[BatchResult]) -> list[str]:
    return [r.error.code if r.reply is None and r.error else str(r.reply) for r in results]


def test_each_kind_of_prompt_becomes_messages() -> None:
    service = Service()
    prompts: list[Any] = [
        "plain",
        [{"role": "user", "content": "list"}],
        {"id": 7, "prompt": "dict"},
        {"id": "m", "messages": [{"role": "user", "content": "m"}], "system": "Be long."},
        {"prompt": "no system", "system": None, "more": "is ignored"},
    ]
    results = service.run(service.plan(prompts, system="Be brief."))
    assert [(r.index, r.id) for r in results] == [(0, None), (1, None), (2, 7), (3, "m"), (4, None)]
    contents = [[m.content for m in messages] for messages in service.asked]
    assert contents == [
        ["Be brief.", "plain"],
        ["Be brief.", "list"],
        ["Be brief.", "dict"],
        ["Be long.", "m"],
        ["no system"],
    ]


@pytest.mark.parametrize(
    ("prompt", "complaint"),
    [
        ("  ", "prompts[0]: messages has no text"),
        (5, "prompts[0]: messages must be a prompt or a list of messages"),
        ({}, 'prompts[0] must have a "prompt" or "messages"'),
        ({"prompt": "x", "messages": []}, 'prompts[0] must have a "prompt" or "messages"'),
        ({"prompt": ["x"]}, 'prompts[0]: "prompt" must be a string, not a value of type list'),
        ({"prompt": "x", "system": 5}, "prompts[0]: system must be a string or None, not 5"),
        (["x"], 'prompts[0]: messages[0] must be {"role"'),
    ],
)
def test_a_wrong_prompt_is_a_result_and_is_not_sent(prompt: object, complaint: str) -> None:
    service = Service()
    first, second = service.run(service.plan([prompt, "right"]))
    assert isinstance(first.error, ConfigurationError)
    assert complaint in str(first.error)
    assert second.reply == "ok"
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"prompts": "text"}, "prompts must be a list of prompts, not a value of type str"),
        ({"prompts": {"prompt": "x"}}, "prompts must be a list of prompts"),
        ({"prompts": 5}, "prompts must be a list of prompts, not 5"),
        ({"concurrency": 0}, "concurrency must be a whole number of at least 1, not 0"),
        ({"concurrency": True}, "concurrency must be a whole number"),
        ({"system": 5}, "system must be a string or None, not 5"),
        ({"wait_for_rate_limit": None}, "wait_for_rate_limit must be True or False, not None"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Service().plan(**{"prompts": [], **arguments})
    assert str(caught.value).startswith(complaint)


def test_an_error_is_a_result() -> None:
    error = BadRequestError("no", status_code=400, body="", headers={})
    service = Service("one", error, "three")
    results = service.run(service.plan("abc"[i] for i in range(3)))
    assert [r.error for r in results] == [None, error, None]
    assert texts(results) == ["one", "bad_request", "three"]


def test_a_rate_limit_is_waited_for_as_long_as_the_service_says() -> None:
    service = Service("one", limited(72_000), "two")
    assert texts(service.run(service.plan(["a", "b"]))) == ["one", "two"]
    assert service.pauses == [72_000]
    assert len(service.asked) == 3


def test_rate_limits_without_a_time_take_twice_as_long_up_to_an_hour() -> None:
    service = Service(*(limited() for _ in range(8)), "one", limited(), "two")
    assert texts(service.run(service.plan(["a", "b"]))) == ["one", "two"]
    assert service.pauses == [60, 120, 240, 480, 960, 1920, LONGEST_PAUSE, LONGEST_PAUSE, 60]


def test_a_service_that_says_0_is_not_asked_without_a_pause() -> None:
    service = Service(*(limited(0) for _ in range(8)))
    service.run(service.plan(["a"]))
    assert service.pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_rate_limit_can_be_a_result() -> None:
    service = Service(limited(72_000), "two")
    results = service.run(service.plan(["a", "b"], wait_for_rate_limit=False))
    assert texts(results) == ["rate_limited", "two"]
    assert service.pauses == []


def test_a_pause_counts_for_all_questions_and_once() -> None:
    service = Service()
    plan = service.plan(["a", "b"])
    under_way = []
    for question in iter(plan.take, None):
        under_way.append(steps := Steps(plan.answer(question, lambda messages: messages)))
        assert isinstance(next(steps), Finish)
    for steps in under_way:
        steps.failure = limited()
        assert isinstance(next(steps), Sleep)
        assert plan.pause == 60
    # One that says longer lengthens it.
    plan._postpone(limited(90))
    assert plan.pause == 90
    plan._postpone(limited(80))
    assert plan.pause == 90


@pytest.mark.parametrize(("clock", "other"), [("monotonic", "wall"), ("wall", "monotonic")])
def test_either_clock_ends_a_pause(clock: str, other: str) -> None:
    service = Service()
    plan = service.plan(["a"])
    plan._postpone(limited(3600))
    # A computer that slept, and a clock that was set back.
    getattr(service, other).now -= 86_400
    assert plan.pause == 3600
    getattr(service, clock).now += 3601
    assert plan.pause == 0


def test_a_network_that_goes_away_is_waited_for() -> None:
    service = Service("one", *(gone() for _ in range(8)), "two")
    assert texts(service.run(service.plan(["a", "b"]))) == ["one", "two"]
    assert service.pauses == [1, 2, 4, 8, 16, 32, LONGEST_OUTAGE_PAUSE, LONGEST_OUTAGE_PAUSE]


def test_a_network_that_never_worked_is_a_result() -> None:
    service = Service(gone(), gone())
    assert texts(service.run(service.plan(["a", "b"]))) == ["connection", "connection"]
    assert service.pauses == []


def test_a_network_that_stays_away_is_a_result_at_last() -> None:
    service = Service("one", *(gone() for _ in range(1000)))
    assert texts(service.run(service.plan(["a", "b"]))) == ["one", "connection"]
    assert LONGEST_OUTAGE < sum(service.pauses) < LONGEST_OUTAGE + 2 * LONGEST_OUTAGE_PAUSE


def test_an_answer_that_was_refused_shows_that_the_network_works() -> None:
    refused = BadRequestError("no", status_code=400, body="", headers={})
    service = Service(refused, gone(), "two")
    assert texts(service.run(service.plan(["a", "b"]))) == ["bad_request", "two"]


def test_a_question_that_may_have_been_answered_is_not_asked_again() -> None:
    service = Service("one", APIConnectionError("it broke", sent=True), "three")
    assert texts(service.run(service.plan(["a", "b", "c"]))) == ["one", "connection", "three"]


def test_a_batch_that_is_stopped_asks_nothing_more() -> None:
    service = Service(limited(3600))
    plan = service.plan(["a", "b"])
    question = plan.take()
    assert question is not None
    steps = Steps(plan.answer(question, lambda messages: messages))
    assert isinstance(next(steps), Finish)
    steps.failure = limited(3600)
    assert isinstance(next(steps), Sleep)
    plan.stop()
    assert plan.take() is None
    assert list(steps) == []
    assert steps.value is None


def test_an_error_of_the_prompts_is_raised() -> None:
    def prompts() -> Iterator[str]:
        yield "a"
        raise RuntimeError("broken")

    service = Service()
    with pytest.raises(RuntimeError, match="broken"):
        service.run(service.plan(prompts()))


def test_the_effect_says_what_is_done() -> None:
    assert str(Finish(object())) == "ask the next question"
