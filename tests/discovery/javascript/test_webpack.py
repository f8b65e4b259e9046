from __future__ import annotations

import pytest

from magickpen.discovery.javascript.script import Script
from magickpen.discovery.javascript.webpack import exported, exported_whole, module_functions

PUSH = "(self.webpackChunk=self.webpackChunk||[]).push([[1],"


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        (PUSH + "{7:function(e,t,n){},8:function(e,t){}}])", ["7", "8"]),
        (PUSH + "{7(e,t,n){},8(e,t){}}])", ["7", "8"]),
        (PUSH + "{7:(e,t,n)=>{},8:e=>{}}])", ["7", "8"]),
        (PUSH + '{"./a.js":function(e,t,n){},"b"(e){}}])', ["./a.js", "b"]),
        (PUSH + "{7:function e(t){}}])", ["7"]),
        (PUSH + "[function(e,t,n){},,(e,t)=>{},e=>{}]])", ["0", "2", "3"]),
        (PUSH + "[function e(t){},function g(t){}]])", ["0", "1"]),
        ("!function(e){}([function(e,t,n){},function(e,t,n){}])", ["0", "1"]),
        ('p.register("cSjYS",function(e,r){})', ["cSjYS"]),
        ('o("cSjYS",(e,r)=>{})', ["cSjYS"]),
        ("o(abc,function(){})", []),
        ("o([function(){}])", []),
        ("x={a:b?function(){}:c}", []),
        ("x={+(){}}", []),
        ("function f(){}", []),
        ("{", []),
        ("=>{", []),
        (PUSH + "[function(e){},a=>b,c]])", ["0"]),
    ],
)
def test_functions_by_key_or_number(source: str, keys: list[str]) -> None:
    script = Script(source)
    functions = module_functions(script)
    assert list(functions) == keys
    assert all(script.tokens[body] == "{" for body in functions.values())


def test_of_two_functions_with_the_same_key_the_first_counts() -> None:
    script = Script("x={1(){a},1(){b}}")
    assert script.tokens[module_functions(script)["1"] + 1] == "a"


@pytest.mark.parametrize(
    ("source", "value", "getter"),
    [
        ('n.d(t,"a",function(){return x})', "function", True),
        ('n.d(t,"a",(function(){return x}))', "(", True),
        ("n.d(t,{b:()=>y,a:()=>x})", "(", True),
        ('n.d(t,{"a":()=>x})', "(", True),
        ("n.d(t,{a:function(){return x}})", "function", True),
        ('n.d(t,["b",()=>y,"a",0,x])', "x", False),
        ('n.d(t,["a",()=>x])', "(", True),
        ('h.d(t,{},{a:"x"})', '"x"', False),
        ("t.a=x", "x", False),
        ('t["a"]=x', "x", False),
        ('e(t.exports,"a",()=>x)', "(", True),
    ],
)
def test_what_a_module_exports(source: str, value: str, getter: bool) -> None:
    script = Script(f"x={{1:function(e,t,n){{{source}}}}}")
    body = module_functions(script)["1"]
    found = list(exported(script, body, "a"))
    assert [(script.tokens[export.value], export.getter) for export in found] == [(value, getter)]


@pytest.mark.parametrize(
    "source",
    [
        "x={a:1}",
        "f({a:1})",
        "[b,{a:1}]",
        "n.d(t,{b:a,c:d})",
        "a:1",
        "f(a)",
        '["b","a"]',
        "a=1",
        'f("a")',
        "},2:function(e,t,n){t.a=b",
    ],
)
def test_what_a_module_does_not_export(source: str) -> None:
    script = Script(f"x={{1:function(e,t,n){{{source}}}}}")
    assert list(exported(script, module_functions(script)["1"], "a")) == []


def test_a_module_may_export_one_value() -> None:
    script = Script(
        "x={1:function(e,t,n){e.exports=a;exports=b;e.exports.c=d},2:function(e){e.exports=f}}"
    )
    body = module_functions(script)["1"]
    assert [script.tokens[index] for index in exported_whole(script, body)] == ["a"]
