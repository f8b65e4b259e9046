"""Calls, steps, and values that nobody knows."""

from __future__ import annotations

import pytest

from magickpen.discovery.javascript.interpreter import STEPS_PER_CHECK, Interpreter
from magickpen.discovery.javascript.operations import is_made, known_text, salts_of
from magickpen.discovery.javascript.tokens import WorkLimitError
from magickpen.discovery.javascript.values import OutOfStepsError, Value
from tests.support.javascript import (
    FUNCTION,
    UNKNOWN,
    URL,
    Site,
    expression,
    plain,
    result,
    same,
    value_of,
)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("return f();function f(){return this}", None),
        ("var o={a:1,f(){return this.a}};return o.f()", 1),
        ("var o={f(){return arguments.length}};return o.f(1,2)", 2),
        ("var o={a:1,f(){return[1].map(()=>this.a)}};return o.f()", [1]),
        ("var f=function(){return this.a}.bind({a:1});return f()", 1),
        ("var a=1,f=()=>a;a=2;return f()", 2),
        ("var f=()=>{a=2},a=1;f();return a", 2),
        ("var f=a=>{a=2};var a=1;f(a);return a", 1),
        ("var o={};(p=>{p.a=1})(o);return o", {"a": 1}),
        ("function f(a){return a<1?'':f(a-1)+a}return f(3)", "123"),
        ("function f(a){return f(a)}return f(1)", UNKNOWN),
        ("var o={get a(){return this.a}};return o.a", UNKNOWN),
        ("var o={a:1};o.b=o;return o.b.b.a", 1),
        ("var a=[];a.push(a);return a[0].length", 1),
        ("var o={};o.f=function(){return this.g()};o.g=()=>1;return o.f()", 1),
        ("return(unknown?()=>1:unknown)()", (1, UNKNOWN)),
        ("var f=unknown?a=>a:a=>a+1;return f(1)", (1, 2)),
        ("function f(){f=()=>2;return 1}return[f(),f()]", [1, 2]),
        ("var a={f:unknown};return a.f(1)", UNKNOWN),
        ("return unknown?.a.b(1)[2]", UNKNOWN),
        ("var{b}=unknown(1);return b", UNKNOWN),
    ],
)
def test_calls(body: str, value: object) -> None:
    assert same(result(body), value)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("var a={b:1},c=Object.create(a);a.b=2;return c.b", 2),
        ("var a={b:1},c=Object.create(a);c.b=2;return a.b", 1),
        ("function A(){}A.prototype.b=1;return new A().b", 1),
        ("function A(){}A.prototype.b=function(){return this.c};var a=new A;a.c=1;return a.b()", 1),
        ("function A(){}return new A().constructor===A", True),
        ("function A(a){this.a=a}function B(){A.call(this,1)}return new B", {"a": 1}),
        ("function A(){}A.prototype=null;return new A", {}),
        ("var a={},b={};Object.setPrototypeOf(a,b);Object.setPrototypeOf(b,a);return a.c", None),
        ("var a={b:1};for(var i=0;i<30;i++)a=Object.create(a);return a.b", None),
        ("function A(){}f(A,[{key:'a',value:function(){return 1}}]);return new A().a()", 1),
        ("function A(){}f(A,null,[{key:'a',value:function(){return 1}}]);return A.a()", 1),
        ("function A(){}f(A,[{key:1,value:2},3,{}]);return new A().a", None),
        ("function A(){}f(A,unknown);return new A().a", None),
        ("var a={};f(a,'b',1);return a", {"b": 1}),
        ("var a={};return f(a,'b',1)===a", True),
        ("class A extends A{}return new A", {}),
        ("class A{}Object.setPrototypeOf(A,A);return typeof A", "function"),
        ("var a={get b(){return this.c}},c=Object.create(a);c.c=1;return c.b", 1),
    ],
)
def test_prototypes_and_helpers_of_compilers(body: str, value: object) -> None:
    assert same(result(body), value)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("var a;unknown(()=>{a=1});return a", 1),
        ("var a=0;unknown(()=>{a=1});return a", (0, 1)),
        ("var a=0;new unknown(()=>{a=1});return a", (0, 1)),
        ("var a=0;unknown.then(function(){a=1});return a", (0, 1)),
        ("var a=0,f=()=>{a++};unknown(f);unknown(f);return a", (0, 1)),
        ("var r;unknown({b:1}).then(x=>{r=x.b});return r", 1),
        ("var r;unknown({b:1}).then(function(){r=this.c},{c:2});return r", 2),
        ("var a;unknown(class{constructor(){a=1}});return a", 1),
        ("var a;unknown(atob);return a", None),
    ],
)
def test_a_function_that_is_passed_on_is_run(body: str, value: object) -> None:
    assert same(result(body), value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("unknown({a:1}).a", 1),
        ("unknown({a:1},{a:2}).a", 2),
        ("unknown(1).b.c", UNKNOWN),
        ("unknown('x').value", ("x", UNKNOWN)),
        ("unknown('x').default", ("x", UNKNOWN)),
        ("unknown('x','y').value", UNKNOWN),
        ("unknown({map:1}).map", UNKNOWN),
        ("unknown(unknown({a:1})).a", 1),
        ("(unknown.a=1,unknown.a)", 1),
        ("unknown.a===unknown.a", UNKNOWN),
    ],
)
def test_a_call_that_is_not_known_may_hand_on_what_it_is_given(source: str, value: object) -> None:
    assert same(expression(source), value)


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("unknown", False),
        ("unknown.a", False),
        ("unknown('a')", False),
        ("unknown(['a',1])", False),
        ("unknown()", True),
        ("unknown({})", True),
        ("unknown(unknown)", True),
        ("Date.now()", True),
        ("'a'+Math.random()", True),
        ("unknown(Date.now()).a", True),
        ("'a'+unknown", False),
        ("1", False),
    ],
)
def test_what_each_request_may_have_another_one_of(source: str, made: bool) -> None:
    assert is_made(Site(f"var R={source}").variable()) is made


LIST = "[Date.now(),'salt',unknown()]"


@pytest.mark.parametrize(
    "source",
    [
        f"{LIST}.sort().join('')",
        f"hash({LIST}.sort().join(''))",
        f"hash({LIST}.toSorted().join('')).toString()",
        f"(a=>{{return a}})({LIST}.sort().join(''))",
        f"(a=>{{for(;;){{}}}})({LIST}.sort())||hash({LIST}.sort()).toString()",
        f"(a=>({{b:a}}))({LIST}.sort()[0])",
        f"{LIST}.sort().reduce((a,b)=>a+b)",
        f"hash(...{LIST}.sort())",
    ],
)
def test_the_constant_of_a_sorted_list_goes_where_its_hash_does(source: str) -> None:
    site = Site(f"var R={source}")
    assert {salt.value for salt in salts_of(site.variable())} == {"salt"}
    assert {salt.value for salt in site.interpreter.salts} == {"salt"}


@pytest.mark.parametrize(
    ("items", "salts"),
    [
        ("['a',unknown]", set()),
        ("['salt','other',unknown]", {None}),
        ("['abc',unknown,unknown]", {None}),
        ("['two words',unknown,unknown]", {None}),
        ("[unknown,unknown,unknown]", {None}),
        ("['b','a','c']", set()),
        ("[unknown?'salt':'',unknown,unknown]", {"salt"}),
        ("['salt',...Array(8).fill(unknown)]", set()),
    ],
)
def test_which_sorted_lists_have_a_constant(items: str, salts: set[str | None]) -> None:
    site = Site(f"var R={items}.sort()")
    site.variable()
    assert {salt.value for salt in site.interpreter.salts} == salts


def test_what_a_function_makes_of_a_salt_is_not_looked_at() -> None:
    body = f"var o={{}};var f=a=>{{o.b=1;return 'c'}};return[f({LIST}.sort()),o.b]"
    assert result(body) == [UNKNOWN, 1]
    assert result(f"return(a=>{{}})({LIST}.sort())") is None


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("fetch({headers:{'X-API-Secret':'a'}})", ["a"]),
        ("var h={};h['x-api-secret']='a'", ["a"]),
        ("var h=new Headers;h.set('X-API-SECRET','a')", ["a"]),
        ("var h=new Headers({'X-API-Secret':'a'})", ["a", "a"]),
        ("fetch({headers:[['X-API-Secret','a']]})", ["a"]),
        ("unknown.setRequestHeader('x-api-secret','a')", ["a"]),
        ("unknown.headers.common['x-api-secret']='a'", ["a"]),
        ("unknown.set('x-api-secret','a')", ["a"]),
        ("({set(){}}).set('x-api-secret','a')", []),
        ("unknown.set('x-api-secret')", []),
        ("fetch({headers:{accept:'a'}})", []),
    ],
)
def test_the_objects_that_carry_a_header(body: str, texts: list[str]) -> None:
    site = Site(f"var R=(()=>{{{body}}})()")
    site.variable()
    found = [
        known_text(site.interpreter.plain(value, carrier))
        for carrier in site.interpreter.objects.carriers
        for name, value in carrier.properties.items()
        if isinstance(name, str) and name.lower() == "x-api-secret"
    ]
    assert found == texts
    assert {module.url for module in site.interpreter.objects.carriers.values()} == (
        {URL} if texts else set()
    )


def test_headers_that_are_set_on_the_result_of_a_call_may_be_chained() -> None:
    assert result("return unknown.header('a',1).header('b',2).a") == 1


def test_an_object_that_is_made_a_text_is_printed_with_those_in_it() -> None:
    site = Site("var o={a:'x',get g(){return 1},b:[{c:'y'}]};o.o=o;var R=JSON.stringify(o)")
    site.variable()
    assert [plain(one) for one in site.interpreter.objects.printed if "c" in one.properties] == [
        {"c": "y"}
    ]
    site.interpreter.print("a")
    assert len(site.interpreter.objects.printed) == 3


def test_printing_comes_to_an_end() -> None:
    site = Site("var R=JSON.stringify(Array(900).fill(0).map(()=>({a:1})))")
    site.variable()
    assert len(site.interpreter.objects.printed) < 300


def test_a_function_may_take_half_of_the_steps_that_are_left() -> None:
    endless = "function f(){for(;1;)for(;1;)for(;1;)for(;1;);}"
    assert value_of(f"{endless}var R=[f(),f(),'a']") == [UNKNOWN, UNKNOWN, "a"]


@pytest.mark.parametrize("steps", [0, 1, 2, 5, 50, 500])
def test_what_takes_more_steps_than_it_may_is_unknown(steps: int) -> None:
    source = "var R=(()=>{for(var i=0;i<200;i++)i;return 'a'})()"
    assert plain(Site(source).variable(steps=steps)) == UNKNOWN
    assert plain(Site(source).variable()) == "a"


def test_nothing_is_run_after_the_deadline() -> None:
    answers = iter([False, True])
    interpreter = Interpreter({}, expired=lambda: next(answers, True))
    interpreter.left = STEPS_PER_CHECK * 3 + 1
    interpreter.spend(STEPS_PER_CHECK)
    interpreter.spend()
    for _ in range(2):
        with pytest.raises(OutOfStepsError):
            interpreter.spend(STEPS_PER_CHECK)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("HERE:'a'", "a"),
        ("var b='a';f({HERE:b})", "a"),
        ("function f(b){x={HERE:b}}", UNKNOWN),
        ("x={HERE:(()=>{for(;1;)for(;1;)for(;1;);})()}", UNKNOWN),
        ("HERE:)", UNKNOWN),
        (f"x={{HERE:{'f(' * 60}'a'{')' * 60}}}", UNKNOWN),
    ],
)
def test_the_value_of_an_expression_anywhere(source: str, value: object) -> None:
    assert plain(Site(source).value_after("HERE", ":")) == value


@pytest.mark.parametrize("error", [OutOfStepsError, WorkLimitError, RecursionError])
def test_an_attempt_that_fails_is_unknown(error: type[Exception]) -> None:
    site = Site("")

    def fail() -> Value:
        raise error

    assert plain(site.interpreter.attempt(fail, 9, site.module)) == UNKNOWN


@pytest.mark.parametrize(
    ("body", "kind"),
    [("return function(){}", FUNCTION), ("return class{}", FUNCTION), ("return atob", FUNCTION)],
)
def test_functions(body: str, kind: str) -> None:
    assert result(body) == kind


def test_functions_are_known_by_where_they_are_made_and_run() -> None:
    site = Site("var f=()=>1,g=()=>2,R=[f(),g]")
    site.variable()
    assert len(site.interpreter.functions) == 2
    assert len(site.interpreter.called) == 1
    assert site.interpreter.called < site.interpreter.functions.keys()


def test_modules_that_were_not_read_are_missing() -> None:
    site = Site('import{a}from"./b.js";export*from"./c.js";var R=[a,import("./d.js")]')
    assert plain(site.variable()) == [UNKNOWN, UNKNOWN]
    assert list(site.interpreter.linker.missing) == [
        "https://site.test/b.js",
        "https://site.test/d.js",
    ]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("var f=g=>g(g),R=f(f)", UNKNOWN),
        ("var f=g=>g(g)+g(g),R=f(f)", UNKNOWN),
        ("function f(a){return[a,a].map(f)}var R=f([1]).length", 2),
        ("class A{constructor(){this.a=new A}}var R=typeof new A", "object"),
        ("var o={toString(){return String(this)}},R=String(o)", UNKNOWN),
        ("var p=new Promise(r=>r(p)),R=p", None),
        ("var f=()=>{{{{{{{{f()}}}}}}}},R=f()", None),
    ],
)
def test_what_calls_itself_comes_to_an_end(source: str, value: object) -> None:
    assert same(value_of(source), value)


def test_calls_nest_to_some_depth() -> None:
    interpreter = Interpreter({})

    def call() -> Value:
        return interpreter.limited(call, "too deep")

    assert call() == "too deep"
