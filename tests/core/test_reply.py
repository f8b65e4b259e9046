from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable

import pytest

from magickpen.core.reply import Reply

REPLY = Reply("Hello", model="m", endpoint="chat", attempts=2, time_to_first_chunk=0.5, elapsed=1.5)


def test_a_reply_is_a_string() -> None:
    assert REPLY == "Hello"
    assert REPLY + "!" == "Hello!"
    assert "".join([REPLY]) == f"{REPLY}" == "Hello"
    assert json.dumps({"r": REPLY}) == '{"r": "Hello"}'
    assert hash(REPLY) == hash("Hello")
    assert type(REPLY.text) is str


def pickled(reply: Reply) -> Reply:
    again: Reply = pickle.loads(pickle.dumps(reply))
    return again


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
def test_a_copy_of_it_has_its_attributes(again: Callable[[Reply], Reply]) -> None:
    same = again(REPLY)
    assert type(same) is Reply
    assert (same, same.model, same.endpoint, same.attempts) == ("Hello", "m", "chat", 2)
    assert (same.time_to_first_chunk, same.elapsed) == (0.5, 1.5)
