from __future__ import annotations

import pytest

from magickpen.core.javascript.module import Module
from magickpen.core.javascript.usage import (
    arguments,
    assigned,
    assigned_members,
    constructed_with,
    fields,
    last_property,
    namesakes,
)


def module(source: str) -> Module:
    return Module("https://site.test/a.js", source)


def place(script: Module, token: str) -> int:
    return script.script.places[token][0]


def test_what_a_variable_is_set_to() -> None:
    script = module("var a;a=1;b.a=2;a==3;function f(a){a=4}a=5;c=a")
    values = assigned(script, "a", 1)
    assert [script.script.tokens[index] for index in values] == ["1", "5"]


def test_what_a_member_is_set_to() -> None:
    script = module("a.b=1;c.b=2;a['b']=3;c['b']=4;a.b==5;a[`b`]=6;a.b")
    values = assigned_members(script, "a", "b")
    assert [script.script.tokens[index] for index in values] == ["1", "3", "6"]


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ('class A{#b="c";m(){return this.#b}}', ['"c"']),
        ('class A{static #b="c";static m(){return this.#b}}', ['"c"']),
        ('class A{constructor(){this.#b="c"}}', ['"c"']),
        ('x={"#b":"c",m(){return this}}', ['"c"']),
        ('x={a:"c",m(){return this}}', []),
        ("function f(){this}", []),
    ],
)
def test_the_fields_of_this(source: str, values: list[str]) -> None:
    script = module(source)
    found = fields(script, place(script, "this"), "#b")
    assert [script.script.tokens[index] for index in found] == values


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("function f(P){}f(1);f(2);x.f(3);new f", ["1", "2"]),
        ("function f(P){}(3)", ["3"]),
        ("(function(P){})(1)", ["1"]),
        ("!function(P){}(1)", ["1"]),
        ("(function f(P){})(1)", ["1"]),
        ("((P)=>{})(1)", ["1"]),
        ("var f=function(P){};f(1)", ["1"]),
        ("var f=function g(P){};f(1)", ["1"]),
        ("var f=async function(P){};f(1)", ["1"]),
        ("var f=(P)=>{};f(1)", ["1"]),
        ("var f=async(P)=>{};f(1)", ["1"]),
        ("var f=(P)=>b;f(1)", ["1"]),
        ("a.f=function(P){};a.f(1);f(2)", ["1"]),
        ("x={f:function(P){}};x.f(1);f(2)", ["1"]),
        ("x={f(P){}};x.f(1);f(2)", ["1"]),
        ("class A{f(P){}}new A().f(1)", ["1"]),
        ("class A{constructor(P){}}new A(1);A(2)", ["1"]),
        ("var A=class{constructor(P){}};new A(1)", ["1"]),
        ("var A=class B{constructor(P){}};new A(1)", ["1"]),
        ("class A extends B{constructor(P){}}new A(1)", ["1"]),
        ("new x(2);x;class A{constructor(P){}}new A(1)", ["1"]),
        ("A=class B{constructor(P){}};new A(1);A(2)", ["1"]),
        ("function g(f){f=function(P){};f(1)}f(2)", ["1"]),
        ("f=>{f=function(P){};f(1)};f(2)", ["1"]),
        ("f=>(f=function(P){},f(1))", ["1"]),
        ("[f,(P)=>{}];x.f(1)", []),
        ("class A extends b.c.d.B{constructor(P){}}new A(1)", []),
        ("x={constructor(P){}};x.constructor(1)", []),
        ("constructor(P){}", []),
        ("function f(P){}f()", []),
        ("[(P)=>{}]", []),
    ],
)
def test_what_calls_pass_for_a_parameter(source: str, values: list[str]) -> None:
    script = module(source)
    parameters = place(script, "P") - 1
    found = arguments(script, parameters, 0)
    assert [script.script.tokens[index] for index in found] == values


def test_what_calls_pass_for_an_arrow_functions_only_parameter() -> None:
    script = module("var f=P=>{};f(1)")
    found = arguments(script, place(script, "P"), 0)
    assert [script.script.tokens[index] for index in found] == ["1"]


def test_a_call_of_another_function_of_the_same_name_is_none() -> None:
    script = module("function f(P){}f(1);function g(f){f(2)}")
    found = arguments(script, place(script, "P") - 1, 0)
    assert [script.script.tokens[index] for index in found] == ["1"]


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("function f(P){this.a=P}new X(1);new y.X(2);new X()", ["1", "2"]),
        ("function f(P){}new X(1)", []),
        ("function f(P){}this.a;new X(1)", []),
        ("f(P)", []),
        ("(P)=>this", []),
    ],
)
def test_what_is_constructed_in_a_script(source: str, values: list[str]) -> None:
    script = module(source)
    found = constructed_with(script, place(script, "P") - 1, 0)
    assert [script.script.tokens[index] for index in found] == values


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("USE=a.b", "b"),
        ("USE=a.b.c", "c"),
        ("var c=a.b;USE=c", "b"),
        ("var d=c,c=a.b;USE=d", "b"),
        ("let{b:c}=a;USE=c", "b"),
        ("USE=a.b()", ""),
        ("USE=a[0]", ""),
        ("USE=a.b[0]", ""),
        ("function f(c){c=a.b;USE=c}", ""),
        ("USE=a", ""),
        ("var a;USE=a", ""),
        ("var a=b,b=a;USE=a", ""),
        ('import a from"b";USE=a', ""),
        ("USE='a'", ""),
        ("USE=", ""),
        ("USE=a.", ""),
    ],
)
def test_the_property_that_an_expression_ends_with(source: str, name: str) -> None:
    script = module(source)
    assert last_property(script, place(script, "USE") + 2) == name


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("USE;x={a:'b'};x.a='c';class A{a='d'}", ["'c'", "'d'", "'b'"]),
        ("USE;x={'a':'b'};x=a;x=y?a:'c';a='d';x.a=b", ["'b'"]),
        ("x={1(e){USE;e.a='b'},2(e){e.a='c'}};e.a='d'", ["'b'"]),
        ("x={m(e){USE;e.a='b'}};e.a='c'", ["'b'", "'c'"]),
        ("USE;x.a", []),
    ],
)
def test_properties_of_the_same_name(source: str, values: list[str]) -> None:
    script = module(source)
    found = namesakes(script, "a", place(script, "USE"))
    assert sorted(script.script.tokens[index] for index in found) == sorted(values)


def test_an_object_that_describes_a_method_is_no_object_of_its_own() -> None:
    script = module('x={key:"a",value:function(){return this.key}}')
    assert list(fields(script, place(script, "this"), "key")) == []
