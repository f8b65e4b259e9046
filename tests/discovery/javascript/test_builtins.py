from __future__ import annotations

import pytest

from magickpen.discovery.javascript.builtins import FUNCTIONS_OF_TEXT, method_of_text
from magickpen.discovery.javascript.values import MAX_TEXT, Items


@pytest.mark.parametrize(
    ("text", "name", "arguments", "result"),
    [
        ("a", "concat", ["b", "c"], "abc"),
        ("a", "concat", [], "a"),
        ("a", "concat", [None], None),
        ("a", "concat", ["b" * MAX_TEXT], None),
        ("abc", "startsWith", ["ab"], True),
        ("abc", "startsWith", ["bc"], False),
        ("abc", "endsWith", ["bc"], True),
        ("abc", "endsWith", ["ab"], False),
        ("abc", "includes", ["b"], True),
        ("abc", "includes", ["d"], False),
        ("abc", "includes", [None], None),
        ("aB", "toUpperCase", [], "AB"),
        ("aB", "toLowerCase", [], "ab"),
        ("a", "toString", [], "a"),
        ("a", "valueOf", [], "a"),
        (" a\n", "trim", [], "a"),
        ("a", "toUpperCase", ["b"], None),
        ("a", "toUpperCase", [None], None),
        ("a", "split", [], None),
        ("a", "startsWith", ["a", "1"], None),
        ("a", "charAt", ["0"], None),
        ("a", "nothing", [], None),
    ],
)
def test_what_a_method_of_a_text_returns(
    text: str, name: str, arguments: list[str | None], result: str | bool | None
) -> None:
    assert method_of_text(text, name, arguments) == result


@pytest.mark.parametrize(
    ("text", "separator", "items"),
    [
        ("a.b.c", ".", ("a", "b", "c")),
        ("abc", "", ("a", "b", "c")),
        ("abc", "-", ("abc",)),
        ("", "-", ("",)),
        ("", "", ()),
    ],
)
def test_a_text_is_split_into_a_list(text: str, separator: str, items: tuple[str, ...]) -> None:
    found = method_of_text(text, "split", [separator])
    assert isinstance(found, Items)
    assert found.items == items


@pytest.mark.parametrize(
    ("name", "text", "result"),
    [
        ("atob", "YWJj", "abc"),
        ("atob", "YWI=", "ab"),
        ("atob", "YWI", "ab"),
        ("atob", "/w==", "\xff"),
        ("atob", "Y", None),
        ("atob", "é", None),
        ("atob", "", ""),
        ("decodeURIComponent", "a%20b%C3%A9+", "a bé+"),
        ("decodeURIComponent", "%", "%"),
        ("String", "a", "a"),
    ],
)
def test_what_a_function_of_a_text_returns(name: str, text: str, result: str | None) -> None:
    assert FUNCTIONS_OF_TEXT[name](text) == result
