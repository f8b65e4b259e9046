"""Known values, and what is known of the others."""

from __future__ import annotations

import math

import pytest

from magickpen.discovery.javascript.operations import (
    alternatives,
    computed,
    either,
    entries_of,
    is_known,
    is_made,
    known_text,
    new_list,
    salts_of,
    text_of,
    truth,
)
from magickpen.discovery.javascript.values import (
    MAX_ALTERNATIVES,
    MAX_ITEMS,
    UNDEFINED,
    Choice,
    Getter,
    Nothing,
    Obj,
    Salt,
    Unknown,
    Value,
)

OBJECT = Obj()
CONSTANT, MADE = Unknown(made=False), Unknown()
SALTED = Unknown(salts=frozenset([Salt("s")]))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], (UNDEFINED,)),
        (["a"], ("a",)),
        (["a", "b", "a"], ("a", "b")),
        ([1, True], (1, True)),
        ([Choice(("a", "b")), "b", "c"], ("a", "b", "c")),
        ([OBJECT, OBJECT], (OBJECT,)),
        ([UNDEFINED, Nothing.NULL], (UNDEFINED, Nothing.NULL)),
        (map(str, range(20)), tuple(map(str, range(MAX_ALTERNATIVES)))),
    ],
)
def test_one_of_several_values(values: list[Value], expected: tuple[Value, ...]) -> None:
    assert repr(alternatives(either(values))) == repr(expected)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        ("", None),
        (1, None),
        (CONSTANT, None),
        (Choice(("a", "b")), None),
        (Choice(("a", UNDEFINED, "", CONSTANT)), "a"),
        (Choice((OBJECT, "a")), None),
    ],
)
def test_the_only_text_that_a_value_may_be(value: Value, text: str | None) -> None:
    assert known_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (True, "true"),
        (1, "1"),
        (1.0, "1"),
        (-0.0, "0"),
        (1.5, "1.5"),
        (1e21, "1e+21"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (UNDEFINED, "undefined"),
        (Nothing.NULL, "null"),
        (new_list([]), ""),
        (new_list(["a", "", UNDEFINED, 1]), "a,,,1"),
        (new_list([new_list(["a", "b"]), "c"]), "a,b,c"),
        (new_list(["a", MADE]), None),
        (OBJECT, None),
        (MADE, None),
        (Choice(("a", "b")), None),
    ],
)
def test_a_value_as_text(value: Value, text: str | None) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", True),
        ("", False),
        (0, False),
        (math.nan, False),
        (False, False),
        (UNDEFINED, False),
        (OBJECT, True),
        (MADE, None),
        (Choice(("a", 1)), True),
        (Choice(("a", "")), None),
        (Choice(("a", MADE)), None),
    ],
)
def test_which_values_count_as_true(value: Value, expected: bool | None) -> None:
    assert truth(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", True),
        (UNDEFINED, True),
        (new_list(["a", new_list([1])]), True),
        (new_list([MADE]), False),
        (OBJECT, False),
        (MADE, False),
        (Choice(("a", "b")), False),
    ],
)
def test_which_values_are_known(value: Value, expected: bool) -> None:
    assert is_known(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (MADE, True),
        (CONSTANT, False),
        ("a", False),
        (OBJECT, False),
        (Obj(salts=SALTED.salts), True),
        (Choice(("a", MADE)), True),
        (computed(MADE), True),
        (computed(CONSTANT, "a"), False),
        (computed(made=True), True),
    ],
)
def test_what_each_request_may_have_another_one_of(value: Value, expected: bool) -> None:
    assert is_made(value) is expected


@pytest.mark.parametrize(
    ("values", "salted"),
    [
        (["a", MADE, OBJECT], False),
        ([SALTED], True),
        ([Choice(("a", SALTED))], True),
        ([new_list(["a", SALTED])], True),
        ([computed(SALTED)], True),
    ],
)
def test_salts_are_handed_on(values: list[Value], salted: bool) -> None:
    assert salts_of(*values) == (SALTED.salts if salted else frozenset())


def test_the_sources_of_what_is_computed() -> None:
    assert computed("a", OBJECT).sources == ("a", OBJECT)


def test_a_list_has_a_greatest_length() -> None:
    assert new_list(["a"] * (MAX_ITEMS + 1)).items == ["a"] * MAX_ITEMS


def test_the_entries_of_a_value() -> None:
    getter = Getter(OBJECT)
    named = Obj({"a": 1, "@@1": 2, 3: 4, "b": getter})
    assert entries_of(named) == [("a", 1), ("b", getter)]
    assert entries_of(new_list(["a"])) == [("0", "a")]
    assert entries_of("a") is None
    assert entries_of(Unknown({"a": 1})) is None
    assert entries_of(Unknown({"a": 1}), opaque=True) == [("a", 1)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(OBJECT, False), (Obj(native=lambda i, t, a: 1), True), (Obj(kind="class"), True)],
)
def test_which_objects_can_be_called(value: Obj, expected: bool) -> None:
    assert value.callable is expected
