from __future__ import annotations

import logging
import threading
from functools import partial

import pytest

from magickpen.core.effects import Exclusive, Flow, Mutex, Open, Read, Run, Sleep, Steps
from magickpen.core.errors import APIConnectionError
from magickpen.core.http import Request
from tests.support.fakes import head, no_deadline

REQUEST = Request(
    method="POST",
    url="https://host/ask",
    headers={"secret": "hunter2"},
    body=b"hunter3",
    timeout=1,
    deadline=no_deadline(),
)


def story() -> Flow[str]:
    response = yield from Open(REQUEST)
    try:
        body = yield from Read(9)
    except APIConnectionError:
        body = b"lost"
    yield from Sleep(1)
    return f"{response.status} {body.decode()}"


def test_results_and_failures_are_sent_back() -> None:
    steps = Steps(story())
    seen = []
    for effect in steps:
        seen.append(type(effect))
        if isinstance(effect, Open):
            steps.result = head(200)
        elif isinstance(effect, Read):
            steps.failure = APIConnectionError("broken")
    assert seen == [Open, Read, Sleep]
    assert steps.value == "200 lost"


def test_a_flow_can_be_ended_where_it_stands() -> None:
    ended = []

    def patient() -> Flow[None]:
        try:
            yield from Sleep(1)
        except GeneratorExit:
            ended.append(True)
            raise

    steps = Steps(patient())
    next(steps)
    steps.close()
    assert ended == [True]


def test_neither_repr_nor_log_holds_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="magickpen")
    next(Steps(story()))
    assert "https://host/ask" in caplog.text
    assert "hunter" not in caplog.text
    assert "hunter" not in repr(REQUEST)


def test_the_log_tells_each_step(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="magickpen")
    steps = Steps(story())
    for effect in steps:
        if isinstance(effect, Open):
            steps.result = head(200)
        elif isinstance(effect, Read):
            steps.failure = APIConnectionError("hunter2")
    assert caplog.messages == [
        "POST https://host/ask",
        "answered with status 200",
        "read the body",
        "failed with APIConnectionError",
        "wait 1.00 s",
    ]


def test_a_look_up_is_told_to_be_one() -> None:
    waiting = Exclusive(Mutex(), story(), no_deadline())
    assert str(waiting) == "look the secrets of the site up, when no other call does"


def test_work_is_told_by_its_name() -> None:
    assert str(Run(head)) == "head"
    assert str(Run(partial(test_work_is_told_by_its_name))) == "test work is told by its name"


class Realm:
    """What a driver has one of in each process or event loop."""


def test_a_mutex_has_one_lock_in_each_realm() -> None:
    mutex = Mutex()
    here, there = Realm(), Realm()
    lock = mutex.lock(here, threading.Lock)
    assert mutex.lock(here, threading.Lock) is lock
    assert mutex.lock(there, threading.Lock) is not lock
    assert Mutex().lock(here, threading.Lock) is not lock
