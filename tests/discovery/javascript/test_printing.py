from __future__ import annotations

import pytest

from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.printing import is_printed
from magickpen.discovery.javascript.script import Work


def printed(source: str, work: int = 10_000) -> bool:
    """Whether the object that holds `OBJECT` is."""
    module = Module("https://site.test/a.js", source)
    module.script.work = Work(work)
    return is_printed(module, module.script.places["OBJECT"][0] - 1)


@pytest.mark.parametrize(
    "source",
    [
        "JSON.stringify({OBJECT:1},null,2)",
        "JSON.stringify(({OBJECT:1}))",
        "JSON.stringify({a:[{OBJECT:1}]})",
        "JSON.stringify(a?{}:{OBJECT:1})",
        "f(JSON.stringify({OBJECT:1}))",
        "var a={OBJECT:1};JSON.stringify(a)",
        "var a=({OBJECT:1});JSON.stringify(a)",
        "var a=[{OBJECT:1}];JSON.stringify(a)",
        "var a={OBJECT:1};x=`a: ${a}`",
        "function f(){let a={OBJECT:1};return JSON.stringify(a)}f(a)",
        "var a={OBJECT:1};Object.keys(a);Object.values(a);Object.entries(a);JSON.stringify(a)",
        "var a={OBJECT:1};x=JSON.stringify(a);b.a",
        "var a={OBJECT:1};JSON.stringify(a);function f(){var a;g(a)}",
    ],
)
def test_an_object_that_is_made_a_text_alone_is_printed(source: str) -> None:
    assert printed(source)


@pytest.mark.parametrize(
    "source",
    [
        "{OBJECT:1}",
        "({OBJECT:1})",
        "[{OBJECT:1}]",
        "f({OBJECT:1})",
        "f(({OBJECT:1}))",
        "f(a)({OBJECT:1})",
        "f[a]({OBJECT:1})",
        "JSON.parse({OBJECT:1})",
        "JSON.stringify(f({OBJECT:1}))",
        "JSON.stringify[{OBJECT:1}]",
        "return({OBJECT:1})",
        "={OBJECT:1}",
        "a[0]={OBJECT:1};JSON.stringify(a)",
        "a={OBJECT:1};JSON.stringify(a)",
        "var a;b.a={OBJECT:1};JSON.stringify(a)",
        "var a={OBJECT:1}",
        "var a={OBJECT:1};Object.keys(a)",
        "var a={OBJECT:1};JSON.stringify(a);f(a)",
        "var a={OBJECT:1};JSON.stringify(a);Object.freeze(a)",
        "var a={OBJECT:1};JSON.stringify(a);f({a})",
        "var a={OBJECT:1};JSON.stringify(a);a",
        "var a={OBJECT:1};JSON.stringify(b.a)",
        "var a={OBJECT:1};{let a=1;JSON.stringify(a)}",
        "[({OBJECT:1})]",
        "{OBJECT",
    ],
)
def test_an_object_that_may_be_handed_over_is_not(source: str) -> None:
    assert not printed(source)


@pytest.mark.parametrize("bracket", ["(", "[", "{a:", "x=["])
def test_deep_nesting_around_an_object_is_looked_at(bracket: str) -> None:
    assert not printed("a=" + bracket * 50_000 + "{OBJECT:1}")


@pytest.mark.parametrize(
    "source",
    ["JSON.stringify" + "(" * 20 + "{OBJECT:1}", "var a={OBJECT:1};" + "JSON.stringify(a);" * 20],
)
def test_an_object_that_is_too_much_work_is_not_printed(source: str) -> None:
    assert printed(source)
    assert not printed(source, work=15)
