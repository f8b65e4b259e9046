"""Variables of scopes that are not run from their beginning."""

from __future__ import annotations

import pytest

from magickpen.discovery.javascript import statics
from tests.support.javascript import FUNCTION, UNKNOWN, same, used, value_of

B = "https://site.test/b.js"


@pytest.fixture(autouse=True)
def _long_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take all scripts for too long to be run."""
    monkeypatch.setattr(statics, "SMALL", -1)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("var R=a,a='x'", "x"),
        ("var R=f();function f(){return'x'}", "x"),
        ("var R=new A().a;class A{a='x'}", "x"),
        ("var{R}={R:'x'}", "x"),
        ("var{b:[,R]}={b:[1,'x']}", "x"),
        ("var{R='x'}={}", "x"),
        ("var{a,...R}={a:1,b:2}", {"b": 2}),
        ("var R", None),
        ("var R=R", None),
        ("var R=a,a=R", None),
        ("var a=1,R=a;a=2", (1, 2)),
        ("var R;R='x'", "x"),
        ("var R;if(b)R='x'", "x"),
        ("var R=1;function f(){R=2}", (1, 2)),
        ("var R=1;function f(){R=()=>2}", (1, FUNCTION)),
        ("var R=1;function f(R){R=2}", 1),
        ("var R=1;f=R=>R=2", 1),
        ("var R=1;{let R;R=2}", 1),
        ("var R=1;function f(){var R;{R=2}}", 1),
        ("var R=1;x.R=2", 1),
        ("var R=1;R===2;R+1", 1),
        ("var R=f;function f(){f=g;return 1}function g(){}", FUNCTION),
        ("var R={};R.a=1;R.b={};R.b.c=2", {"a": 1, "b": {"c": 2}}),
        ("var R={};R['a']=1;R?.b;R.b", {"a": 1}),
        ("var R={};R.a.b=1", {}),
        ("var R={};function f(){R.a=1}", {"a": 1}),
        ("var R=[];R.push(1,2);R.unshift(0)", [0, 1, 2]),
        ("var R=[];function f(){R.push(1)}", []),
        ("var R=[];R.pop()", []),
        ("var R=new Map;R.set('a',1)", {"a": 1}),
        (
            "var R={};Object.assign(R,{a:1});Object.defineProperty(R,'b',{value:2})",
            {"a": 1, "b": 2},
        ),
        ("var R={};x.d(R,{a:()=>1})", {}),
        ("var R={};f(R,{a:1})", {}),
        ("var R={};function f(){Object.assign(R,{a:1})}", {"a": 1}),
        ("var R=Object.assign({},a),a={b:1}", {"b": 1}),
        ("var R=[];" + "R.push(1);" * 50, [1] * 30),
        ("var R=[];a(R", []),
        ("var R={};R.a[", {}),
        ("var R={};R" + ".a" * 30 + "=1", {}),
        ("var R=a();var a=()=>b;var b='x'", "x"),
        ("R=1;var R", 1),
        ("import*as R from'./none.js';R.a=1", UNKNOWN),
        ("var R=function(){return this}()", None),
        ("var R=this", UNKNOWN),
        ("let R=[x=>{a}],a=1", [FUNCTION]),
        ("async function R(){}", FUNCTION),
        ("export default class R{}", FUNCTION),
    ],
)
def test_variables_of_a_script(source: str, value: object) -> None:
    assert same(value_of(source), value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("var a='x';function f(){var b=a;USE=b}", "x"),
        ("function f(a){USE=a}", UNKNOWN),
        ("function f(a){USE=a}f('x')", UNKNOWN),
        ("!function(a){USE=a}('x')", "x"),
        ("(function(a){USE=a})('x')", "x"),
        ("((b,a)=>{USE=a})(1,'x')", "x"),
        ("(a=>{USE=a})()", None),
        ("(({a,b:[c]})=>{USE=[a,c]})({a:1,b:[2]})", [1, 2]),
        ("((a='x')=>{USE=a})()", "x"),
        ("function f(){if(b){var a='x'}USE=a}", "x"),
        ("function f(){let a='x';{let a='y';USE=a}}", "y"),
        ("if(b){let a='x';USE=a}", "x"),
        ("function f(){var a={};{a.b=1}function g(){a.c=2}USE=a}", {"b": 1, "c": 2}),
        ("function f(){let a=[];if(b){a.push(1)}USE=a}", [1]),
        ("{let a=[];a.push(1);USE=a}", [1]),
        ("function f(){function a(){return'x'}USE=a()}", "x"),
        ("function f(){class A{a='x'}USE=new A().a}", "x"),
        ("function f(a){a='x';USE=a}", (UNKNOWN, "x")),
        ("function f(){USE=arguments}", UNKNOWN),
        ("var a='x';b=a=>{};USE=a", "x"),
        ("class A{a='x';b(){USE=A}}", FUNCTION),
        ("((...a)=>{USE=a})(1,'x')", UNKNOWN),
    ],
)
def test_variables_of_functions_that_are_not_run(source: str, value: object) -> None:
    assert same(used(source), value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("window.a='x';USE=a", "x"),
        ("window.a='x';USE=window.a", "x"),
        ("USE=self.a;globalThis.a={b:1}", {"b": 1}),
        ("USE=a;function f(){var b='x';window.a=b}", "x"),
        ("x.a='y';USE=a", UNKNOWN),
        ("a='y';USE=a", UNKNOWN),
        ("window.a;window.a==1;USE=a", UNKNOWN),
        ("window.a={};window.a.b='x';USE=a.b", "x"),
        ("Object.defineProperty(window,'a',{get:()=>'x'});USE=a", UNKNOWN),
        ("USE=a;", "y"),
    ],
)
def test_properties_of_the_window(source: str, value: object) -> None:
    assert same(used(source, {B: "window.a='y'"} if source == "USE=a;" else None), value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("USE=f().config;x={config:'a'}", "a"),
        ("USE=f().config;x={'config':\"a\"}", "a"),
        ('USE=f().config;x={"config":`a`}', "a"),
        ("USE=f().config.b;x={config:'a'}", None),
        ("USE=f().config;x={config:'a'};x={config:'b'}", UNKNOWN),
        ("USE=f().config;x={config:'a',b:1};x={config:'a',c:1}", "a"),
        ("USE=f().config;x={config:a}", UNKNOWN),
        ("function f(){}USE=f(1).config;x={config:'a'}", None),
        ("USE=f().config;x=[{config:'a'},{b:{config:'a'}}]", "a"),
        ("USE=f().config;x={config:a,config:'b'}", "b"),
        ("USE=f().ab;x={ab:'a'}", UNKNOWN),
        ("USE=f().split;x={split:'a'}", UNKNOWN),
        ("USE=f().config;x.config='a';config:'b'", UNKNOWN),
        ("USE=f().config;class A{config='a'}", UNKNOWN),
        ("USE=f().config;x={config:'a'", UNKNOWN),
        ("USE=f().config;x={config:'a' b}", UNKNOWN),
        ("USE=[f().config,f().config];x={config:'a'}", ["a", "a"]),
        ("USE=f([1,f(),f()].sort()).config;x={config:'a'}", UNKNOWN),
    ],
)
def test_an_unknown_object_may_be_the_only_one_with_a_property(source: str, value: object) -> None:
    assert same(used(source, guessing=True), value)


def test_nothing_is_guessed_unless_that_is_wanted() -> None:
    assert used("USE=f().config;x={config:'a'}") == UNKNOWN
