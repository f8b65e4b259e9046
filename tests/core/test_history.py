from __future__ import annotations

import pytest

from magickpen.core.errors import ConfigurationError
from magickpen.core.history import History
from magickpen.core.messages import Message


def test_a_question_is_kept_with_its_answer() -> None:
    history = History("Be brief.")
    asked = history.asking("Hi")
    assert asked == (Message("system", "Be brief."), Message("user", "Hi"))
    assert history.messages == (Message("system", "Be brief."),)
    history.add(asked, "Hello")
    assert history.asking("You?") == (
        *asked,
        Message("assistant", "Hello"),
        Message("user", "You?"),
    )


def test_without_a_system_message_it_begins_empty() -> None:
    assert History(None).messages == ()


@pytest.mark.parametrize(("prompt", "complaint"), [("", "empty"), (" ", "empty"), (7, "not 7")])
def test_a_wrong_prompt_is_refused(prompt: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        History(None).asking(prompt)
