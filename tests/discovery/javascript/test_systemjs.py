from __future__ import annotations

import pytest

from magickpen.discovery.javascript.script import Script, WorkLimitError
from magickpen.discovery.javascript.systemjs import (
    dependencies,
    dependency_of_setter,
    registered_exports,
)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('System.register(["./a.js","./b.js"],function(){})', ['"./a.js"', '"./b.js"']),
        ("System.register('name',['./a.js'],function(){})", ["'./a.js'"]),
        ("System.register([`./a.js`,b],function(){})", ["`./a.js`"]),
        ("System.register([],function(){})", []),
        ('System.register(["./a.js"])', []),
        ('System.register(x,["./a.js"],y)', ['"./a.js"']),
        ('x.register(["./a.js"],y)', []),
        ('System.other(["./a.js"],y)', []),
        ('register(["./a.js"],y)', []),
        ('a;System.register;System.register(["./a.js"],y)', ['"./a.js"']),
        ("System.register(", []),
        ("System.register", []),
        ("", []),
    ],
)
def test_what_a_registered_module_imports(source: str, names: list[str]) -> None:
    assert dependencies(Script(source)) == names


@pytest.mark.parametrize(
    ("setters", "dependency"),
    [
        ("(P)=>{},e=>{}", "./a.js"),
        ("e=>{},(P)=>{}", "./b.js"),
        ("function(P){}", "./a.js"),
        ("e=>{},function(P){}", "./b.js"),
        ("e=>{},e=>{},function(P){}", ""),
        ("f((P)=>{})", ""),
        ("e=>{(P)=>{}}", ""),
    ],
)
def test_what_a_setter_is_handed(setters: str, dependency: str) -> None:
    script = Script(
        f'System.register(["./a.js","./b.js"],function(e){{return{{setters:[{setters}]}}}})'
    )
    assert dependency_of_setter(script, script.places["P"][0] - 1) == dependency


def test_what_a_setter_with_a_lone_parameter_is_handed() -> None:
    script = Script('System.register(["./a.js"],e=>({setters:[P=>{}]}))')
    assert dependency_of_setter(script, script.places["P"][0]) == "./a.js"


@pytest.mark.parametrize(
    "source", ["(P)=>{}", "[(P)=>{}]", "setters:[(P)=>{}]", "x:[(P)=>{}]", "setters:((P)=>{})"]
)
def test_what_is_no_setter_is_handed_nothing(source: str) -> None:
    script = Script(source)
    assert dependency_of_setter(script, script.places["P"][0] - 1) == ""


@pytest.mark.parametrize(
    ("source", "exports"),
    [
        ('function(e){e("a",1)}', {"a": "1"}),
        ('function(e,t){e("a",1),e("b",2)}', {"a": "1", "b": "2"}),
        ("function(e){e({a:1,'b':2})}", {"a": "1", "b": "2"}),
        ('async function(e){e("a",1)}', {"a": "1"}),
        ('function f(e){e("a",1)}', {"a": "1"}),
        ('(e)=>{e("a",1)}', {"a": "1"}),
        ('e=>{e("a",1)}', {"a": "1"}),
        ('(function(e){e("a",1)})', {"a": "1"}),
        ('((e=>{e("a",1)}))', {"a": "1"}),
        ('function(e){return{execute:function(){var t=e("a",1)}}}', {"a": "1"}),
        ('function(e){x.f("a",1);e(a,1);e(a);e("a");e();e("a",1,2);e(1,2)}', {}),
        ('function(){e("a",1)}', {}),
        ("f", {}),
        ("", {}),
        ("(", {}),
        ("(f)", {}),
    ],
)
def test_what_a_registered_module_exports(source: str, exports: dict[str, str]) -> None:
    script = Script(f"System.register([],{source})")
    found = registered_exports(script)
    assert {name: script.tokens[index] for name, index in found.items()} == exports


def test_a_module_that_is_not_registered_exports_nothing() -> None:
    assert registered_exports(Script('e("a",1)')) == {}


@pytest.mark.parametrize("piece", ["System.register(", "System.register([],", 'e("a",1);', "(" * 9])
def test_many_registrations_are_read(piece: str) -> None:
    script = Script("System.register([],function(e){" + piece * 5000)
    assert registered_exports(script).keys() <= {"a"}
    assert dependencies(script) == []


def test_calls_inside_each_other_are_work() -> None:
    script = Script("System.register([],function(e){" + '(e("a",' * 5000)
    with pytest.raises(WorkLimitError):
        registered_exports(script)
