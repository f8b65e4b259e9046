from __future__ import annotations

from typing import Any

import pytest

from magickpen.core.errors import ConfigurationError
from magickpen.core.messages import Message, parse_messages, render_prompt


def test_a_string_is_the_message_of_a_user() -> None:
    assert parse_messages("Hi") == (Message("user", "Hi"),)


def test_dicts_and_messages_can_be_mixed_and_may_hold_more() -> None:
    given: list[Message | dict[str, str]] = [
        {"role": "system", "content": "Be brief.", "name": "x"},
        Message("user", "Hi"),
    ]
    assert parse_messages(given) == (Message("system", "Be brief."), Message("user", "Hi"))


def test_any_iterable_of_messages_will_do() -> None:
    assert parse_messages(Message("user", text) for text in "ab") == (
        Message("user", "a"),
        Message("user", "b"),
    )


def test_a_system_message_stands_first() -> None:
    assert parse_messages("Hi", "Be brief.") == (
        Message("system", "Be brief."),
        Message("user", "Hi"),
    )
    assert parse_messages("Hi", "") == (Message("user", "Hi"),)


@pytest.mark.parametrize(
    ("messages", "complaint"),
    [
        ([], "messages is empty"),
        ("", "the prompt is empty"),
        (" \n", "the prompt is empty"),
        ([{"role": "user", "content": ""}], "the prompt is empty"),
        (None, "not None"),
        (7, "not 7"),
        (b"Hi", "a value of type bytes"),
        ({"role": "user", "content": "Hi"}, "a value of type dict"),
        (["Hi"], r"messages\[0\] must be .* a value of type str"),
        ([{"role": "user"}], r'messages\[0\] has no "content"'),
        ([{"content": "Hi"}], r'messages\[0\] has no "role"'),
        (
            [{"role": "robot", "content": "Hi"}],
            r"the role must be one of system, user, assistant, not 'robot'",
        ),
        ([{"role": 1, "content": "Hi"}], "the role must be .* not 1"),
        ([{"role": ["user"], "content": "Hi"}], "the role must be .* not a value of type list"),
        ([{"role": "user", "content": None}], "the content must be a string, not None"),
        (
            [{"role": "user", "content": [{"type": "text"}]}],
            "the content must be a string, not a value of type list",
        ),
        ([Message("robot", "Hi")], "the role must be .*'robot'"),  # type: ignore[arg-type]
    ],
)
def test_what_is_wrong_is_named(messages: Any, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        parse_messages(messages)


def test_system_must_be_a_string() -> None:
    with pytest.raises(ConfigurationError, match="system must be a string or None, not 7"):
        parse_messages("Hi", 7)  # type: ignore[arg-type]


def test_a_single_message_is_its_content_alone() -> None:
    assert render_prompt((Message("system", "Be brief."),)) == "Be brief."


def test_several_messages_are_a_line_each() -> None:
    # The example of docs/protocol.md, section 4.
    messages = parse_messages("Hi there", "Be brief.")
    assert render_prompt(messages) == "System: Be brief.\nUser: Hi there\nAssistant:"


def test_empty_messages_are_left_out_of_a_conversation() -> None:
    messages = (Message("user", "Hi"), Message("assistant", " "), Message("user", "You?"))
    assert render_prompt(messages) == "User: Hi\nUser: You?\nAssistant:"
