from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magickpen.core.errors import ConfigurationError
from magickpen.core.stop import StopFilter, checked_stop

TEXT = st.text("abc", max_size=12)


@given(st.lists(TEXT), st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=3))
def test_the_result_does_not_depend_on_how_a_text_is_cut(
    pieces: list[str], stops: list[str]
) -> None:
    whole = "".join(pieces)
    at_once, in_pieces = StopFilter(tuple(stops)), StopFilter(tuple(stops))
    expected = at_once.feed(whole) + at_once.rest()
    assert "".join(map(in_pieces.feed, pieces)) + in_pieces.rest() == expected
    found = any(stop in whole for stop in stops)
    assert at_once.found is in_pieces.found is found
    assert whole.startswith(expected)
    assert (expected == whole) is not found
    assert not any(stop in expected for stop in stops)


def test_only_what_may_begin_a_stop_is_held_back() -> None:
    stop = StopFilter(("END", "\n\n"))
    pieces = [stop.feed(text) for text in ("a", "b\n", "c EN", "x", "\n", "\n", "d")]
    assert pieces == ["a", "b", "\nc ", "ENx", "", "", ""]
    assert stop.found
    assert stop.rest() == ""


@pytest.mark.parametrize(
    ("stop", "checked"), [("x", ("x",)), (["x", "yy"], ("x", "yy")), ((), ()), ([], ())]
)
def test_a_text_or_a_list_of_texts_is_taken(stop: object, checked: tuple[str, ...]) -> None:
    assert checked_stop(stop) == checked


@pytest.mark.parametrize(
    ("stop", "complaint"),
    [
        ("", "1 to 1000 characters, not 0"),
        (["x", ""], "1 to 1000 characters, not 0"),
        ("x" * 1001, "not 1001"),
        (["x"] * 17, "at most 16 texts, not 17"),
        (b"x", "a string or a list of strings, not a value of type bytes"),
        (7, "not 7"),
        ([7], "strings alone, not 7"),
    ],
)
def test_what_is_wrong_is_named(stop: object, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^stop.*{complaint}"):
        checked_stop(stop)
