"""The words of JavaScript, and the work of reading them."""

from __future__ import annotations

import pytest

from magickpen.discovery.javascript.tokens import (
    STEPS_PER_CHECK,
    Work,
    WorkLimitError,
    is_name,
    is_string,
    string_value,
)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("a", True),
        ("$", True),
        ("_", True),
        ("#a", True),
        ("1", True),
        ("(", False),
        ("'a'", False),
    ],
)
def test_names_keywords_and_numbers_are_names(token: str, expected: bool) -> None:
    assert is_name(token) is expected


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ('"a"', True),
        ("'a'", True),
        ("`a`", True),
        ('""', True),
        ('"', False),
        ('"a', False),
        ("`a${", False),
        ("}a`", False),
        ("a", False),
    ],
)
def test_strings_and_whole_templates_are_strings(token: str, expected: bool) -> None:
    assert is_string(token) is expected


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ('"a"', "a"),
        ("`a${", "a"),
        ("}b${", "b"),
        ("}c`", "c"),
        (r'"\x41\u0042\u{43}"', "ABC"),
        (r'"\n\t\\\"\q\0"', '\n\t\\"q\0'),
        (r'"\r\b\f\v"', "\r\b\f\v"),
        (r'"\u{9}\u{1f600}"', "\t😀"),
        (r'"\ud83d\ude00"', "\ud83d\ude00"),
        ('"a\\\nb\\\r\nc"', "abc"),
        ('"a\\\rb\\\u2028c\\\u2029d"', "abcd"),
        (r'"\u{10ffff}"', "\U0010ffff"),
        (r'"\u{110000}"', ""),
        ('"${"', "${"),
    ],
)
def test_the_text_of_a_string(token: str, text: str) -> None:
    assert string_value(token) == text


def test_work_is_limited() -> None:
    work = Work(2, lambda: False)
    work.spend(1)
    work.spend(1)
    with pytest.raises(WorkLimitError):
        work.spend(1)


def test_the_deadline_is_looked_at_every_now_and_then() -> None:
    answers = iter([False, True])
    work = Work(STEPS_PER_CHECK * 5 + 1, lambda: next(answers))
    work.spend(STEPS_PER_CHECK)
    work.spend(1)
    with pytest.raises(WorkLimitError):
        work.spend(STEPS_PER_CHECK)
    with pytest.raises(WorkLimitError):
        work.spend(0)
