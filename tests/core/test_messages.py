from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from magickpen.core.errors import ConfigurationError
from magickpen.core.messages import Message, parse_messages, render_prompt
from magickpen.core.reply import Reply


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
        (["Hi"], r"messages\[0\] must be .* not a string; a prompt is passed without a list"),
        ([7], r"messages\[0\] must be .* or a Message, not 7"),
        ([{"role": "user"}], r'messages\[0\] has no "content"'),
        ([{"content": "Hi"}], r'messages\[0\] has no "role"'),
        (
            [{"role": "robot", "content": "Hi"}],
            r"the role must be one of system, user, assistant, not 'robot'",
        ),
        ([{"role": 1, "content": "Hi"}], "the role must be .* not 1"),
        ([{"role": ["user"], "content": "Hi"}], "the role must be .* not a value of type list"),
        ([{"role": "user", "content": None}], r'messages\[0\] has no "content"'),
        ([{"role": "user", "content": 7}], "the content must be a string or a list of parts"),
        (
            [{"role": "user", "content": [{"type": "text"}]}],
            r'messages\[0\], part 0 must be {"type": "text", "text": "Hello"}',
        ),
        ([{"role": "user", "content": ["Hi", 7]}], r"messages\[0\], part 1 must be"),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
            r"messages\[0\], part 0 holds more than text \('image_url'\).* describe it in words",
        ),
        ([{"role": "user", "content": "Hi", "images": ["x"]}], r"more than text \('image'\)"),
        (
            [{"role": "user", "content": [{"type": "tool_result", "content": "4"}]}],
            r"messages\[0\], part 0 belongs to a tool: MagickPen has no tools",
        ),
        ([{"role": "tool", "content": "4"}], r"messages\[0\] is the result of a tool"),
        ([{"role": "assistant", "tool_calls": [{"id": "1"}]}], r"messages\[0\] calls a tool"),
        ([Message("robot", "Hi")], "the role must be .*'robot'"),  # type: ignore[arg-type]
    ],
)
def test_what_is_wrong_is_named(messages: Any, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        parse_messages(messages)


@pytest.mark.parametrize(
    ("message", "parsed"),
    [
        (
            {
                "role": "user",
                "content": [{"type": "text", "text": "Hel"}, {"type": "input_text", "text": "lo"}],
            },
            Message("user", "Hello"),
        ),
        ({"role": "user", "content": ["Hello"]}, Message("user", "Hello")),
        ({"role": "developer", "content": "Be brief."}, Message("system", "Be brief.")),
        ({"role": "assistant", "content": None, "tool_calls": None}, Message("assistant", "")),
        ({"role": "assistant"}, Message("assistant", "")),
        (SimpleNamespace(role="assistant", content="Hello"), Message("assistant", "Hello")),
    ],
)
def test_messages_are_taken_as_other_tools_send_them(message: Any, parsed: Message) -> None:
    assert parse_messages([message, Message("user", "Hi")])[0] == parsed


def test_a_reply_is_kept_in_a_message_as_a_plain_string() -> None:
    reply = Reply("Hi", model="m", endpoint="ask", attempts=1, time_to_first_chunk=0.1, elapsed=0.2)
    for given in (reply, [{"role": "user", "content": reply}]):
        assert type(parse_messages(given)[0].content) is str


def test_a_blank_system_message_leaves_the_prompt() -> None:
    assert parse_messages("Hi", " ") == (Message("system", " "), Message("user", "Hi"))


@pytest.mark.parametrize("messages", [[], " "])
def test_a_system_message_alone_is_no_question(messages: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"messages (is empty|has no text)"):
        parse_messages(messages, "Be brief.")


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
