from __future__ import annotations

from itertools import count

import pytest

from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.values import (
    MAX_ALTERNATIVES,
    MAX_TEXT,
    Either,
    Exports,
    Global,
    Items,
    Namespace,
    Place,
    Result,
    Value,
    alternatives,
    concatenated,
    either,
    from_json,
    parsed_json,
    truth,
)

MODULE = Module("https://site.test/a.js", "[a]")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], (None,)),
        ([None], (None,)),
        (["a"], ("a",)),
        (["a", None, "a"], ("a",)),
        (["a", "b", "a"], ("a", "b")),
        ([None, False, "a"], (False, "a")),
        ([Either(("a", None)), "b"], ("a", "b")),
        ([Either(("a", "b")), Either(("b", "c"))], ("a", "b", "c")),
        ([Place(MODULE, 0), Place(MODULE, 0)], (Place(MODULE, 0),)),
        ([Place(MODULE, 0), Place(MODULE, 1)], (Place(MODULE, 0), Place(MODULE, 1))),
        ([Global("a"), Global("a")], (Global("a"),)),
        ([{"a": "b"}, {"a": "b"}], ({"a": "b"},)),
    ],
)
def test_one_of_several_values_is_each_that_is_known(
    values: list[Value], expected: tuple[Value, ...]
) -> None:
    assert alternatives(either(values)) == expected


def test_values_are_looked_at_until_there_are_too_many() -> None:
    found = alternatives(either(str(number) for number in count()))
    assert MAX_ALTERNATIVES <= len(found) <= MAX_ALTERNATIVES + 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", True),
        ("", False),
        (True, True),
        (False, False),
        (Place(MODULE, 0), True),
        (Items(()), True),
        (None, None),
        (Global("a"), None),
        (Namespace(MODULE), None),
        (Exports(MODULE, 0), None),
        (Result(()), None),
        (Either(("a", "b")), None),
    ],
)
def test_which_values_count_as_true(value: Value, expected: bool | None) -> None:
    assert truth(value) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":["b"]}', {"a": ["b"]}),
        ('"a"', "a"),
        ("[1]", None),
        ("1", None),
        ("null", None),
        ("{", None),
        ("", None),
        (None, None),
        ("[" * 100_000, None),
        ('{"a":' * 100_000, None),
    ],
)
def test_a_text_is_read_as_json(text: str | None, expected: Value) -> None:
    assert parsed_json(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [({"a": 1}, {"a": 1}), ("a", "a"), (1, None), ([], None), (None, None)]
)
def test_objects_and_texts_of_json_are_values(value: object, expected: Value) -> None:
    assert from_json(value) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "ab"),
        (["a", None], None),
        (["a" * MAX_TEXT, ""], "a" * MAX_TEXT),
        (["a" * MAX_TEXT, "b"], None),
    ],
)
def test_texts_are_one_where_all_are_known_and_short(
    texts: list[str | None], expected: str | None
) -> None:
    assert concatenated(texts) == expected
