from __future__ import annotations

import pytest

from magickpen.discovery.javascript.module import Module

URL = "https://site.test/a.js"


def module(source: str) -> Module:
    return Module(URL, source)


@pytest.mark.parametrize(
    ("source", "name", "value"),
    [
        ("export{a as b}", "b", "a"),
        ("export{a}", "a", "a"),
        ("b.export{c};export{a}", "a", "a"),
        ('export{a as"b-c"}', "b-c", "a"),
        ("export{a as default}", "default", "a"),
        ('export default"b"', "default", '"b"'),
        ('export const a="b"', "a", "a"),
        ("export let a=1", "a", "a"),
        ("export var a=1", "a", "a"),
        ("export function a(){}", "a", "function"),
        ("export class a{}", "a", "class"),
    ],
)
def test_what_a_module_exports(source: str, name: str, value: str) -> None:
    script = module(source)
    assert list(script.exports) == [name]
    assert script.script.tokens[script.exports[name].value] == value
    assert script.exports[name].imported_from == ""


@pytest.mark.parametrize(
    ("source", "name", "imported"),
    [
        ('export{a}from"./b.js"', "a", "a"),
        ('export{c as a}from"./b.js"', "a", "c"),
        ('export{default as a}from"./b.js"', "a", "default"),
        ('export*as a from"./b.js"', "a", "*"),
    ],
)
def test_what_a_module_hands_on(source: str, name: str, imported: str) -> None:
    export = module(source).exports[name]
    assert (export.imported, export.imported_from) == (imported, "./b.js")


def test_a_module_may_export_all_of_others() -> None:
    script = module('export*from"./b.js";export*from"./c.js"')
    assert script.exports_all_of == ["./b.js", "./c.js"]
    assert script.exports == {}


@pytest.mark.parametrize(
    "source",
    ["export", "a.export{b}", "export=a", "export const", "export async", "a", "export*as"],
)
def test_what_exports_nothing(source: str) -> None:
    assert module(source).exports == {}


def test_an_export_from_nowhere_has_no_source() -> None:
    assert module("export*from b").exports_all_of == [""]


def test_an_object_is_read_once() -> None:
    script = module("x={a:1}")
    assert script.properties(2) is script.properties(2)
    assert list(script.properties(2).named) == ["a"]


def test_modules_inside_a_module() -> None:
    assert list(module("x={1(e,t,n){}}").functions) == ["1"]


def test_the_names_that_it_declares() -> None:
    assert module("var a=1").scopes.resolve("a", 0) is not None
