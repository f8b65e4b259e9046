from __future__ import annotations

import gc
import pickle

import pytest

from magickpen.core.errors import ConfigurationError
from magickpen.core.history import History
from magickpen.core.messages import Message

SYSTEM = Message("system", "Be brief.")
ANSWERED: tuple[Message, ...] = (
    SYSTEM,
    Message("user", "Hi"),
    Message("assistant", "Hello"),
)
NOTHING: tuple[Message, ...] = (SYSTEM,)


def test_a_question_is_kept_with_its_answer() -> None:
    history = History(NOTHING)
    turn = history.turn("Hi")
    assert turn.begin() == (SYSTEM, Message("user", "Hi"))
    assert history.messages == NOTHING
    turn.end("Hello")
    assert history.messages == ANSWERED
    assert history.turn("You?").begin() == (*ANSWERED, Message("user", "You?"))


def test_a_question_without_an_answer_is_not_kept() -> None:
    history = History()
    turn = history.turn("Hi")
    turn.begin()
    turn.end(None)
    assert history.messages == ()
    assert not history.busy


def test_two_questions_are_not_asked_at_once() -> None:
    history = History()
    first, second = history.turn("Hi"), history.turn("You?")
    first.begin()
    for ask in (second.begin, lambda: history.turn("And?"), history.undo):
        with pytest.raises(ConfigurationError, match=r"is being answered: .* call close\(\)"):
            ask()
    second.end(None)
    assert history.busy
    first.end("Hello")
    assert second.begin() == (*ANSWERED[1:], Message("user", "You?"))


def test_a_turn_that_was_dropped_keeps_nothing_busy() -> None:
    history = History()
    turn = history.turn("Hi")
    turn.begin()
    assert history.busy
    del turn
    gc.collect()
    assert not history.busy


def test_the_last_question_is_undone_with_its_answer() -> None:
    history = History((*ANSWERED, *ANSWERED[1:]))
    assert history.turns == 2
    history.undo()
    assert history.messages == ANSWERED
    history.undo()
    assert history.messages == NOTHING
    with pytest.raises(ConfigurationError, match="nothing to undo"):
        history.undo()


def test_it_travels_between_processes() -> None:
    assert pickle.loads(pickle.dumps(History(ANSWERED))).messages == ANSWERED


@pytest.mark.parametrize(("prompt", "complaint"), [("", "empty"), (" ", "empty"), (7, "not 7")])
def test_a_wrong_prompt_is_refused(prompt: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        History().turn(prompt)
