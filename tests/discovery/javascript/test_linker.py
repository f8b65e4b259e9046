"""What modules export to each other."""

from __future__ import annotations

import pytest

from magickpen.discovery.javascript import linker
from tests.support.javascript import FUNCTION, UNKNOWN, Site, same, used, value_of

B = "https://site.test/b.js"


IMPORTED = (
    "export*as all from'./c.js';var x='ab',y={a:x};export{x as a,y as default};"
    "export const d=1;export function f(){return x}"
)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("import{a as R}from'./b.js'", "ab"),
        ("import R from'./b.js'", {"a": "ab"}),
        ("import*as b from'./b.js';var R=b.a", "ab"),
        ("import*as b from'./b.js';var R=b.default.a", "ab"),
        ("import*as b from'./b.js';var R=b.none", UNKNOWN),
        ("import*as b from'./b.js';var{a:R}=b", "ab"),
        ("import{f}from'./b.js';var R=f()", "ab"),
        ("import{d as R}from'./b.js'", 1),
        ("import{all}from'./b.js';var R=all.c", "c"),
        ("import{none as R}from'./b.js'", UNKNOWN),
        ("var R=import('./b.js').a", "ab"),
        ("var R;import('./b.js').then(b=>{R=b.a})", "ab"),
        ("import{q as R}from'./a.js';export{a as q}from'./b.js'", "ab"),
        ("import{c as R}from'./a.js';export*from'./none.js';export*from'./c.js'", (UNKNOWN, "c")),
        ("import{c as R}from'./a.js';export*from'./c.js'", "c"),
        ("import R from'./a.js';export default'x'", "x"),
        ("import R from'./a.js';export default(()=>1)()", 1),
        ("import R from'./c.js'", FUNCTION),
        ("import{R}from'./none.js'", UNKNOWN),
        ("import*as a from'./a.js';export*from'./b.js';var R=a.a", "ab"),
        ("import*as R from'./none.js'", UNKNOWN),
    ],
)
def test_modules(source: str, value: object) -> None:
    others = {B: IMPORTED, "https://site.test/c.js": "export let c='c';export default function(){}"}
    assert same(value_of(source, others), value)


@pytest.mark.parametrize(
    "source",
    [
        "import{R}from'./a.js';export{R}",
        "export{R}from'./a.js';import{R}from'./a.js'",
        "export*from'./a.js';import{R}from'./a.js'",
        "import*as a from'./a.js';var R=a.R;export{R}",
    ],
)
def test_a_module_that_imports_from_itself_comes_to_an_end(source: str) -> None:
    assert used(f"{source};USE=R") in (UNKNOWN, None)


def test_modules_that_export_all_of_each_other_are_looked_at_once() -> None:
    others = {
        f"https://site.test/{number}.js": f"export*from'./{number + 1}.js';" * 2
        for number in range(30)
    }
    found = value_of("import{R}from'./0.js'", others)
    assert found in (UNKNOWN, (UNKNOWN, UNKNOWN))


REGISTERED = (
    "System.register({},function(e,c){{var T,o;return{{setters:[{}],execute:function(){{{}}}}}}})"
)


@pytest.mark.parametrize(
    ("setters", "body", "value"),
    [
        ("", "e('a','x')", "x"),
        ("", "e({a:'x',b:1})", "x"),
        ("", "var t=e('a','x');e('b',t)", "x"),
        ("e=>{T=e.a,o=e.d}", "e('a',T+o.k)", "ab"),
        ("", "", UNKNOWN),
        ("", "e()", UNKNOWN),
    ],
)
def test_modules_that_are_registered(setters: str, body: str, value: object) -> None:
    source = REGISTERED.format("['./b.js']", setters, body)
    other = "System.register([],function(x){return{execute(){x('a','a'),x({d:{k:'b'}})}}})"
    others = {"https://site.test/r.js": source, B: other}
    assert same(value_of("import{a as R}from'./r.js'", others), value)
    assert same(value_of("import*as r from'./r.js';var R=r.a", others), value)
    both = "import{a}from'./r.js';import*as r from'./r.js';var R=[a,r.a]"
    assert same(value_of(both, others), [value, value])


@pytest.mark.parametrize(
    "source",
    [
        "System.register",
        "System.register(",
        "System.register([])",
        "x.register([],f)",
        "System.register([],f)",
        "System.register(a,b)",
        "System.register('n',[],f)",
    ],
)
def test_a_registration_may_hand_on_nothing(source: str) -> None:
    assert value_of("import{a as R}from'./b.js'", {B: source}) == UNKNOWN


BUNDLED = [
    ("e.exports={a:'x'}", "n(7).a", "x"),
    ("e.exports='x'", "n(7)", "x"),
    ("e.exports=()=>'x'", "n(7)()", "x"),
    ("e.exports='x'", "n.n(n(7))()", UNKNOWN),
    ("t.b='x'", "n(7).b", "x"),
    ("t.b='x',t.b=1", "n(7).b", 1),
    ("n.d(t,{b:()=>'x'})", "n(7).b", "x"),
    ("n.d(t,{'b':()=>c});var c='x'", "n(7).b", "x"),
    ("n.d(t,'b',function(){return{c:'x'}})", "n(7).b.c", "x"),
    ("n.d(t,['b',0,{c:'x'}])", "n(7).b.c", "x"),
    ("n.d(t,['b',()=>'x','c',0,1])", "n(7).b", "x"),
    ("n.d(t,['b'])", "n(7).b", None),
    ("n.d(t,unknown)", "n(7).b", None),
    ("n.d()", "n(7).b", None),
    ("t.default='x'", "n.n(n(7))()", UNKNOWN),
    ("var m=n(8);t.b=m.c", "n(7).b", "y"),
    ("var m=n(8),k=n.n(m);t.b=k().c", "n(7).b", "y"),
    ("var m=n(8),k=n.n(m);t.b=k.a.c", "n(7).b", "y"),
    ("var m=n(9),k=n.n(m);t.b=k()", "n(7).b", "z"),
    ("e.exports=n(8)", "n(7).c", "y"),
    ("e.exports=n(7)", "n(7).c", None),
    ("t.b=n(1)", "n(7).b", UNKNOWN),
    ("t.b=n.e(1)", "n(7).b", UNKNOWN),
    ("Object.defineProperty(t,'b',{get:()=>'x'})", "n(7).b", "x"),
    ("var m=n(8);m.d=1;t.b=m.d", "n(7).b", 1),
    ("t.b=Object.keys(n(8))", "n(7).b", ["c"]),
    ("t.b={...n(8)}", "n(7).b", {"c": "y"}),
    ("t.b=typeof n(10)", "n(7).b", "function"),
    ("t.b=[...n(11)]", "n(7).b", [1]),
]


@pytest.mark.parametrize(("body", "use", "value"), BUNDLED)
def test_modules_of_a_bundle(body: str, use: str, value: object) -> None:
    rest = "8(e,t){t.c='y'},9(e,t){t.default='z'},10(e){e.exports=()=>1},11(e){e.exports=[1]}"
    source = f"x={{7:function(e,t,n){{{body}}},{rest}}};USE={use}"
    assert same(used(source), value)


@pytest.mark.parametrize("key", ["unknown", "''", "'abc'", "1,2", "{}", "[]"])
def test_what_names_no_module_of_a_bundle(key: str) -> None:
    assert used(f"x={{7(e){{}},abc(e){{e.exports='x'}}}};USE=n({key})") == UNKNOWN


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("t.b='x'", "x"),
        ("e.exports={b:'x'}", "x"),
        ("n.d(t,{b:()=>'x'})", "x"),
        ("e.exports.b='x'", "x"),
        ("function f(){t.b=a}var a='x'", "x"),
        ("f(t)", None),
    ],
)
def test_long_modules_of_a_bundle_are_not_run(
    body: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linker, "SMALL", 5)
    assert same(used(f"x={{7:function(e,t,n){{unknown(f,g,h);{body}}}}};USE=n(7).b"), value)


def test_a_module_is_run_once() -> None:
    source = "x={7(e,t){t.a=[]}};var b=n(7).a,c=n(7).a,R=(b.push(1),c)"
    assert value_of(source) == [1]


def test_what_a_lookup_sets_belongs_to_the_module_of_the_variable() -> None:
    site = Site("import{h}from'./b.js';var R=h", {B: "export var h={'x-api-secret':'a'}"})
    site.variable()
    assert [module.url for module in site.interpreter.objects.carriers.values()] == [B]
