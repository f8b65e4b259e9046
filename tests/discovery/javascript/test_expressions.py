"""What expressions stand for."""

from __future__ import annotations

import math

import pytest

from tests.support.javascript import FUNCTION, NULL, UNKNOWN, expression, result, same, value_of


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("'a'", "a"),
        ("`a`", "a"),
        ("12", 12),
        ("1_000", 1000),
        ("0x1F", 31),
        ("0xe", 14),
        ("0b11", 3),
        ("0o17", 15),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000),
        ("1.5e-3", 0.0015),
        ("1e999", math.inf),
        ("010", 10),
        ("10n", UNKNOWN),
        ("1z", UNKNOWN),
        ("true", True),
        ("false", False),
        ("null", NULL),
        ("undefined", None),
        ("NaN", math.nan),
        ("Infinity", math.inf),
        ("/a/g", UNKNOWN),
        ("new.target", UNKNOWN),
        ("import.meta", UNKNOWN),
        ("unknown", UNKNOWN),
    ],
)
def test_constants(source: str, value: object) -> None:
    assert same(expression(source), value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1+2*3", 7),
        ("(1+2)*3", 9),
        ("7-2-1", 4),
        ("7/2", 3.5),
        ("7%4", 3),
        ("-7%4", -3),
        ("5%0", math.nan),
        ("0/0", math.nan),
        ("2**3**2", 512),
        ("2**-1", 0.5),
        ("(-8)**0.5", math.nan),
        ("6&3", 2),
        ("6|3", 7),
        ("6^3", 5),
        ("~6", -7),
        ("1<<31", -(2**31)),
        ("-1>>1", -1),
        ("-1>>>0", 2**32 - 1),
        ("1e999|0", 0),
        ("NaN|0", 0),
        ("'7'*'2'", 14),
        ("'7'-2", 5),
        ("'a'-1", math.nan),
        ("''*1", 0),
        ("-'3'", -3),
        ("+'1.5'", 1.5),
        ("+true", 1),
        ("-unknown", UNKNOWN),
        ("unknown-1", UNKNOWN),
        ("1*unknown", UNKNOWN),
        ("1-[]", UNKNOWN),
    ],
)
def test_arithmetic(source: str, value: object) -> None:
    assert same(expression(source), value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("x", math.inf),
        ("x/3", math.inf),
        ("x|3", 3),
        ("x%3", math.nan),
        ("x+.5", math.inf),
        ("''+x", "Infinity"),
        ("x*x-x", math.nan),
        ("-x<x", True),
    ],
)
def test_large_numbers_are_infinite(source: str, value: object) -> None:
    assert same(result(f"var x=9;for(var i=0;i<12;i++)x*=x;return {source}"), value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("'a'+'b'+1+2", "ab12"),
        ("1+2+'a'", "3a"),
        ("'a'+1.5", "a1.5"),
        ("'a'+2.0", "a2"),
        ("'a'+true+null+undefined", "atruenullundefined"),
        ("'a'+NaN", "aNaN"),
        ("'a'+1e21", "a1e+21"),
        ("'a'+[1,'b',,null]", "a1,b,,"),
        ("'a'+{}", UNKNOWN),
        ("'a'+unknown", UNKNOWN),
        ("`a${1+1}b${'c'}`", "a2bc"),
        ("`a${unknown}`", UNKNOWN),
        ("`a${`b${'c'}`}d`", "abcd"),
        ("'a'+(unknown?'b':'c')", UNKNOWN),
    ],
)
def test_texts_are_put_together(source: str, value: object) -> None:
    assert same(expression(source), value)


@pytest.mark.parametrize("joined", ["a+a", "`${a}${a}`"])
def test_a_text_that_is_put_together_has_a_limit(joined: str) -> None:
    text = result(f"var a='0123456789';for(var i=0;i<9;i++)a={joined};return a")
    assert isinstance(text, str)
    assert len(text) == 5120
    assert result(f"var a='0123456789';for(var i=0;i<10;i++)a={joined};return a") == UNKNOWN


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1===1", True),
        ("1==='1'", False),
        ("1=='1'", True),
        ("1!=='1'", True),
        ("1!=1", False),
        ("null==undefined", True),
        ("null===undefined", False),
        ("null==0", False),
        ("undefined===void 0", True),
        ("NaN===NaN", False),
        ("[]===[]", False),
        ("({})==1", False),
        ("unknown===1", UNKNOWN),
        ("1!==unknown", UNKNOWN),
        ("(unknown?1:2)===1", UNKNOWN),
        ("1<2", True),
        ("2<=1", False),
        ("'b'>'a'", True),
        ("'b'<'a'", False),
        ("'a'>='a'", True),
        ("'a'<='a'", True),
        ("'10'<9", False),
        ("1<unknown", UNKNOWN),
        ("'a'in{a:1}", True),
        ("'b'in{a:1}", False),
        ("'b'in unknown", UNKNOWN),
        ("unknown in{}", UNKNOWN),
        ("({})in{}", UNKNOWN),
        ("1 in[1,2]", True),
        ("2 in[1,2]", False),
        ("'a'in 1", UNKNOWN),
        ("1 instanceof Object", False),
        ("unknown instanceof Object", UNKNOWN),
        ("({})instanceof unknown", UNKNOWN),
        ("({})instanceof Map", UNKNOWN),
    ],
)
def test_comparisons(source: str, value: object) -> None:
    assert same(expression(source), value)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("var a=[];return a===a", True),
        ("var a={},b=Object.assign({},a);return a==b", False),
        ("var a={},b={};Object.setPrototypeOf(a,b);return a instanceof Map", UNKNOWN),
    ],
)
def test_objects_are_themselves_alone(body: str, value: object) -> None:
    assert same(result(body), value)


def test_an_instance_is_one_of_its_class_and_of_the_superclass() -> None:
    classes = "class A{}class B extends A{}"
    assert expression("[new B instanceof B,new B instanceof A]", classes) == [True, True]
    assert expression("new A instanceof B", classes) == UNKNOWN


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("!1", False),
        ("!''", True),
        ("!NaN", True),
        ("![]", False),
        ("!null", True),
        ("!unknown", UNKNOWN),
        ("!(unknown?1:2)", False),
        ("!(unknown?0:1)", UNKNOWN),
        ("!unknown?1:2", (1, 2)),
        ("void 1", None),
        ("delete a.b", None),
        ("typeof 1", "number"),
        ("typeof'a'", "string"),
        ("typeof true", "boolean"),
        ("typeof undefined", "undefined"),
        ("typeof null", "object"),
        ("typeof[]", "object"),
        ("typeof(()=>1)", "function"),
        ("typeof class{}", "function"),
        ("typeof Map", "function"),
        ("typeof Symbol()", "symbol"),
        ("typeof window", "object"),
        ("typeof process", "undefined"),
        ("typeof document", UNKNOWN),
        ("typeof unknown.a", UNKNOWN),
        ("typeof(unknown?1:2)", UNKNOWN),
    ],
)
def test_unary_operators(source: str, value: object) -> None:
    assert same(expression(source), value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("0||'a'", "a"),
        ("1||'a'", 1),
        ("0&&'a'", 0),
        ("1&&'a'", "a"),
        ("0??'a'", 0),
        ("null??'a'", "a"),
        ("unknown||'a'", "a"),
        ("unknown??'a'", "a"),
        ("unknown&&'a'", "a"),
        ("unknown||unknown", UNKNOWN),
        ("(unknown?'a':'')||'b'", ("a", "b")),
        ("(unknown?'a':unknown)||unknown", UNKNOWN),
        ("1?2:3", 2),
        ("0?2:3", 3),
        ("0?2:0?3:4", 4),
        ("unknown?2:3", (2, 3)),
        ("unknown?2:2", 2),
        ("unknown?1:unknown.a?2:3", (1, 2, 3)),
        ("unknown?1:1?2:3", (1, 2)),
        ("(unknown?1:2)?3:4", 3),
        ("(1,2,3)", 3),
        ("await'a'", "a"),
        ("yield*'a'", "a"),
        ("1?a=>2:3", FUNCTION),
        ("0?1:a=>2", FUNCTION),
    ],
)
def test_choices_between_expressions(source: str, value: object) -> None:
    assert same(expression(source), value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("[]", []),
        ("[1,,2]", [1, None, 2]),
        ("[...[1,2],3]", [1, 2, 3]),
        ("[...'ab']", ["a", "b"]),
        ("[...unknown]", [UNKNOWN, UNKNOWN]),
        ("{}", {}),
        ("{a:1,'b':2,`c`:3,4:5,['d'+1]:6}", {"a": 1, "b": 2, "c": 3, "4": 5, "d1": 6}),
        ("{a:1,a:2}", {"a": 2}),
        ("{undefined}", {"undefined": None}),
        ("{...{a:1,b:2},b:3}", {"a": 1, "b": 3}),
        ("{...[1,2]}", {"0": 1, "1": 2}),
        ("{...unknown,a:1}", {"a": 1}),
        ("{...1}", {}),
        ("{a(){},async b(){},*c(){},async*d(){}}", dict.fromkeys("abcd", FUNCTION)),
        (
            "{get(){},set(){},async(){},static(){}}",
            dict.fromkeys(["get", "set", "async", "static"], FUNCTION),
        ),
        ("{set a(b){}}", {}),
        ("{get:1,set:2}", {"get": 1, "set": 2}),
        ("{[unknown]:1,a:2}", {"a": 2}),
        ("{[unknown?'a':'b']:1}", {"a": 1, "b": 1}),
        ("{...unknown?{a:1}:{b:2}}", {"a": 1, "b": 2}),
    ],
)
def test_lists_and_objects(source: str, value: object) -> None:
    assert same(expression(source), value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{a:{b:1}}.a.b", 1),
        ("{a:1}['a']", 1),
        ("{a:1}?.a", 1),
        ("{a:1}?.['a']", 1),
        ("{a(){return 1}}?.a?.()", 1),
        ("{a:1}.b", None),
        ("{a:1}.b.c", None),
        ("{...unknown}.b", UNKNOWN),
        ("{[unknown]:1}.b", UNKNOWN),
        ("{a:1,b:2}[unknown]", UNKNOWN),
        ("{a:1,b:2}[unknown?'a':'b']", (1, 2)),
        ("(unknown?{a:1}:{a:2}).a", (1, 2)),
        ("{get a(){return this.b},b:1}.a", 1),
        ("{'#a':1,b(){return this.#a}}.b()", 1),
        ("[1,2][1]", 2),
        ("[1,2]['1']", 2),
        ("[1,2][2]", None),
        ("[1,2][-1]", None),
        ("[1,2][99999999999]", None),
        ("[1,2].length", 2),
        ("'abc'.length", 3),
        ("'abc'[1]", "b"),
        ("'abc'[3]", None),
        ("'abc'[999999]", None),
        ("(1).a", None),
        ("undefined.a", None),
        ("unknown.a.b", UNKNOWN),
        ("unknown.length", UNKNOWN),
        ("{length:1}.length", 1),
        ("{}.length", None),
        ("super.a", None),
        ("super(1)", None),
        ("{m(){super(1);return 2}}.m()", 2),
        ("super[a]", UNKNOWN),
        ("a`b`", UNKNOWN),
        ("this===window", UNKNOWN),
    ],
)
def test_properties(source: str, value: object) -> None:
    assert same(expression(source), value)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("a=1;return a", 1),
        ("return a=b=1,[a,b]", [1, 1]),
        ("a=1;a+=2;return a", 3),
        ("a='x';a+='y';return a", "xy"),
        ("a=6;a-=1;a*=4;a/=2;a%=7;a**=2;return a", 9),
        ("a=1;a<<=4;a>>=1;a>>>=1;a|=1;a&=7;a^=2;return a", 7),
        ("a=null;a??=1;a??=2;return a", 1),
        ("a=0;a||=1;a||=2;return a", 1),
        ("a=1;a&&=2;return a", 2),
        ("a=unknown;a||=2;return a", 2),
        ("a=1;return[a++,a]", [1, 2]),
        ("a=1;return[++a,a]", [2, 2]),
        ("a=1;return[a--,a]", [1, 0]),
        ("a=1;return[--a,a]", [0, 0]),
        ("a=unknown;a++;return a", UNKNOWN),
        ("a={b:1};a.b++;++a.b;return a", {"b": 3}),
        ("a={};a.b=1;a['c']=2;return a", {"b": 1, "c": 2}),
        ("a={};a.b||=1;a.b||=2;return a", {"b": 1}),
        ("a={b:1};a[unknown?'b':'c']=2;return a", {"b": (1, 2), "c": 2}),
        ("a=[];a[2]=1;a[0]=3;return a", [3, None, 1]),
        ("a=[];a['1']=1;return a", [None, 1]),
        ("a=[];a[1e9]=1;return a", []),
        ("a=[];a[999.0]=1;a[1000]=2;return a.length", 1000),
        ("a=[];a.b=1;return a.b", 1),
        (
            "a={};a[1.0]=1;a[1.5]=2;a[NaN]=3;a[1e999]=4;a[true]=5;return a",
            {"1": 1, "1.5": 2, "NaN": 3, "Infinity": 4, "true": 5},
        ),
        ("a=[];a[NaN]=1;return a", []),
        ("a={};a[null]=1;return a.b", UNKNOWN),
        ("[a,b]=[1,2];return[a,b]", [1, 2]),
        ("[a,...b]=[1,2,3];return[a,b]", [1, [2, 3]]),
        ("[,a]=[1,2];return a", 2),
        ("({a,b:{c:b}}={a:1,b:{c:2}});return[a,b]", [1, 2]),
        ("({a,...b}={a:1,c:2,d:3});return b", {"c": 2, "d": 3}),
        ("[a=1,b=2]=[3];return[a,b]", [3, 2]),
        ("a={};[a.b,a['c']]=[1,2];return a", {"b": 1, "c": 2}),
        ("f()=1;return 1", 1),
    ],
)
def test_assignments(body: str, value: object) -> None:
    assert same(result(f"var a,b;{body}"), value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("()=>1", FUNCTION),
        ("(()=>'a')()", "a"),
        ("(function(){return'a'})()", "a"),
        ("(a=>a+1)(1)", 2),
        ("((a,b)=>a+b)(1,2)", 3),
        ("(async a=>a)(1)", 1),
        ("(async(a)=>{return a})(1)", 1),
        ("(async function(a){return a})(1)", 1),
        ("(a=>()=>a)(1)()", 1),
        ("((a,b=2)=>[a,b])(1)", [1, 2]),
        ("((a,b=a)=>[a,b])(1)", [1, 1]),
        ("((...a)=>a)(1,2)", [1, 2]),
        ("((a,...b)=>b)(1,2,3)", [2, 3]),
        ("((...[a,b])=>b)(1,2)", 2),
        ("(({a,b:[c]})=>a+c)({a:1,b:[2]})", 3),
        ("(({a=1}={})=>a)()", 1),
        ("((a,b)=>[a,b])(...[1,2])", [1, 2]),
        ("(function(){return arguments})(1,2)", [1, 2]),
        ("(function(){return(()=>arguments)()})(1)", [1]),
        ("(function f(a){return a?f(a-1):'x'})(3)", "x"),
        ("(()=>{})()", None),
        ("1()", UNKNOWN),
        ("unknown(1)", UNKNOWN),
        ("(unknown?()=>1:()=>2)()", (1, 2)),
        ("{a(b){return b}}.a(1)", 1),
        ("{a(b){return b}}['a'](1)", 1),
        ("{a:1,b(){return this.a}}.b()", 1),
        ("{a:1,b(){return(()=>this.a)()}}.b()", 1),
        ("(unknown?{a(){return 1}}:{a(){return 2}}).a()", (1, 2)),
        ("{a(){return 1},b(){return 2}}[unknown?'a':'b']()", (1, 2)),
        ("import('./none.js')", UNKNOWN),
        ("import(unknown)", UNKNOWN),
        ("import()", UNKNOWN),
    ],
)
def test_functions_and_calls(source: str, value: object) -> None:
    assert same(expression(source), value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("new class{a=1;b=this.a;c}", {"a": 1, "b": 1, "c": None}),
        ("new class{constructor(a){this.a=a}}(1)", {"a": 1}),
        ("new class{a='x'}().a", "x"),
        ("new(class{a=1})().a", 1),
        ("new class{#a=1;b(){return this.#a}}().b()", 1),
        ("new class{get a(){return 1}}().a", 1),
        ("new class{set a(b){}}().a", None),
        ("new class{['a'+1]=1}", {"a1": 1}),
        ("new class{a(){return 1}'b'(){return 2}}().b()", 2),
        ("new class{async a(){return 1}*b(){}}().a()", 1),
        ("new class{static(){return 1}}().static()", 1),
        ("new class{get=1;set;static=2;async=3}", {"get": 1, "set": None, "static": 2, "async": 3}),
        ("(class{static a=1}).a", 1),
        ("(class{static a(){return this.b}static b=1}).a()", 1),
        ("(class{static get a(){return 1}}).a", 1),
        ("(class{static{this.a=1}}).a", 1),
        ("(class A{static a=A.b=1}).b", 1),
        ("(class A{static a=A}).a", FUNCTION),
        ("new(unknown?class{a=1}:class{a=2})", ({"a": 1}, {"a": 2})),
        ("new unknown(1)", UNKNOWN),
        ("new unknown", UNKNOWN),
        ("new new class{constructor(){this.a=1}}().b", UNKNOWN),
        ("new(function(a){this.a=a})(1)", {"a": 1}),
        ("new(function(){return{a:1}})", {"a": 1}),
        ("new(function(){return 1})", {}),
        ("new(class{constructor(){return{a:1}}})", {}),
        ("(class{}).constructor", None),
        ("(new class{}).constructor", FUNCTION),
        ("class extends unknown{}", FUNCTION),
        ("class extends null{}", FUNCTION),
    ],
)
def test_classes(source: str, value: object) -> None:
    assert same(expression(source), value)


CLASSES = [
    ("class A{a=1}class B extends A{b=this.a}", "new B", {"a": 1, "b": 1}),
    ("class A{constructor(a){this.a=a}}class B extends A{}", "new B(1)", {"a": 1}),
    (
        "class A{constructor(a){this.a=a}}"
        "class B extends A{b=2;constructor(a){super(a+1);this.c=3}}",
        "new B(1)",
        {"a": 2, "b": 2, "c": 3},
    ),
    ("class A{a(){return 1}}class B extends A{a(){return super.a()+1}}", "new B().a()", 2),
    ("class A{get a(){return this.b}}class B extends A{b=1;c(){return super.a}}", "new B().c()", 1),
    ("class A{static a(){return this.b}}class B extends A{static b=2}", "B.a()", 2),
    ("class A{static a=1}class B extends A{}", "B.a", 1),
    ("class A{a=1}class B extends A{}class C extends B{}", "new C().a", 1),
    ("class A extends unknown{a=1}", "new A().b", UNKNOWN),
    ("class A extends unknown{constructor(){super();this.a=1}}", "new A().a", 1),
    ("class A extends unknown{m(){super();return 1}}", "A.prototype.m.call(2)", 1),
    ("function A(){this.a=1}A.prototype.b=function(){return this.a}", "new A().b()", 1),
    ("function A(){}A.prototype={b(){return 1}}", "new A().b()", 1),
    ("function A(){super();this.a=1}", "new A", {"a": 1}),
    ("class A{}class B extends A{m(){return()=>super.x}}", "new B().m()()", None),
    ("class A{m(){return 1}}class B extends A{m(){return(()=>super.m())()}}", "new B().m()", 1),
    ("class A{x=1}", "Reflect.construct(A,[]).x", 1),
    ("class A{static a=[1]}A.a.push(2)", "A.a", [1, 2]),
]


@pytest.mark.parametrize(("classes", "source", "value"), CLASSES)
def test_classes_that_extend_others(classes: str, source: str, value: object) -> None:
    assert same(value_of(f"{classes};var R={source}"), value)


def test_super_in_an_object_means_its_prototype() -> None:
    body = "var o={m(){return super.m()+1}};Object.setPrototypeOf(o,{m(){return 1}});return o.m()"
    assert result(body) == 2


def test_a_constructor_of_a_class_that_is_not_known_is_run() -> None:
    assert value_of("var R=new class extends x.y{constructor(a){super(a);this.a=a}}(1).a") == 1
