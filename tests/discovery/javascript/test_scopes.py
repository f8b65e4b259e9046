from __future__ import annotations

import pytest

from magickpen.discovery.javascript.scopes import (
    MAX_PATTERN_DEPTH,
    TOP,
    Binding,
    Scopes,
    name_pairs,
)
from magickpen.discovery.javascript.script import Script, Work


def binding_of(source: str, name: str = "a", use: str = "USE") -> tuple[Script, Binding | None]:
    """Return what a name means where another one stands."""
    script = Script(source)
    return script, Scopes(script).resolve(name, script.places[use][0])


def value_of(source: str, name: str = "a") -> str:
    """Return the first token of what a name is declared as at `USE`."""
    script, binding = binding_of(source, name)
    return script.tokens[binding.value] if binding is not None and binding.value >= 0 else ""


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("var a=1;USE", "1"),
        ("let b=2,a=1;USE", "1"),
        ("const a=1;function f(){USE}", "1"),
        ("USE;var a=1", "1"),
        ("var a;USE", ""),
        ("var a;var a=1;USE", "1"),
        ("var a=1,a=2;USE", "1"),
        ("if(b){var a=1}USE", "1"),
        ("if(b){let a=1}USE", ""),
        ("function f(){var a=1}USE", ""),
        ("var a=1;function f(){var a=2;USE}", "2"),
        ("var a=1;{let a=2;USE}", "2"),
        ("var a=1;{let a=2}USE", "1"),
        ("var b=()=>{var a=1;return()=>{USE}}", "1"),
        ("for(let a=1;;){USE}", "1"),
        ("for(let a=1,b=2;b<USE;){}", ""),
        ("for await(const a=1 of b){[USE]}", "1"),
        ("for(let a=1;;){}USE", ""),
        ("for(let a=1;USE", "1"),
        ("f(()=>{let a=1;USE})", "1"),
        ("let b=[x=>{USE}],a=1", "1"),
        ("f(let a=1);USE", "1"),
        ("x.let,a=1;USE", ""),
        ("let", ""),
    ],
)
def test_a_variable_is_known_in_its_scope(source: str, value: str) -> None:
    assert value_of(f"{source};USE") == value


def test_what_is_declared_nowhere_has_no_declaration() -> None:
    assert binding_of("b(USE)")[1] is None


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("var{a}=b", ("a",)),
        ("var{c:a}=b", ("c",)),
        ("var{c:{d:a}}=b", ("c", "d")),
        ("var[c,a]=b", ("1",)),
        ("var[,a]=b", ("1",)),
        ("var{c:[a]}=b", ("c", "0")),
        ("var{c,...a}=b", ()),
        ("var{a=1}=b", ("a",)),
        ("var{c:{a}={}}=b", ("c", "a")),
    ],
)
def test_a_pattern_tells_the_way_to_a_name(source: str, path: tuple[str, ...]) -> None:
    script, binding = binding_of(f"{source};USE")
    assert binding is not None
    assert binding.path == path
    assert script.tokens[binding.value] == "b"


def test_a_name_in_a_pattern_may_have_a_default() -> None:
    script, binding = binding_of("var{a=1}=b;USE")
    assert binding is not None
    assert script.tokens[binding.default] == "1"


@pytest.mark.parametrize("depth", [MAX_PATTERN_DEPTH, MAX_PATTERN_DEPTH + 1, 20_000])
@pytest.mark.parametrize(("begin", "end"), [("{a:", "}"), ("[", "]"), ("[...", "]")])
def test_patterns_are_followed_to_some_depth(begin: str, end: str, depth: int) -> None:
    source = f"let {begin * depth}a{end * depth}=b;USE"
    levels = depth * (2 if "..." in begin else 1)
    assert (binding_of(source)[1] is None) == (levels > MAX_PATTERN_DEPTH)


@pytest.mark.parametrize(
    "source", ["var{", "var{a:", "var[...", "var{a=", "var 'a'", "var", "let{}"]
)
def test_a_declaration_that_breaks_off_declares_nothing_more(source: str) -> None:
    assert Scopes(Script(source)).resolve("b", 0) is None


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("function a(){}USE", "function"),
        ("async function a(){}USE", "function"),
        ("function*a(){}USE", "function"),
        ("export function a(){}USE", "function"),
        ("export default function a(){}USE", "function"),
        ("class a{}USE", "class"),
        ("class a extends b{}USE", "class"),
        ("if(b){function a(){}USE}", "function"),
        ("if(b)function a(){}USE", "function"),
        ("if(b){}else function a(){}USE", "function"),
        ("x=function a(){}", ""),
        ("x=function a(){USE}", "function"),
        ("x=class a{}", ""),
        ("x=class a{b(){USE}}", "class"),
        ("x=class a extends b{b(){USE}}", "class"),
        ("x=class a", ""),
        ("x=function a", ""),
        ("x=function a(", ""),
        ("x=async function a(){USE}", "function"),
        ("x=function(){}", ""),
        ("x=class extends a{}", ""),
        ("function", ""),
        ("class", ""),
        ("{function a(){}}", ""),
    ],
)
def test_functions_and_classes_declare_their_names(source: str, value: str) -> None:
    assert value_of(f"{source};USE") == value


@pytest.mark.parametrize(
    ("source", "position"),
    [
        ("function f(a){USE}", 0),
        ("function f(b,a){USE}", 1),
        ("(b,a)=>{USE}", 1),
        ("a=>{USE}", 0),
        ("a=>USE", 0),
        ("(b,a)=>USE", 1),
        ("a=>b=>USE", 0),
        ("a=>f(c,USE)", 0),
        ("a=>({b:USE})", 0),
        ("x={m(b,a){USE}}", 1),
        ("function f(b,{a}){USE}", 1),
        ("function f(b,{a}={}){USE}", 1),
        ("function f(...a){USE}", 0),
        ("function f(a){return b.map(c=>USE)}", 0),
    ],
)
def test_a_parameter_is_known_in_its_function(source: str, position: int) -> None:
    script, binding = binding_of(source)
    assert binding is not None
    assert binding.position == position
    assert script.tokens[binding.function] in ("(", "a")


@pytest.mark.parametrize(
    "source",
    [
        "a=>b,USE",
        "x=a=>b;USE",
        "(a=>b)+USE",
        "f(a=>b),USE",
        "function f(a){}USE",
        "(b=>USE)",
        "=>USE",
        "b=>{c}USE",
    ],
)
def test_a_parameter_is_not_known_outside(source: str) -> None:
    assert binding_of(source)[1] is None


@pytest.mark.parametrize(
    ("source", "rest"),
    [
        ("function f(...a){USE}", True),
        ("function f(b,...a){USE}", True),
        ("(...a)=>USE", True),
        ("function f(a,...b){USE}", False),
        ("function f([...a]){USE}", False),
    ],
)
def test_a_parameter_may_take_the_rest(source: str, rest: bool) -> None:
    binding = binding_of(source)[1]
    assert binding is not None
    assert binding.rest is rest


def test_a_use_of_a_name_is_looked_at_once() -> None:
    script = Script("function f(a){a;b}")
    scopes = Scopes(script)
    first = scopes.resolve("a", script.places["b"][0])
    script.work = Work(0)
    assert scopes.resolve("a", script.places["b"][0]) is first is not None


@pytest.mark.parametrize("keyword", ["var", "let", "const"])
@pytest.mark.parametrize("bracket", ["[", "(", "{", "x={a:", "b=>{", "for("])
def test_declarations_in_deep_nesting_are_read(keyword: str, bracket: str) -> None:
    source = bracket * 3000 + f"{keyword} a=1;" * 3000 + "USE"
    assert value_of(source) == "1"


def test_a_parameter_may_have_a_default() -> None:
    script, binding = binding_of('function f(a="b"){USE}')
    assert binding is not None
    assert script.tokens[binding.default] == '"b"'


@pytest.mark.parametrize(
    ("source", "imported"),
    [
        ('import a from"./b.js";USE', "default"),
        ('import{a}from"./b.js";USE', "a"),
        ('import{c as a}from"./b.js";USE', "c"),
        ('import{"c-d"as a}from"./b.js";USE', "c-d"),
        ('import*as a from"./b.js";USE', "*"),
        ('import c,{a}from"./b.js";USE', "a"),
        ('import c,*as a from"./b.js";USE', "*"),
        ('import a,*as c from"./b.js";USE', "default"),
        ('import a,{c}from"./b.js";USE', "default"),
        ('USE;import a from"./b.js"', "default"),
    ],
)
def test_imports_declare_names(source: str, imported: str) -> None:
    binding = binding_of(source)[1]
    assert binding == Binding(TOP, path=(imported,), imported_from="./b.js")


@pytest.mark.parametrize(
    "source",
    [
        'import"a";USE',
        'import("a");USE',
        "import.meta.a;USE",
        "import{a};USE",
        "import a from b;USE",
        "USE;import",
        "USE;import{a",
        "USE;import a from",
        "USE;import*as",
        "USE;import{a as b as c}from'd'",
    ],
)
def test_other_uses_of_import_declare_nothing(source: str) -> None:
    assert binding_of(source)[1] is None


def test_the_function_around_a_token() -> None:
    script = Script("a;function f(){b;if(c){[d]}}e")
    scopes = Scopes(script)
    body = script.places["{"][0]
    for name, expected in {"a": TOP, "b": body, "c": body, "d": body, "e": TOP}.items():
        assert scopes.function_around(script.places[name][0]) == expected
    assert scopes.function_around(script.places["d"][0]) == body


def test_pairs_of_names() -> None:
    script = Script('export{a,b as c,d as"e",f g,h as i j}')
    assert [(pair.inner, pair.outer) for pair in name_pairs(script, 1)] == [
        ("a", "a"),
        ("b", "c"),
        ("d", "e"),
    ]
