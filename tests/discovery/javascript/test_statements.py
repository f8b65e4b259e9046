"""What statements do."""

from __future__ import annotations

import pytest

from tests.support.javascript import FUNCTION, UNKNOWN, result, same, value_of


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("var a=1,b=a+1;return[a,b]", [1, 2]),
        ("let a=1;const b=2;return[a,b]", [1, 2]),
        ("var a;return a", None),
        ("let a;return a", None),
        ("var a=1;var a;return a", 1),
        ("a=1;return a;var a", 1),
        ("return a;var a=1", None),
        ("if(1){var a=1}return a", 1),
        ("if(1){let a=1}return typeof a", UNKNOWN),
        ("var a=1;{let a=2}return a", 1),
        ("var a=1;{let a=2;return a}", 2),
        ("var a=1;{a=2}return a", 2),
        ("{var a=1}{a=a+1}return a", 2),
        ("return f();function f(){return 1}", 1),
        ("{return f();function f(){return 1}}", 1),
        ("class A{a=1}return new A().a", 1),
        ("async function f(){return 1}return f()", 1),
        ("function*f(){}return f", FUNCTION),
        ("(()=>{var b=1})();return typeof b", UNKNOWN),
        (
            "var f=()=>{var c;for(;;){var a;}if(1)var b;else{try{var d}finally{switch(1)"
            "{case 1:var e}}}for(var g of[]);return[a,b,c,d,e,g]};return f()",
            [None] * 6,
        ),
        ("label:a=1;return a;var a", 1),
        (";;return 1", 1),
    ],
)
def test_declarations(body: str, value: object) -> None:
    assert same(result(body), value)


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ("{a}={a:1}", 1),
        ("{b:a}={b:1}", 1),
        ("{b:{c:a}}={b:{c:1}}", 1),
        ("{'b':a}={b:1}", 1),
        ("{['b'+1]:a}={b1:1}", 1),
        ("{a=1}={}", 1),
        ("{a=1}={a:2}", 2),
        ("{a='x'}=unknown", UNKNOWN),
        ("{b,...a}={b:1,c:2}", {"c": 2}),
        ("{...a}=unknown", {}),
        ("{...{b:a}}={b:1}", 1),
        ("[a]=[1]", 1),
        ("[,a]=[1,2]", 2),
        ("[,a]=[1]", None),
        ("[b,...a]=[1,2,3]", [2, 3]),
        ("[[a]]=[[1]]", 1),
        ("[a=1]=[]", 1),
        ("[a]=unknown", UNKNOWN),
        ("[...a]=unknown", UNKNOWN),
        ("[a]='xy'", "x"),
        ("[b,a]=new Map([['x',1],['y',2]])", ["y", 2]),
    ],
)
@pytest.mark.parametrize(
    "source", ["var {};return a", "for(let {};;){{return a}}", "var a,b;({});return a"]
)
def test_patterns(source: str, pattern: str, value: object) -> None:
    found = result(source.format(pattern))
    if not source.startswith("for"):
        assert same(found, value)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("if(1)return 1;return 2", 1),
        ("if(0)return 1;else return 2", 2),
        ("if(0)return 1;return 2", 2),
        ("if(unknown)return 1;return 2", (1, 2)),
        ("if(unknown)return 1;else return 2", (1, 2)),
        ("var a=1;if(unknown)a=2;return a", (1, 2)),
        ("var a=1;if(unknown)a=2;else a=3;return a", (1, 2, 3)),
        ("var a;if(unknown)a=2;return a", 2),
        ("var a=1;if(unknown)a=1;return a", 1),
        ("if(unknown){var a=1;a=2}return a", (1, 2)),
        ("if(unknown){let a=1;a=2;return a}", 2),
        ("var o={a:1};if(unknown)o.a=2;return o.a", (1, 2)),
        ("var o={a:unknown};if(unknown)o.a=2;return o.a", 2),
        ("var o={};if(unknown)o.a=2;return o.a", 2),
        ("var a=1;unknown&&(a=2);return a", (1, 2)),
        ("var a=1;unknown?a=2:a=3;return a", (1, 2, 3)),
        ("var a=1;unknown||(a=2);return a", (1, 2)),
        ("var f=()=>1;if(unknown)f=()=>2;return f()", 2),
    ],
)
def test_conditions(body: str, value: object) -> None:
    assert same(result(body), value)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("for(var i=0,a='';i<3;i++)a+=i;return a", "012"),
        ("for(var i=0;i<3;i++)if(i==1)return i", 1),
        ("for(var i=0;i<3;i++){if(i==1)break}return i", 1),
        ("var a='';for(let i=0;i<3;i++){if(i==1)continue;a+=i}return a", "02"),
        ("var a='';for(let i=0,j=1;i<3;i++,j*=2)a+=j;return a", "124"),
        ("var i=0;for(;i<3;)i++;return i", 3),
        ("var i=0;while(i<3)i++;return i", 3),
        ("var i=0;do{i++}while(i<3);return i", 1),
        ("var i=0;do i++;while(0)return i", 1),
        ("var i=0;for(;;){i++;if(i>2)break}return i", (0, 1)),
        ("var i=0;while(unknown)i++;return i", (0, 1)),
        ("for(var i=0;i<1e9;i++);return i", 300),
        ("var a='';for(var b of['x','y'])a+=b;return a", "xy"),
        ("var a='';for(const b of'xy')a+=b;return a", "xy"),
        ("var a='';for(const[k,v]of Object.entries({x:1}))a+=k+v;return a", "x1"),
        ("var a='';for(var k in{x:1,y:2})a+=k;return a", "xy"),
        ("var a='';for(let k in['x'])a+=k;return a", "0"),
        ("var a='',k;for(k in{x:1})a+=k;return a", "x"),
        ("for(var k of[1,2,3])if(k>1)return k", 2),
        ("var a='';for(var k of[1,2,3]){if(k==2)break;a+=k}return a", "1"),
        ("var a='';for(var k of[1,2,3]){if(k==2)continue;a+=k}return a", "13"),
        ("var a;for(var k of unknown)a=k;return a", UNKNOWN),
        ("var a=1;for(var k of unknown)a=2;return a", (1, 2)),
        ("var a=1;for(var k in unknown)a=2;return a", (1, 2)),
        ("for await(var k of[1])return k", 1),
        ("for(var k of[1])for(var l of[2])return[k,l]", [1, 2]),
        ("a:for(var i=0;i<2;i++){break a}return i", 0),
        ("a:for(var i=0;i<2;i++){continue a}return i", 2),
        ("for(var i=0;i<2;i++)throw 1;return i", None),
        ("var f=[];for(let i of[1,2])f.push(()=>i);return[f[0](),f[1]()]", [1, 2]),
    ],
)
def test_loops(body: str, value: object) -> None:
    assert same(result(body), value)


SWITCH = "switch({}){{case 1:a+='1';case 2:a+='2';break;default:a+='d';case 3:a+='3'}}return a"


@pytest.mark.parametrize(
    ("of", "value"), [("1", "12"), ("2", "2"), ("3", "3"), ("4", "d3"), ("'1'", "d3")]
)
def test_a_switch_runs_from_the_case_that_matches(of: str, value: str) -> None:
    assert result(f"var a='';{SWITCH.format(of)}") == value


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("switch(1){case 1:return'x'}return'y'", "x"),
        ("switch(2){case 1:return'x'}return'y'", "y"),
        ("switch(2){case 1:return'x';default:return'z'}return'y'", "z"),
        ("switch(1){case 1:{break}}return'y'", "y"),
        ("switch(unknown){case 1:return 1;case 2:return 2;default:return 3}", (1, 2, 3)),
        ("var a;switch(unknown){case 0:a=1;break;case 1:return a}", 1),
        ("switch(1){case unknown:return 1;case 1:return 2}", (1, 2)),
        ("switch(1){}return 1", 1),
        ("for(;;){switch(1){case 1:continue}}return 1", 1),
    ],
)
def test_switches(body: str, value: object) -> None:
    assert same(result(body), value)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("try{return 1}catch(e){return 2}", (1, 2)),
        ("try{throw 1}catch{return 2}return 3", 2),
        ("try{throw 1}catch(e){}return 3", 3),
        ("try{f()}catch(e){return 2}return 3", (2, 3)),
        ("var a=1;try{a=2}catch(e){a=3}return a", (2, 3)),
        ("try{return 1}finally{}", 1),
        ("try{return 1}finally{return 2}", (1, 2)),
        ("try{throw 1}finally{}return 3", None),
        ("throw 1;return 2", None),
        ("throw;return 2", None),
        ("return", None),
        ("return;return 1", None),
        ("if(1){return}return 1", None),
    ],
)
def test_the_end_of_a_function(body: str, value: object) -> None:
    assert same(result(body), value)


def test_a_return_outside_of_a_function_ends_nothing() -> None:
    assert value_of("var R=(class{static{return 1}static a=1}).a") == 1
