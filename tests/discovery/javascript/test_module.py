"""What scripts declare, import and export."""

from __future__ import annotations

import pytest

from magickpen.discovery.javascript.module import TOP, Module


def module(source: str) -> Module:
    return Module("https://site.test/a.js", source)


def place(script: Module, token: str) -> int:
    return script.script.tokens.index(token)


def scopes_of(source: str, name: str = "a", use: str = "USE") -> list[str]:
    """Return the kinds of the declarations of a name that hold where another one stands."""
    script = module(source)
    brackets = [*script.brackets_around(place(script, use)), TOP]
    found = [script.declared(bracket, name) for bracket in brackets]
    return [declaration.kind for declaration in found if declaration is not None]


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("USE", []),
        ("var a=1;USE", ["var"]),
        ("USE;var a", ["var"]),
        ("let b=2,a=1;USE", ["var"]),
        ("const a=1;function f(){USE}", ["var"]),
        ("if(b){var a=1}USE", ["var"]),
        ("if(b){let a=1}USE", []),
        ("function f(){var a=1}USE", []),
        ("function f(){if(b){var a}USE}", ["var"]),
        ("var a;function f(){var a;USE}", ["var", "var"]),
        ("for(let a of b){USE}", ["var"]),
        ("var{a}=b;USE", ["var"]),
        ("var{b:{c:[,a=1,...d]}}=e;USE", ["var"]),
        ("var{b:{c:[,e=1,...a]}}=e;USE", ["var"]),
        ("var{b,...a}=b;USE", ["var"]),
        ("var[,a]=b;USE", ["var"]),
        ("var{a:b}=c;USE", []),
        ("x.let,a=1;USE", []),
        ("x.function a(){};USE", []),
        ("function a(){}USE", ["function"]),
        ("async function a(){}USE", ["function"]),
        ("function*a(){}USE", ["function"]),
        ("export default function a(){}USE", ["function"]),
        ("x=function a(){};USE", []),
        ("class a{}USE", ["class"]),
        ("x=class a{};USE", []),
        ("if(b)function a(){}USE", ["function"]),
        ("function f(a){USE}", ["parameter"]),
        ("function f(b,{a},c){USE}", ["parameter"]),
        ("(b,a=1)=>{USE}", ["parameter"]),
        ("a=>{USE}", ["parameter"]),
        ("async a=>{USE}", ["parameter"]),
        ("x={m(...a){USE}}", ["parameter"]),
        ("function f(a){}USE", []),
        ("function f(a){var a;USE}", ["var"]),
        ("import a from'b';USE", ["import"]),
        ("var;USE", []),
        ("var 'a';USE", []),
        ("USE;function", []),
        ("USE;class", []),
    ],
)
def test_where_a_name_is_declared(source: str, kinds: list[str]) -> None:
    assert scopes_of(source) == kinds


@pytest.mark.parametrize(
    ("source", "imported"),
    [
        ('import a from"./b.js"', "default"),
        ('import{a}from"./b.js"', "a"),
        ('import{c as a}from"./b.js"', "c"),
        ('import{"c-d"as a}from"./b.js"', "c-d"),
        ('import*as a from"./b.js"', "*"),
        ('import c,{a}from"./b.js"', "a"),
        ('import c,*as a from"./b.js"', "*"),
    ],
)
def test_what_an_import_declares(source: str, imported: str) -> None:
    found = module(source).declared(TOP, "a")
    assert found is not None
    assert (found.kind, found.imported, found.source) == ("import", imported, "./b.js")


@pytest.mark.parametrize(
    "source",
    [
        'import"a"',
        'import("a")',
        "import.meta.a",
        "import{a}",
        "import a from b",
        "import",
        "import{a",
        "import a from",
        "import*as",
        "import a",
    ],
)
def test_other_uses_of_import_declare_nothing(source: str) -> None:
    assert module(source).declared(TOP, "a") is None


@pytest.mark.parametrize(
    ("source", "name", "local", "origin"),
    [
        ("export{a as b}", "b", "a", ""),
        ("export{a}", "a", "a", ""),
        ('export{a as"b-c"}', "b-c", "a", ""),
        ("export const a=1", "a", "a", ""),
        ("export function a(){}", "a", "a", ""),
        ("export async function*a(){}", "a", "a", ""),
        ("export class a{}", "a", "a", ""),
        ('export{c as a}from"./b.js"', "a", "c", "./b.js"),
        ('export*as a from"./b.js"', "a", "*", "./b.js"),
        ('export default"b"', "default", "", ""),
    ],
)
def test_what_a_module_exports(source: str, name: str, local: str, origin: str) -> None:
    exports = module(source).exports
    assert list(exports) == [name]
    assert (exports[name].name, exports[name].source) == (local, origin)


def test_a_module_may_export_all_of_others() -> None:
    exports = module('export*from"./b.js";export*from"./c.js"').exports
    assert all(name.startswith("*") for name in exports)
    assert [export.source for export in exports.values()] == ["./b.js", "./c.js"]


@pytest.mark.parametrize(
    "source", ["export", "a.export{b}", "export=a", "export const", "export{}", "a"]
)
def test_what_exports_nothing(source: str) -> None:
    assert module(source).exports == {}


@pytest.mark.parametrize(
    ("source", "around"),
    [
        ("USE", []),
        ("function f(a){USE}", ["(a){USE}"]),
        ("function f(a){return b=>USE}", ["(a){returnb=>USE}", "b=>USE"]),
        ("f((a,b)=>c(USE),d)", ["(a,b)=>c(USE)"]),
        ("a=>b=>USE", ["a=>b=>USE", "b=>USE"]),
        ("a=>{USE},b", ["a=>{USE}"]),
        ("x={m(a){if(b){USE}}}", ["(a){if(b){USE}}"]),
        ("a=>b,USE", []),
        ("a=>b;USE", []),
        ("f(a=>b)+USE", []),
        ("(b=>USE)", ["b=>USE"]),
        ("=>USE", []),
        (")=>USE", []),
        ("=>{USE}", []),
        ("){USE}", []),
    ],
)
def test_the_functions_around_a_token(source: str, around: list[str]) -> None:
    script = module(source)
    tokens = script.script.tokens
    found = [
        "".join(
            tokens[
                start : end
                + (tokens[end : end + 1] == ["}"] and tokens[script.body_of(start)] == "{")
            ]
        )
        for start, end in script.functions_around(place(script, "USE"), TOP)
        if start >= 0
    ]
    assert list(dict.fromkeys(found)) == around


def test_the_functions_around_a_token_inside_another_bracket() -> None:
    script = module("function f(){function g(){USE}}")
    outer = place(script, "f") + 3
    assert len(script.functions_around(place(script, "USE"), TOP)) == 2
    assert len(script.functions_around(place(script, "USE"), outer)) == 1
    assert len(script.functions_around(place(script, "USE"), 99)) == 2


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a=>USE", ["a"]),
        ("({a},...b)=>[USE]", ["a", "b"]),
        ("a=>b=>USE", ["b", "a"]),
        ("a=>b,USE", []),
        ("a=>{USE}", ["a"]),
    ],
)
def test_the_parameters_of_arrow_functions_around_a_token(source: str, names: list[str]) -> None:
    script = module(source)
    assert list(script.arrow_parameters(place(script, "USE"), TOP)) == names


def test_parameters_inside_a_bracket() -> None:
    script = module("a=>{b=>USE}")
    assert list(script.arrow_parameters(place(script, "USE"), place(script, "{"))) == ["b"]
    assert list(script.arrow_parameters(place(script, "USE"), 99)) == ["b", "a"]


def test_the_function_around_a_token() -> None:
    script = module("a;function f(){b;if(c){[d]}}e")
    body = place(script, "{")
    for name, expected in {"a": TOP, "b": body, "d": body, "c": body, "e": TOP}.items():
        assert script.function_around(place(script, name)) == expected


@pytest.mark.parametrize("source", ["export{a,,b}", "import{a,,b}from'c'"])
def test_names_that_are_left_out(source: str) -> None:
    script = module(source)
    assert [*script.exports] == ["a", "b"] or script.declared(TOP, "b") is not None


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("(){var a,{b,c:[d]}=e;let f}", ["a", "b", "d"]),
        ("(){if(x){var a}else var b}", ["a", "b"]),
        ("(){for(var a;;)var b;for(var c of d)var e}", ["a", "b", "c", "e"]),
        (
            "(){try{var a}catch(x){var b}finally{var c}switch(d){case 1:var e}}",
            ["a", "b", "c", "e"],
        ),
        ("(){function f(){var a}}", []),
    ],
)
def test_the_variables_of_a_function(source: str, names: list[str]) -> None:
    assert module(source).variables(0) == names


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
        ("!function(e){}([function(e,t,n){},function(e,t,n){}])", ["0", "1"]),
        ('p.register("cSjYS",function(e,r){})', ["cSjYS"]),
        ('o("cSjYS",(e,r)=>{})', ["cSjYS"]),
        ("o(abc,function(){})", []),
        ("o([function(){}])", []),
        ("x={a:b?function(){}:c}", []),
        ("x={+(){}}", []),
        ("x={7:async function(){}}", ["7"]),
        ("function f(){}", []),
        ("{", []),
        ("=>{", []),
        ("){", []),
        ("a={1(){a},1(){b}}", ["1"]),
    ],
)
def test_the_functions_that_a_bundler_made_of_modules(source: str, keys: list[str]) -> None:
    script = module(source)
    assert list(script.functions) == keys
    assert all(script.script.tokens[body] == "{" for body in script.functions.values())


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('System.register(["./a.js","./b.js"],function(){})', ["./a.js", "./b.js"]),
        ("System.register('name',['./a.js',b],function(){})", ["./a.js"]),
        ("System.register([],function(){})", []),
        ('x.register(["./a.js"],y)', []),
        ("System.register", []),
        ("", []),
    ],
)
def test_what_a_registered_module_imports(source: str, names: list[str]) -> None:
    assert module(source).registered_imports() == names


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("{a:1,'b':c,4:d,[e]:f,...g,h}", {"a": "1", "b": "c", "4": "d", "h": "h"}),
        ("{", {}),
        ("a", {}),
    ],
)
def test_the_values_of_an_object_by_name(source: str, named: dict[str, str]) -> None:
    script = module(source)
    found = script.named(0)
    assert {name: script.script.tokens[index] for name, index in found.items()} == named


@pytest.mark.parametrize("bracket", ["(", "[", "x={a:", "a=>{", "class A{b=", "`${"])
def test_deep_nesting_is_no_more_work_than_is_reasonable(bracket: str) -> None:
    script = module(bracket * 2000 + "let a=1;USE")
    assert script.function_around(place(script, "USE")) >= TOP
    assert script.declared(TOP, "b") is None
