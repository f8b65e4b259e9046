from __future__ import annotations

from collections.abc import Iterable

import pytest

from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import Script, Work, WorkLimitError
from magickpen.discovery.javascript.usage import (
    assigned,
    assigned_members,
    assigned_to_global,
    calls_of,
    class_around,
    constructed_with,
    defined_members,
    described,
    fields,
    handed_over,
    is_appended_to,
    names_of_class,
    namesakes,
    private_values,
    property_path,
    pushed,
)


def module(source: str) -> Module:
    return Module("https://site.test/a.js", source)


def place(script: Module, token: str) -> int:
    return script.script.places[token][0]


def tokens_at(script: Module, places: Iterable[int]) -> list[str]:
    return [script.script.tokens[index] for index in places]


def passed(script: Module, parameters: int) -> list[str]:
    """Return what each call of a function passes first; the parenthesis for nothing."""
    return tokens_at(script, (call + 1 for call in calls_of(script, parameters)))


def test_what_a_variable_is_set_to() -> None:
    script = module("var a;a=1;b.a=2;a==3;function f(a){a=4}a=5;c=a")
    values = assigned(script, "a", 1)
    assert [script.script.tokens[index] for index in values] == ["1", "5"]


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("a.b=1;c.b=2;a['b']=3;c['b']=4;a.b==5;a[`b`]=6;a.b", ["1", "3", "6"]),
        ('d(a,"b",1);d(c,"b",2);d(a,"c",3)', ["1"]),
        ("d(a,'b',{value:1});d(a,'b',{get:2})", ["1", "{"]),
        ("[a,'b',1];d(a,'b');d(a,b,1)", []),
        ("'b'];a.b", []),
        ("b=1", []),
    ],
)
def test_what_a_member_is_set_to(source: str, values: list[str]) -> None:
    script = module(source)
    assert tokens_at(script, assigned_members(script, "a", "b")) == values


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("d(a,{b:1});Object.assign(a,{c:2},{b:3});d(c,{b:4})", ["1"]),
        ("d(a,{b:()=>c});d(a,{'b':1})", ["(", "1"]),
        ("d(a);[a,{b:1}];x={a,b:{b:1}}", []),
    ],
)
def test_what_is_defined_of_an_object(source: str, values: list[str]) -> None:
    script = module(source)
    assert tokens_at(script, defined_members(script, "a", "b")) == values


def test_looking_at_what_is_defined_is_work() -> None:
    script = module("d(a,{b:1});" * 50)
    script.script.work = Work(20)
    with pytest.raises(WorkLimitError):
        list(defined_members(script, "a", "c"))


@pytest.mark.parametrize(
    ("source", "value"), [("{value:1}", "1"), ("{get:1}", "{"), ("a", "a"), ("[1]", "[")]
)
def test_a_value_may_be_described(source: str, value: str) -> None:
    script = module(f"x={source}")
    assert tokens_at(script, [described(script, 2)]) == [value]


def test_nothing_is_described_after_the_end() -> None:
    assert described(module("x="), 2) == 2


def test_what_a_property_of_a_global_object_is_set_to() -> None:
    script = module("window.a=1;self.a=2;b.a=3;window['a']=4")
    assert tokens_at(script, assigned_to_global(script, ("window", "self"), "a")) == ["1", "4", "2"]


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("var a=[];a.push(1,2);a.unshift(3);b.push(4)", ["1", "2", "3"]),
        ("var a=[];a.push();a.pop();a.push;push(1)", []),
        ("var a=[];function f(a){a.push(1)}a.push(2)", ["2"]),
        ("var a=[];b.a.push(1)", []),
        ("a.push(1)", ["1"]),
        ("push(1)", []),
    ],
)
def test_what_is_added_to_a_list(source: str, values: list[str]) -> None:
    script = module(f"{source};a")
    assert tokens_at(script, pushed(script, "a", len(script.script.tokens) - 1)) == values


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("var a=1;a+=2", True),
        ("a+=2", True),
        ("var a=1;b+=a", False),
        ("var a=1;x.a+=2", False),
        ("var a=1;function f(a){a+=2}", False),
        ("var a=1;function f(){a+=2}", True),
        ("var a=1", False),
    ],
)
def test_whether_something_is_added_to_a_variable(source: str, expected: bool) -> None:
    script = module(f"{source};a")
    assert is_appended_to(script, "a", len(script.script.tokens) - 1) is expected


@pytest.mark.parametrize(
    ("source", "brace"),
    [
        ("class A{m(){HERE}}", 2),
        ("class A{a={b(){HERE}}}", 2),
        ("x={m(){HERE}}", -1),
        ("class A{}HERE", -1),
    ],
)
def test_the_class_around_a_token(source: str, brace: int) -> None:
    script = Script(source)
    assert class_around(script, script.places["HERE"][0]) == brace


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ('class A{#b="c";m(){return this.#b}}', ['"c"']),
        ('class A{static #b="c";static m(){return this.#b}}', ['"c"']),
        ('class A{constructor(){this.#b="c"}}', ['"c"']),
        ('x={"#b":"c",m(){return this}}', ['"c"']),
        ('x={"#b":"c",key:"d",m(){return this}}', ['"c"']),
        ('class A{m(){return this.#b}}A.#b="c"', ['"c"']),
        ('x=class{m(){return this.#b}};x.#b="c";this.#b="d"', ['"d"', '"c"']),
        ("y.x{this}class", []),
        ("y.x{this}", []),
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
        ("function f(P){}(3)", []),
        ("(function(P){})(1)", ["1"]),
        ("!function(P){}(1)", ["1"]),
        ("(function f(P){})(1)", ["1"]),
        ("((P)=>{})(1)", ["1"]),
        ("((P)=>a)(1)", ["1"]),
        ("(async(P)=>{})(1)", ["1"]),
        ("(async function(P){})(1)", ["1"]),
        ("(P)=>a(1)", []),
        ("f(a,(P)=>{})(1)", []),
        ("async function f(P){}(2);f(1)", ["1"]),
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
        ("new class{constructor(P){}}(1)", ["1"]),
        ("class A{constructor(P){}}class B extends A{}new B(1)", ["1"]),
        ("class A{constructor(P){}}class B extends A{constructor(){super(1)}}new B(2)", ["1"]),
        ("class A{constructor(P){}}class B extends A{constructor(){super.m(1)}}", []),
        ("class A{constructor(P){}}class B extends A.C{}new B(1)", []),
        ("export default class A{constructor(P){}}new A(1)", ["1"]),
        ("x.y{constructor(P){}}new y(1)", []),
        ("new x(2);x;class A{constructor(P){}}new A(1)", ["1"]),
        ("A=class B{constructor(P){}};new A(1);A(2)", ["1"]),
        ("function g(f){f=function(P){};f(1)}f(2)", ["1"]),
        ("f=>{f=function(P){};f(1)};f(2)", ["1"]),
        ("f=>(f=function(P){},f(1))", ["1"]),
        ("[f,(P)=>{}];x.f(1)", []),
        ("class A extends b.c.d.B{constructor(P){}}new A(1)", ["1"]),
        ("x={constructor(P){}};x.constructor(1)", []),
        ("constructor(P){}", []),
        ("function f(P){}f()", [")"]),
        ("f(P);f(1)", []),
        ("[(P)=>{}]", []),
    ],
)
def test_what_the_calls_of_a_function_pass(source: str, values: list[str]) -> None:
    script = module(source)
    assert passed(script, place(script, "P") - 1) == values


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("var f=P=>{};f(1)", ["1"]),
        ("var f=async P=>{};f(1)", ["1"]),
        ("(P=>{})(1)", ["1"]),
        ("(P=>a)(1)", ["1"]),
        ("P=>{}", []),
        ("P=>a(1)", []),
    ],
)
def test_what_the_calls_of_an_arrow_function_pass(source: str, values: list[str]) -> None:
    script = module(source)
    assert passed(script, place(script, "P")) == values


def test_a_call_of_another_function_of_the_same_name_is_none() -> None:
    script = module("function f(P){}f(1);function g(f){f(2)}")
    assert passed(script, place(script, "P") - 1) == ["1"]


def test_classes_that_extend_each_other_are_followed_to_some_depth() -> None:
    chain = "".join(f"class A{n} extends A{n - 1}{{}}new A{n}({n});" for n in range(1, 10))
    script = module(f"class A0{{constructor(P){{}}}}{chain}")
    assert passed(script, place(script, "P") - 1) == ["1", "2", "3", "4", "5"]


def test_classes_that_extend_themselves_are_no_more_work_than_is_reasonable() -> None:
    script = module("class A{constructor(P){}}" + "class A extends A{}" * 200)
    script.script.work = Work(100_000)
    with pytest.raises(WorkLimitError):
        passed(script, place(script, "P") - 1)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("class A{HERE}", [("A", 1)]),
        (";class A{HERE}", [("A", 2)]),
        ("x=class A{HERE}", [("A", 5), ("x", 0)]),
        ("x=class{HERE}", [("x", 0)]),
        ("x=class extends A{HERE}", [("x", 0)]),
        ("(class A{HERE})", [("A", 4)]),
        ("[0]=class{HERE}", []),
        ("f(class{HERE})", []),
        ("y.x{HERE}", []),
        ("y.x{HERE}class", []),
    ],
)
def test_the_names_of_a_class(source: str, names: list[tuple[str, int]]) -> None:
    script = module(source)
    assert list(names_of_class(script, place(script, "HERE") - 1)) == names


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("USE(this,a);f(this,a,1);f(this,b,2);f(this,a)", ["1"]),
        ("USE(a,this);f(this,a,1);f(this,a,2,g)", ["1", "2"]),
        ("USE(a,b);f(this,a,1)", []),
        ("USE(this,a,b);f(this,a,1)", []),
        ("USE(this,a.b);f(this,a,1)", []),
        ("USE(this);f(this,a,1)", []),
        ("f(this,a,1);USE(this,a", []),
        ("f(this,a,1);USE(,", []),
        ("f(this,a,1);USE(", []),
    ],
)
def test_what_a_private_field_is_set_to(source: str, values: list[str]) -> None:
    script = module(source)
    assert tokens_at(script, private_values(script, place(script, "USE") + 1)) == values


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
    ("source", "path"),
    [
        ("USE=a.b", "b"),
        ("USE=a.b.c", "b.c"),
        ("USE=a.b.c.d", "c.d"),
        ("USE=a?.b?.c", "b.c"),
        ("USE=a().b", "b"),
        ("USE=a[0].b.c", "b.c"),
        ("USE=this.b", "b"),
        ("var c=a.b;USE=c", "b"),
        ("var c=a.b;USE=c.d", "b.d"),
        ("var d=c,c=a.b;USE=d", "b"),
        ("let{b:c}=a;USE=c", "b"),
        ("let{b:c}=a.d;USE=c", "d.b"),
        ("let{b:{d:c}}=a;USE=c", "b.d"),
        ("var c;c=a.b;USE=c", "b"),
        ("USE=a.b()", ""),
        ("USE=a[0]", ""),
        ("USE=a.b[0]", ""),
        ("USE='a'+a.b", ""),
        ("USE=a.b+a.c", ""),
        ("USE=a.0x", "0x"),
        ("function f(c){c=a.b;USE=c}", ""),
        ("function f({c}){USE=c}", "c"),
        ("USE=a", ""),
        ("var a;USE=a", ""),
        ("var a=b,b=a;USE=a", ""),
        ('import a from"b";USE=a', ""),
        ("USE='a'", ""),
        ("USE='a';b", ""),
        ("USE=", ""),
        ("USE=a.", ""),
        ("USE=;var a", ""),
    ],
)
def test_the_properties_that_an_expression_ends_with(source: str, path: str) -> None:
    script = module(source)
    assert ".".join(property_path(script, place(script, "USE") + 2)) == path


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("x={a:{b:1}};a={b:2};x.a={b:3};x={'a':{b:4}};c={b:5}", ["1", "2", "3", "4"]),
        ("x={a:{c:1}};x={a:b};f(a,{b:1})", []),
        ("a={", []),
        ("a", []),
    ],
)
@pytest.mark.parametrize("owner", ["a", "$a"])
def test_what_is_handed_over_by_the_name_of_an_object(
    source: str, values: list[str], owner: str
) -> None:
    script = module(source)
    assert tokens_at(script, handed_over(script, owner, "b")) == values


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("USE;x={a:'b'};x.a='c';class A{a='d'}", ["'c'", "'d'", "'b'"]),
        ("USE;x={'a':'b'};x=a;x=y?a:'c';a='d';x.a=b;x.a=[c]", ["'b'", "b"]),
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


@pytest.mark.parametrize("bracket", ["(", "[", "x={a:", "a=>{", "class A{b=", "`${"])
def test_fields_in_deep_nesting_are_no_more_work_than_is_reasonable(bracket: str) -> None:
    script = module(bracket * 500 + "this.c,a;" * 500)
    script.script.work = Work(100_000)
    with pytest.raises(WorkLimitError):
        [list(fields(script, index, "c")) for index in script.script.places["this"]]


@pytest.mark.parametrize("bracket", ["(", "[", "x={a:", "a=>{", "class A{b=", "`${"])
def test_namesakes_in_deep_nesting_are_no_more_work_than_is_reasonable(bracket: str) -> None:
    script = module(bracket * 500 + "HERE;" * 500)
    script.script.work = Work(100_000)
    with pytest.raises(WorkLimitError):
        [namesakes(script, "c", index) for index in script.script.places["HERE"]]
