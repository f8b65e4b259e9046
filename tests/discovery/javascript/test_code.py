from __future__ import annotations

import pytest

from magickpen.discovery.javascript.code import code_at, names_in, values_of_variable
from magickpen.discovery.javascript.module import Module


def module(source: str) -> Module:
    return Module("https://site.test/a.js", source)


def words(script: Module, places: range) -> str:
    return " ".join(script.script.tokens[index] for index in places)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("x=a+b,c", "a + b"),
        ("x=f(a,b).c;d", "f ( a , b ) . c"),
        ("x=function(a){b}(c)", "function ( a ) { b }"),
        ("x=async function f(a){b};c", "async function f ( a ) { b }"),
        ("x=a=>b,c", "a => b"),
        ("x=(a,b)=>{c}+d", "( a , b ) => { c }"),
        ("x=function(){a", "function ( ) { a"),
        ("x=", ""),
    ],
)
def test_the_code_of_an_expression(source: str, code: str) -> None:
    script = module(source)
    found = code_at(script, 2)
    assert found.module is script
    assert words(script, found.extent) == code


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("var a=1;USE(a)", ["1"]),
        ("var a;a=1;a=2;USE(a)", ["1", "2"]),
        ("function f(b,a){USE(a)}f(1,2)", ["2"]),
        ("function f(b,a){USE(a)}f(1)", []),
        ("function f(a){USE(a)}", []),
        ("function a(){}USE(a)", ["function"]),
        ('import a from"b";USE(a)', []),
        ("USE(a)", []),
    ],
)
def test_what_a_variable_is_set_to(source: str, values: list[str]) -> None:
    script = module(source)
    use = script.script.places["USE"][0] + 2
    found = values_of_variable(script, "a", use)
    assert [script.script.tokens[index] for index in dict.fromkeys(found)] == values


def test_a_function_that_is_called_from_elsewhere_leads_to_anything() -> None:
    script = module("function f(a){USE(a)}f(1);f(2)")
    assert list(values_of_variable(script, "a", script.script.places["USE"][0])) == []


@pytest.mark.parametrize(
    ("source", "limit", "names"),
    [
        ("x=a+b.c(d)", 9, ["a", "b", "c", "d"]),
        ("x=[1,'a',`b`,0x1f,_c,$,#d]", 20, ["_c", "$", "#d"]),
        ("x=a+b+c", 3, ["a", "b"]),
        ("x=function(a){b", 20, ["function", "a", "b"]),
        ("x=", 9, []),
        ("x=" + "[" * 100_000 + "a", 9, []),
    ],
)
def test_the_names_in_a_piece_of_code(source: str, limit: int, names: list[str]) -> None:
    script = module(source)
    found = names_in(code_at(script, 2), limit)
    assert [script.script.tokens[index] for index in found] == names
