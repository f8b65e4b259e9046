from __future__ import annotations

import pytest

from magickpen.discovery.javascript.evaluation import Evaluator
from magickpen.discovery.javascript.lookup import MAX_DEPTH
from magickpen.discovery.javascript.methods import MAX_ITEMS
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import Work
from magickpen.discovery.javascript.values import MAX_TEXT

URL = "https://site.test/a.js"


def evaluated(source: str, other: str = "", page_url: str = "") -> tuple[Evaluator, Module, int]:
    """Return an evaluator, and where what is assigned to `USE` stands in a module."""
    module = Module(URL, source)
    modules = {URL: module}
    if other:
        modules["https://site.test/b.js"] = Module("https://site.test/b.js", other)
    return Evaluator(modules, page_url=page_url), module, module.script.places["USE"][0] + 2


def text(source: str, other: str = "") -> str | None:
    evaluator, module, index = evaluated(source, other)
    return evaluator.text(module, index)


@pytest.mark.parametrize(
    "expression",
    [
        '"ab"',
        "'ab'",
        "`ab`",
        '"a"+"b"',
        '("a"+"b")',
        '(0,"ab")',
        '"a".concat("b")',
        '"".concat("a","b")',
        '"".concat("a").concat("b")',
        '"".concat("a")+"b"',
        "`a${'b'}`",
        "`${'a'}${`b`}`",
        "`a${('b')}`",
        'x||"ab"',
        '"ab"||x',
        'x??"ab"',
        'x&&"ab"',
        'y="ab"',
        'x?y:"ab"',
        'x?f(a?b:c).d:"ab"',
        'await"ab"',
        '{a:"ab"}.a',
        '{"a":"ab"}["a"]',
        '{a:{b:"ab"}}.a.b',
        '{a:{b:"ab"}}["a"].b',
        '{a:"ab"}?.a',
        '{a:"ab"}?.["a"]',
        '["c","ab"][1]',
        '["c","ab"]["1"]',
        '{["a"]:"ab"}.a',
        '{[x]:"c",["a"]:"ab"}.a',
        '{...{a:"ab"}}.a',
        '{...{a:"c"},...{a:"ab"}}.a',
        '{...{a:"ab"},...{b:"c"},d:1}.a',
        'Object.freeze({a:"ab"}).a',
        'Object.assign({},{a:"ab"}).a',
        'Object.assign({a:"c"},{a:"ab"}).a',
        'Object.freeze(Object.freeze({a:"ab"})).a',
        'JSON.parse(\'{"a":{"b":"ab"}}\').a.b',
        '(()=>"ab")()',
        '(function(){return"ab"})()',
        'function(){return"ab"}()',
        'function(){return{a:"ab"}}().a',
        '(()=>({a:"ab"}))().a',
        '()=>"ab"',
        '(class{static a="ab"}).a',
        '(class{static a="ab"}).a;class B{static a="c"}',
        '(class{constructor(){this.a="ab"}}).a',
        'new class{a="ab"}().a',
        'new(class{a="ab"})().a',
        'Reflect.construct(class{a="ab"}).a',
    ],
)  # fmt: skip
def test_an_expression_stands_for_a_text(expression: str) -> None:
    assert text(f"USE={expression}") == "ab"


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "x",
        "1",
        "x.a",
        "x()",
        '"a"+x',
        'x+"a"',
        '"a"-1',
        '"a"*1',
        '"a"/1',
        '"a"%1',
        '"a"&1',
        '"a"|1',
        '"a"^1',
        '"a"=="b"',
        '"a"!="b"',
        '"a"==="b"',
        '"a"!=="b"',
        '"a"<"b"',
        '"a">"b"',
        '"a"in x',
        '"a"instanceof x',
        '"a".concat(x)',
        '"a".concat',
        '"a".b',
        "`a${x}`",
        "`a${'b'",
        "`a${'b';}`",
        "x?y:z",
        "x?y",
        "x||",
        "await",
        '{a:"b"}',
        '{a:"b"}.c',
        '{a:"b"}["c"]',
        '{a:"b"}[',
        '["a"][1]',
        '["a"].b',
        '["a"][999999999999]',
        "{...x}.a",
        "(()=>{})()",
        "(()=>{}).a",
        "JSON.parse('{')",
        "JSON.parse('[\"a\"]')",
        "JSON.parse('{}').a",
        "JSON.parse()",
        "JSON.parse(x)",
        "f(x,y).a",
        "class",
        "class{}",
        "this",
        "this.a",
        'import("./none.js").a',
        "import(x).a",
        "n(7).a",
        'n("").a',
        '/a/+"b"',
        '(()=>{})();"b"',
        'f();x={"":"b"}',
        'import(x).a;export var a="b"',
        'n.m(7).a;x={7(e){e.exports={a:"b"}},8(){return{a:"c"}}}',
        'n[0](7).a;x={7(e){e.exports={a:"b"}},8(){return{a:"c"}}}',
        'n(0)(7).a;x={7(e){e.exports={a:"b"}},8(){return{a:"c"}}}',
        'n(y).a;x={y(e){e.exports={a:"b"}},8(){return{a:"c"}}}',
    ],
)
def test_an_expression_may_stand_for_none(expression: str) -> None:
    assert text(f"USE={expression}") is None


NAMES = [
    'var a="ab";USE=a',
    'var a=b,b="ab";USE=a',
    'var a;a="ab";USE=a',
    'var a;a=x,a="ab";USE=a',
    'let{a}={a:"ab"};USE=a',
    'let{b:a}={b:"ab"};USE=a',
    'let{a="ab"}={};USE=a',
    'let{a="ab"}=x;USE=a',
    'let[,a]=["c","ab"];USE=a',
    'let{c,...a}={b:"ab"};USE=a.b',
    'let{b:{c:a}}={b:{c:"ab"}};USE=a',
    'var a={};a.b="ab";USE=a.b',
    'var a={};a["b"]="ab";USE=a.b',
    'a.b="ab";USE=a.b',
    'var a={get:()=>"ab"};USE=a.get()',
    'var a={b(){return"ab"}};USE=a.b()',
    'var a=()=>({b:"ab"});USE=a().b',
    'var a=()=>({b:"ab"});USE=a.b',
    'function a(){return"ab"}USE=a()',
    'function a(){return"ab"}USE=a',
    'function f(a){USE=a}f("ab")',
    'function f(b,a){USE=a}f(x,"ab")',
    'function f(a){USE=a}f(x);f("ab")',
    'function f({a}){USE=a}f({a:"ab"})',
    'function f(a="ab"){USE=a}f()',
    'function f({a="ab"}={}){USE=a}f()',
    'var f=a=>USE=a;f("ab")',
    '!function(a){USE=a}("ab")',
    'class A{constructor(a){this.a=a}b(){USE=this.a}}new A("ab")',
    'class A{a="ab";b(){USE=this.a}}',
    'class A{static a="ab";static b(){USE=A.a}}',
    'class A{static a={b:"ab"}}USE=A.a.b',
    'var A=class{a="ab"},b=new A;USE=b.a',
    'class A{a="ab"}var b=new A();USE=b.a',
    'class A{a="ab"}var f=()=>A;USE=f().a',
    'class A{a="ab"}function f(){return class{b="ab"}}USE=f()().b',
    'x={a:"ab",b(){USE=this.a}}',
    'var r=e(function t(a){this.o=a,USE=this.o.b});new(0,r);new r({b:"ab"})',
    'var r=e(function t(a){this.o=Object.assign({},a),USE=this.o.b});new r(f({b:"ab"}))',
    'var g=n(7),h=n.n(g);USE=h().a;x={7:function(e){e.exports={a:"ab"}}}',
    'var o={a:JSON.parse(\'{"b":"ab"}\')};USE=o.a.b',
    'async function f(){return{a:"ab"}}USE=(await f()).a',
    'for(var a="ab";;)USE=a',
    'let{a="c"}={a:"ab"};USE=a',
]


@pytest.mark.parametrize("source", NAMES)
def test_names_lead_to_a_text(source: str) -> None:
    assert text(source) == "ab"


@pytest.mark.parametrize("source", NAMES)
def test_names_lead_to_a_text_whatever_else_has_their_names(source: str) -> None:
    assert text(source + ";x={a:'c',b:'d'}") == "ab"


@pytest.mark.parametrize(("calls", "expected"), [(7, "ab"), (8, None)])
def test_so_many_calls_are_looked_at(calls: int, expected: str | None) -> None:
    assert text("function f(a){USE=a}" + "f(x);" * calls + 'f("ab")') == expected


def test_very_many_expressions_are_evaluated_one_after_another() -> None:
    evaluator, module, _ = evaluated('USE={a:"ab"}.a;' * 2 * MAX_DEPTH)
    uses = module.script.places["USE"]
    assert [evaluator.text(module, use + 2) for use in uses] == ["ab"] * 2 * MAX_DEPTH


@pytest.mark.parametrize(
    "source",
    [
        "var a=a;USE=a",
        "var a=b,b=a;USE=a",
        'var a="c"+a;USE=a',
        "var a={b:a.b};USE=a.b",
        "var a=()=>a();USE=a()",
        'import{a}from"./a.js";export{a};USE=a',
        'export*from"./a.js";import{a}from"./a.js";USE=a',
        "var a={...a};USE=a.b",
        "function f(a){USE=a;f(a)}",
        "class A{a=this.a;b(){USE=this.a}}",
        "let{a=a}=x;USE=a",
        "x={7:function(e,t,n){e.exports=n(7)}};USE=n(7).b",
    ],
)
def test_what_depends_on_itself_has_no_text(source: str) -> None:
    assert text(source) is None


IMPORTED = 'export*as all from"./b.js";var x="ab",y={a:x};export{x as a,y as default};'


@pytest.mark.parametrize(
    "source",
    [
        'import{a}from"./b.js";USE=a',
        'import b from"./b.js";USE=b.a',
        'import*as b from"./b.js";USE=b.a',
        'import*as b from"./b.js";USE=b.default.a',
        'import*as b from"./b.js";let{a}=b;USE=a',
        'USE=import("./b.js").a',
        'import{all}from"./b.js";USE=all.a',
        'import("./b.js").then(b=>{});USE=(await import("./b.js")).a',
        'import{c}from"./a.js";export{a as c}from"./b.js";USE=c',
        'import{a}from"./a.js";export*from"./none.js";export*from"./b.js";USE=a',
    ],
)
def test_other_modules_have_the_text(source: str) -> None:
    assert text(source, IMPORTED) == "ab"


def test_an_import_that_another_module_does_not_export() -> None:
    assert text('import{none}from"./b.js";USE=none', IMPORTED) is None


def test_modules_that_were_not_read_are_missing() -> None:
    evaluator, module, index = evaluated('import{a}from"./b.js";export*from"./c.js";USE=a')
    assert evaluator.text(module, index) is None
    assert list(evaluator.missing) == ["https://site.test/b.js"]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("e.exports={a:'ab'}", "a"),
        ("e.exports='ab'", "default"),
        ("e.exports='ab'", "a"),
        ("e.exports=x,e.exports={b:'ab'}", "b"),
        ("t.b='ab'", "b"),
        ("t.b=x,t.b='ab'", "b"),
        ("n.d(t,{b:()=>'ab'})", "b"),
        ("n.d(t,'b',function(){return{c:'ab'}})", "b.c"),
        ("n.d(t,'b',()=>c);var c=()=>'ab'", "b()"),
        ("n.d(t,['b',0,{c:'ab'}])", "b.c"),
        ("h.d(t,{},{b:()=>'ab'})", "b"),
    ],
)
def test_a_module_of_a_bundle_has_the_text(body: str, name: str) -> None:
    assert text(f"x={{7:function(e,t,n){{{body}}}}};USE=n(7).{name}") == "ab"


@pytest.mark.parametrize(
    "body", ["", "e.exports={b:'c'}", "e.exports=x", "t.b='c'", "n.d(t,{a:()=>x})", "exports='c'"]
)
def test_a_module_of_a_bundle_may_not_have_it(body: str) -> None:
    assert text(f"x={{7:function(e,t,n){{{body}}}}};USE=n(7).a") is None


def test_the_text_of_a_member() -> None:
    evaluator, module, index = evaluated('var a={b:"ab",c:1};USE=a')
    assert evaluator.text_of_member(module, index, "b") == "ab"
    assert evaluator.text_of_member(module, index, "c") is None


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('USE=["ab",x].', ["ab", None]),
        ('var a=["ab",x];USE=a.', ["ab", None]),
        ('USE=(x,["ab",x]).', ["ab", None]),
        ('USE=(["ab",x]).', ["ab", None]),
        ('["ab",USE].', ["ab", None]),
        ('(x,["ab",USE]).', ["ab", None]),
        ('USE=["ab"].concat(x).', ["ab", None, None]),
        ('USE=["ab",x,x].', ["ab", None, None]),
        ('USE=["ab",x,x,x].', []),
        ("USE=a.", []),
        ("var a={};USE=a.", []),
        ("USE=b().", []),
        ("USE=].", []),
    ],
)
def test_the_texts_of_a_list(source: str, texts: list[str | None]) -> None:
    evaluator, module, _ = evaluated(source)
    end = len(module.script.tokens) - 1
    assert evaluator.texts_of_list(module, end, 3) == texts


@pytest.mark.parametrize(
    ("source", "begin"),
    [
        ("function f(){}USE;f", "function"),
        ("var f=()=>1;USE;f", "("),
        ("var o={f(){}};USE;o.f", "("),
        ("var o={f:function(){}};USE;o.f", "function"),
        ("x={f:function(){}};USE;o.f", "{"),
        ("USE;o.f", ""),
        ("USE;f", ""),
        ('var f="ab";USE;f', ""),
    ],
)
def test_the_function_that_a_name_stands_for(source: str, begin: str) -> None:
    evaluator, module, _ = evaluated(source)
    tokens = module.script.tokens
    function = evaluator.function(module, len(tokens) - 1)
    assert (tokens[function.index] if function is not None else "") == begin
    assert function is None or function.module is module


def test_what_would_take_too_long_has_no_text() -> None:
    evaluator, module, index = evaluated('var a="ab",f=()=>a;USE=a')
    assert module.scopes is not None
    module.script.work = Work(0)
    assert evaluator.text(module, index) is None
    assert evaluator.is_constant(module, index) is False
    assert evaluator.text_of_member(module, index, "a") is None
    assert evaluator.texts_of_list(module, index + 1, 3) == []
    assert evaluator.function(module, index) is None


def test_what_is_nested_too_deeply_has_no_text() -> None:
    assert text(f"USE={'(' * (MAX_DEPTH - 1)}'ab'") == "ab"
    assert text(f"USE={'(' * MAX_DEPTH}'ab'") is None
    assert text(f"USE={'(' * (MAX_DEPTH - 3)}{{a:'ab'}}.a") == "ab"
    assert text(f"USE={'(' * (MAX_DEPTH - 2)}{{a:'ab'}}.a") is None
    spread = "".join(f"var a{i + 1}={{...a{i}}};" for i in range(MAX_DEPTH))
    for depth, expected in {5: "ab", MAX_DEPTH: None}.items():
        evaluator, module, index = evaluated(f"var a0={{b:'ab'}};{spread}USE=a{depth}")
        assert evaluator.text_of_member(module, index, "b") == expected


def test_a_text_is_as_long_as_it_may_be() -> None:
    for length, expected in {MAX_TEXT: MAX_TEXT, MAX_TEXT + 1: 0}.items():
        assert len(text(f'USE="a"+"{"b" * (length - 1)}"') or "") == expected


@pytest.mark.parametrize("doubled", ["a#+a#", "`${a#}${a#}`", "a#.concat(a#)", '"".concat(a#,a#)'])
def test_a_text_that_is_put_together_has_a_limit(doubled: str) -> None:
    numbers = range(30)
    chain = "".join(f"var a{i + 1}={doubled.replace('#', str(i))};" for i in numbers)
    source = f'var a0="0123456789";{chain}'
    assert len(text(f"{source}USE=a7") or "") <= MAX_TEXT
    assert text(f"{source}USE=a7") == "0123456789" * 2**7
    assert text(f"{source}USE=a8") is None
    assert text(f"{source}USE=a30") is None


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_json_that_is_nested_too_deeply_has_no_text(depth: int) -> None:
    assert text(f"USE=JSON.parse('{'[' * depth}{']' * depth}').a") is None


TEXTS = [
    '["a","b"].join("")',
    '["b","a"].reverse().join("")',
    '["a"].concat(["b"]).join("")',
    '["a","b"].slice().map(String).join("")',
    '[...["a"],"b"].join("")',
    '["a","b"].filter(Boolean).sort().join("")',
    'Array.of("a","b").join("")',
    'Array.from(["a","b"]).join("")',
    'Object.values({x:"a",y:"b"}).join("")',
    '"a,b".split(",").join("")',
    '"ba".split("").reverse().join("")',
    '"a|b".split("|")[0]+"b"',
    '" ab ".trim()',
    '"AB".toLowerCase()',
    'atob("YWI=")',
    'String("ab")',
    'decodeURIComponent("%61b")',
    '["c","ab"][1]',
    '[...["c"],"ab"][1]',
    'Array.of("c","ab")[1]',
    '{a:"c",a:"ab"}.a',
    '{...{a:"c"},a:"ab"}.a',
    '{a:"c",...{a:"ab"}}.a',
    '{a:"ab",...{a:x}}.a',
    '{set a(b){},get a(){return"ab"}}.a',
    'x(y)?"ab":"ab"',
    'true===x?"":"ab"',
    '"a"==="a"?"ab":"c"',
    '"a"!=="a"?"c":"ab"',
    '"a"==="b"?"c":"ab"',
    '"a"==="b"?x?"c":"d":"ab"',
    '!0?"ab":"c"',
    '!1?"c":"ab"',
    '!!"a"?"ab":"c"',
    '!x?"ab":"ab"',
    '"a"?"ab":"c"',
    '""?"c":"ab"',
    '{}?"ab":"c"',
    '[]?"ab":"c"',
    'void 0===x?"ab":x',
    'void 0==="c"?"c":"ab"',
    '"c"===null?"c":"ab"',
    '""||"ab"',
    '"c".startsWith("d")?"c":"ab"',
    '"c".includes("c")?"ab":"d"',
    '"c".endsWith("c")?"ab":"d"',
    'window.ENV||"ab"',
    'window.ENV??"ab"',
    'ref("ab").value',
    '{a:"c",b:"ab"}[x?"b":"b"]',
    "typeof x===y?'ab':'ab'",
]  # fmt: skip


@pytest.mark.parametrize("expression", TEXTS)
def test_methods_and_conditions_are_worked_out(expression: str) -> None:
    assert text(f"USE={expression}") == "ab"


@pytest.mark.parametrize(
    "expression",
    [
        'x?"ab":"c"',
        '{a:"ab",b:"c"}[x?"a":"b"]',
        '"a".split(x)',
        '"a".split(x)[0]',
        '"a".unknown()',
        '"a".startsWith()',
        '["a",x].join("")',
        '["a","b"].join(x)',
        '["a"].join',
        '[...x].join("")',
        '["a"].concat(x).join("")',
        'x.join("")',
        'x.slice().join("")',
        'Array.from(x).join("")',
        "Array.from()",
        "Object.values(x)[0]",
        "Object.values([])[0]",
        "Object.values()",
        "JSON.parse()",
        "String(x)",
        'atob("a")',
        '["a"][1]',
        '["a"].b',
        'Array.of("a")[1]',
        'Array.of("a").b',
        '-"a"',
        'typeof"a"',
        'void"a"',
        '!"a"',
        "!x",
        "window.ENV",
        "window.ENV.KEY",
        "true.a",
        '("a"==="a").b',
        'f("ab").other',
        'f("ab","c").value',
        f'"{"a" * (MAX_TEXT + 1)}".trim()',
        "class",
        "+class",
    ],
)
def test_methods_and_conditions_may_not_be_known(expression: str) -> None:
    assert text(f"USE={expression}") is None


@pytest.mark.parametrize(
    "source",
    [
        # A call is looked at with its own arguments.
        'var b={x:"ab",y:"c"};function d(t){return b[t]}d("y");USE=d("x")',
        'var b={x:"ab"};function d(t){return e(t)}function e(t){return b[t]}USE=d("x")',
        'function d(a="ab"){return{k:a}}USE=d().k',
        'function d(a,b="ab"){return b}USE=d("c")',
        "USE=(a=>()=>a)('ab')()",
        "var f=(a=>b=>a+b)('a');USE=f('b')",
        'function d(...a){return a[1]}USE=d("c","ab")',
        'function d(...a){USE=a[1]}d("c","ab")',
        'function d(t){return t?d(""):"ab"}USE=d("c")',
        # Variables.
        'let a=null;function f(){return a||(a={k:"ab"}),a}USE=f().k',
        'var a=["c"];a.push("ab");USE=a[1]',
        'var a=[];a.unshift("ab");USE=a[0]',
        'var a;if(x)a={k:"ab"};else a={k:"ab",b:1};USE=a.k',
        'var a;a={};a.k="ab";USE=a.k',
        'var a={};d(a,"k","ab");USE=a.k',
        'var a={};Object.defineProperty(a,"k",{value:"ab"});USE=a.k',
        'var a={};d(a,{k:()=>b});var b="ab";USE=a.k',
        'var a={};Object.assign(a,{k:"ab"});var{k:c}=a;USE=c',
        'x.k="ab",USE=x.k',
        # Classes.
        'class B{constructor(o){this.o=o}}class C extends B{m(){USE=this.o.k}}new C({k:"ab"})',
        'class B{constructor(o){this.o=o}}class C extends B{constructor(){super({k:"ab"})}'
        "m(){USE=this.o.k}}",
        'new class{constructor(o){this.o=o}m(){USE=this.o.k}}({k:"ab"})',
        'class B{k="ab"}class C extends B{m(){USE=this.k}}',
        'class B{static k="ab"}class C extends B{}USE=C.k',
        'class B{}class C extends B{}B.k="ab";USE=C.k',
        'class C{constructor(){d(this,"k","ab")}m(){USE=this.k}}',
        'const y=class y{};d(y,"k","ab");let S=y;USE=S.k',
        'var x=class y{static k="ab";static m(){USE=y.k}}',
        'class C{constructor(){s(this,w,"ab")}m(){USE=g(this,w)}}',
        'class C{constructor(){s(this,w,"ab")}m(){USE=g(w,this)}}',
        # Globals.
        'window.ENV={k:"ab"};USE=window.ENV.k',
        'globalThis.ENV={k:"ab"};USE=self.ENV.k',
        'window.__NUXT__={};window.__NUXT__.config={k:"ab"};USE=window.__NUXT__.config.k',
        'USE=location.hostname==="site.test"?"ab":"c"',
        'USE=window.location.protocol==="http:"?"c":"ab"',
        'USE=location.pathname==="/x/"&&location.port===""&&location.host?"ab":"c"',
        # Loops have names of their own.
        'function f(t){for(let t=0;t<1;){x(t)}USE=t}f("ab")',
        "for(const t of ['c']){USE='ab'}",
        # What is added to is not known; what has its name elsewhere does not matter.
        'var a="ab";x.a+="c";USE=a',
        "var o=x(),a=o.$config;var p={config:{key:'ab'}};USE=a.key",
        "var a=u().public;var p={public:{key:'ab'}};USE=a.key",
        "USE=u().public.key;var p={public:{key:'ab'}}",
        "let{public:{ask:e}}=u();var p={public:{ask:{key:'ab'}}};USE=e.key",
    ],
)
def test_a_value_is_followed_to_where_it_is_made(source: str) -> None:
    evaluator, module, index = evaluated(source, page_url="https://site.test/x/")
    assert evaluator.text(module, index) == "ab"


@pytest.mark.parametrize(
    "source",
    [
        'var a="";a+="ab";USE=a',
        'function d(a){USE=a}d("ab");d("c")',
        'var a;if(x)a="ab";else a="c";USE=a',
        'class C{m(){USE=g(this,w)}}s(w,this,"ab")',
        "class C{m(){USE=g(,)}}",
        "class C extends(B){m(){USE=this.k}}",
        "x.y{USE=this.k}",
        "USE=f(()=>f)",
        "a=",
        "USE=f(x=function(){",
    ],
)
def test_a_value_may_not_be_told(source: str) -> None:
    evaluator, module, index = evaluated(source if "USE" in source else f"USE={source}")
    assert evaluator.text(module, index) is None


def test_what_calls_itself_with_other_arguments_comes_to_an_end() -> None:
    assert text("function f(a){return f(f(a+'b'))}USE=f('c')") is None
    calls = "".join(f"function f{i}(a){{return f{i + 1}(a)+f{i + 1}(a)}}" for i in range(12))
    assert text(f"{calls}function f12(a){{return a}}USE=f0('')") == ""


@pytest.mark.parametrize(
    ("expression", "constant"),
    [
        ("h(['a','b'].join(''))", True),
        ("h('a')", True),
        ("h('a',x)", False),
        ("h()", False),
        ("Date.now()", False),
        (".5", True),
        ("x", False),
    ],
)
def test_what_is_made_of_constants_is_constant(expression: str, *, constant: bool) -> None:
    evaluator, module, index = evaluated(f"USE={expression}")
    assert evaluator.is_constant(module, index) is constant


def test_the_code_that_an_expression_is_worked_out_by() -> None:
    source = "function s(a){return h(k,a)}var k='c',v=s(t);class C{m(){return 1}}USE=[v,c.m(),x.y]"
    evaluator, module, index = evaluated(source)
    pieces = [
        "".join(code.module.script.tokens[code.extent.start : code.extent.stop])
        for code in evaluator.code_of(module, index)
    ]
    assert pieces[:4] == ["[v,c.m(),x.y]", "s(t)", "{return1}", "functions(a){returnh(k,a)}"]
    assert "'c'" in pieces
    assert next(evaluator.code_of(module, index)).extent.start == index


def test_a_registered_module_hands_on_what_it_exports() -> None:
    source = (
        'System.register(["./b.js"],(function(e,c){var T,o;return{setters:[e=>{T=e.a,o=e.d}],'
        "execute:function(){USE=T+o.k}}}))"
    )
    other = 'System.register([],function(x){x("a","a"),x({d:{k:"b"}})})'
    assert text(source, other) == "ab"


@pytest.mark.parametrize("extended", ["[...a,...a]", "a.concat(a)"])
def test_a_list_is_as_long_as_it_may_be(extended: str) -> None:
    for length, expected in {MAX_ITEMS // 2: "x", MAX_ITEMS // 2 + 1: None}.items():
        items = '"x",' * length
        assert text(f"var a=[{items}],b={extended};USE=b[{MAX_ITEMS - 1}]") == expected


def test_a_list_may_be_spread_into_itself() -> None:
    assert text('var a=["x",...a];USE=a[0]') == "x"
