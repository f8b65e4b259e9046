from __future__ import annotations

import pytest

from magickpen.discovery.javascript.literals import (
    MAX_NESTING,
    between,
    brace_of_class,
    elements,
    end_of_expression,
    end_of_function,
    function_at,
    is_declaration,
    is_string,
    last_of_sequence,
    literals_around,
    occurrences,
    properties,
    returned,
    spellings,
    start_of_function,
    start_of_operand,
    string_value,
)
from magickpen.discovery.javascript.script import Script, Work, WorkLimitError


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ('"a"', True),
        ("'a'", True),
        ("`a`", True),
        ('""', True),
        ('"', False),
        ('"a', False),
        ("`a${", False),
        ("}a`", False),
        ("a", False),
        ("XaX", False),
    ],
)
def test_strings_and_whole_templates_are_strings(token: str, expected: bool) -> None:
    assert is_string(token) is expected


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ('"a"', "a"),
        ("`a${", "a"),
        ("}b${", "b"),
        ("}c`", "c"),
        (r'"\x41\u0042\u{43}"', "ABC"),
        (r'"\n\t\\\"\q\0"', '\n\t\\"q\0'),
        (r'"\r\b\f\v"', "\r\b\f\v"),
        (r'"\u{9}\u{1f600}"', "\t😀"),
        ('"a\\\nb\\\r\nc"', "abc"),
        ('"a\\\rb\\\u2028c\\\u2029d"', "abcd"),
        (r'"\u{10ffff}"', "\U0010ffff"),
        (r'"\u{110000}"', ""),
        ('"${"', "${"),
    ],
)
def test_the_text_of_a_string(token: str, text: str) -> None:
    assert string_value(token) == text


def test_a_text_may_be_written_with_three_kinds_of_quotes() -> None:
    assert spellings("a") == ('"a"', "'a'", "`a`")


def test_occurrences_between_two_places() -> None:
    script = Script("a,a,a,b")
    assert occurrences(script, "a") == [0, 2, 4]
    assert occurrences(script, "a", 1) == [2, 4]
    assert occurrences(script, "a", 1, 4) == [2]
    assert occurrences(script, "c") == []


def test_looking_at_places_is_work() -> None:
    script = Script("a")
    script.work = Work(5)
    assert between(script, [1, 3, 5, 7], 2, 6) == [3, 5]
    with pytest.raises(WorkLimitError):
        between(script, [1, 3, 5, 7], 0)


@pytest.mark.parametrize(
    ("source", "expression"),
    [
        ("a,b", "a"),
        ("a+b;c", "a+b"),
        ("f(a,b)[c,d],e", "f(a,b)[c,d]"),
        ("{a:1,b:2}}", "{a:1,b:2}"),
        ("a)", "a"),
        ("a]", "a"),
        ("a}b`", "a"),
        ("a=>{b;c},d", "a=>{b;c}"),
        ("a let b", "a"),
        ("a var b", "a"),
        ("a const b", "a"),
        ("a export b", "a"),
        ("a.let,b", "a.let"),
        ("a", "a"),
        ("(a,b", "(a,b"),
        ("", ""),
    ],
)
def test_an_expression_ends_with_its_comma_semicolon_or_bracket(
    source: str, expression: str
) -> None:
    script = Script(source)
    end = end_of_expression(script, 0)
    assert "".join(script.tokens[:end]) == expression.replace(" ", "")


@pytest.mark.parametrize(
    ("source", "begin"),
    [
        ("[]", []),
        ("[a,b]", ["a", "b"]),
        ("[a,[b,c],d]", ["a", "[", "d"]),
        ("[,a]", [",", "a"]),
        ("f(a,b)", ["a", "b"]),
        ("[a;b]", ["a"]),
        ("[a,b", ["a", "b"]),
    ],
)
def test_where_elements_begin(source: str, begin: list[str]) -> None:
    script = Script(source)
    opener = next(i for i, token in enumerate(script.tokens) if token in "([")
    assert [script.tokens[index] for index in elements(script, opener)] == begin


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("{}", {}),
        ("{a:1,'b':2,`c`:3,4:d}", {"a": "1", "b": "2", "c": "3", "4": "d"}),
        ("{a,b}", {"a": "a", "b": "b"}),
        ("{a(){},b:1}", {"a": "(", "b": "1"}),
        ("{get a(){return 1},async b(){},c:1}", {"a": "(", "b": "(", "c": "1"}),
        ("{set a(b){},c:1}", {"c": "1"}),
        ("{get a(){return 1},set a(b){}}", {"a": "("}),
        ("{set [a](b){},c:1}", {"c": "1"}),
        ("{set a", {}),
        ("{get:1,set,static(){}}", {"get": "1", "set": "set", "static": "("}),
        ("{get=1;b=2}", {"get": "1", "b": "2"}),
        ("{a,get}", {"a": "a", "get": "get"}),
        ("{a(){}b(){}c=1}", {"a": "(", "b": "(", "c": "1"}),
        ("{...{a:1,c:2},b:3}", {"b": "3"}),
        ("{*a(){},b:1}", {"a": "(", "b": "1"}),
        ("{a:{b:1},b:2}", {"a": "{", "b": "2"}),
        ("{a:1,b:2,'a':3}", {"a": "3", "b": "2"}),
        ("{a:1,+,b:2}", {"a": "1", "b": "2"}),
        ("{a:1", {"a": "1"}),
        ("{let b=1;c:2}", {"let": "let", "b": "1", "c": "2"}),
    ],
)
def test_the_properties_of_an_object(source: str, named: dict[str, str]) -> None:
    script = Script(f"x={source}")
    found = properties(script, 2).named
    assert {name: script.tokens[index] for name, index in found.items()} == named


def test_the_fields_and_methods_of_a_class() -> None:
    script = Script('class A{#a="b";static c="d";e;f(){return 1}static{g()}[h]="i"}')
    found = properties(script, script.places["{"][0])
    assert {name: script.tokens[i] for name, i in found.named.items() if name != "static"} == {
        "#a": '"b"',
        "c": '"d"',
        "e": "e",
        "f": "(",
    }
    assert [script.tokens[value] for _, value in found.computed] == ['"i"']


def test_computed_and_spread_properties() -> None:
    script = Script("x={...a,[b]:c,...d(e),[f](){},g}")
    found = properties(script, 2)
    assert [script.tokens[index] for index in found.spread] == ["a", "d"]
    assert [(script.tokens[k], script.tokens[v]) for k, v in found.computed] == [
        ("b", "c"),
        ("f", "("),
    ]
    assert list(found.named) == ["g"]


@pytest.mark.parametrize("source", ["{", "{a:", "{[", "{[a]", "{[a]:", "{get", "{...", "{a(", "{("])
def test_an_object_that_breaks_off_has_what_is_there(source: str) -> None:
    script = Script(f"x={source}")
    assert properties(script, 2).spread in ([], [4])


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("function(a){b}", "{"),
        ("function f(a){b}", "{"),
        ("async function f(a){b}", "{"),
        ("function*f(a){b}", "{"),
        ("(a)=>b", "b"),
        ("a=>b", "b"),
        ("async a=>b", "b"),
        ("a=>{b}", "{"),
        ("(a){b}", "{"),
    ],
)
def test_a_function_has_parameters_and_a_body(source: str, body: str) -> None:
    script = Script(f"x={{m{source}}}" if source == "(a){b}" else f"x={source}")
    start = 4 if source == "(a){b}" else 2
    function = function_at(script, start)
    assert function is not None
    assert script.tokens[function.body] == body
    assert script.tokens[function.parameters] in ("(", "a")


@pytest.mark.parametrize(
    "source", ["a", "(a)", "(a)+b", "async", "function", "function f", "(a)=>", "async function"]
)
def test_what_is_no_function(source: str) -> None:
    assert function_at(Script(source), 0) is None


def test_there_is_no_function_after_the_end() -> None:
    assert function_at(Script("a"), 1) is None


@pytest.mark.parametrize(
    ("source", "function"),
    [
        ("x=function(P){a}(b)", "function(P){a}"),
        ("x=function f(P){a};b", "function f(P){a}"),
        ("x=function*f(P){a};b", "function*f(P){a}"),
        ("x=async function(P){a},b", "async function(P){a}"),
        ("x=(P)=>a,b", "(P)=>a"),
        ("x=async(P)=>{a}+b", "async(P)=>{a}"),
        ("(P)=>a", "(P)=>a"),
        ("x={m(P){a},b}", "(P){a}"),
        ("x={async m(P){a},b}", "(P){a}"),
        ("x=(P)=>{a", "(P)=>{a"),
    ],
)
def test_where_a_function_begins_and_ends(source: str, function: str) -> None:
    script = Script(source)
    parameters = script.places["P"][0] - 1
    parts = function_at(script, parameters)
    assert parts is not None
    extent = range(start_of_function(script, parameters), end_of_function(script, parts))
    assert [script.tokens[index] for index in extent] == Script(function).tokens


def test_a_function_without_parentheses_begins_with_its_parameter() -> None:
    script = Script("x=async P=>a,b")
    assert start_of_function(script, script.places["P"][0]) == 2


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("HERE function f(){}", True),
        ("a;HERE class A{}", True),
        ("{HERE async function f(){}}", True),
        ("{}HERE function f(){}", True),
        ("x=HERE function(){}", False),
        ("(HERE class{})", False),
        ("a;HERE f", False),
        ("HERE f", False),
    ],
)
def test_a_declaration_is_a_statement_of_its_own(source: str, expected: bool) -> None:
    index = Script(source).tokens.index("HERE")
    assert is_declaration(Script(source.replace("HERE ", "")), index) is expected


@pytest.mark.parametrize(
    ("source", "brace"),
    [
        ("class{}", 1),
        ("class A{}", 2),
        ("class A extends B{}", 4),
        ("class A extends b.B{a={}}", 6),
        ("class", 0),
        ("class A", 0),
    ],
)
def test_the_brace_of_a_class(source: str, brace: int) -> None:
    assert brace_of_class(Script(source), 0) == brace


def test_looking_for_the_brace_of_a_class_is_work() -> None:
    script = Script("class " * 5000)
    with pytest.raises(WorkLimitError):
        [brace_of_class(script, index) for index in range(5000)]


@pytest.mark.parametrize(
    ("source", "around"),
    [
        ("f({a:[{b:HERE}]})", "{[{("),
        ("x=[[HERE]]", "[[."),
        ("x={a:f([HERE])}", "[("),
        ("if(a){[HERE]}", "[{"),
        ("HERE", "."),
        ("x=`${[HERE]}`", "[`"),
    ],
)
def test_the_literals_around_a_place(source: str, around: str) -> None:
    script = Script(source)
    found = literals_around(script, script.around(script.places["HERE"][0]))
    assert "".join(script.tokens[i][0] if i >= 0 else "." for i in found) == around


@pytest.mark.parametrize("nested", [MAX_NESTING, 50_000])
def test_literals_are_looked_at_to_some_depth(nested: int) -> None:
    script = Script("x=" + "[" * nested + "HERE")
    found = list(literals_around(script, script.around(script.places["HERE"][0])))
    assert len(found) == MAX_NESTING


@pytest.mark.parametrize(
    ("before", "operand"),
    [
        ("x=", "a"),
        ("x=", "a.b.c"),
        ("x=", "a?.b"),
        ("x=", "a[b]"),
        ("x=", "a.b(c)[d]"),
        ("x=", "a[b].c(d)(e)"),
        ("x=", "[a,b]"),
        ("x=", "[a,b].c()"),
        ("x=", "(a,b)"),
        ("x=", "(a,b).c"),
        ("x=", "'a'.b"),
        ("x=", "`a${b}c`.d"),
        ("x=", "{a:b}.c"),
        ("x=", "{a:b}[c]"),
        ("x=a+", "b.c"),
        ("return", "[a]"),
        ("typeof", "(a)"),
        ("x=[...", "a.b"),
        ("x=", "a.return(b)"),
        ("f(a,", "b(c)"),
        ("", "a.b"),
        ("", "(a).b"),
        ("", "[a]"),
        ("", ".b"),
        ("", ""),
    ],
)
def test_where_an_operand_begins(before: str, operand: str) -> None:
    script = Script(f"{before} {operand};c")
    start = len(Script(before).tokens)
    end = len(script.tokens) - 2
    assert start_of_operand(script, end) == start


@pytest.mark.parametrize("piece", ["a.", "a(b).", "[a]", "(a)"])
def test_where_a_long_operand_begins(piece: str) -> None:
    script = Script(f"x={piece * 20_000}c")
    assert start_of_operand(script, len(script.tokens) - (not piece.endswith("."))) == 2


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("()=>a", "a"),
        ("()=>{return a}", "a"),
        ("()=>{f();return g(),a}", "a"),
        ("()=>{if(b){return c}return a}", "a"),
        ("function(){var b=function(){return c};return a}", "a"),
    ],
)
def test_what_a_function_returns(source: str, result: str) -> None:
    script = Script(source)
    function = function_at(script, 0)
    assert function is not None
    assert script.tokens[returned(script, function)] == result


@pytest.mark.parametrize("source", ["()=>{}", "()=>{a}", "()=>{return"])
def test_a_function_without_a_result(source: str) -> None:
    script = Script(source)
    function = function_at(script, 0)
    assert function is not None
    assert returned(script, function) == -1


@pytest.mark.parametrize(("source", "last"), [("a", "a"), ("a,b,c", "c"), ("a,b;c", "b")])
def test_the_last_of_a_sequence_is_its_value(source: str, last: str) -> None:
    script = Script(source)
    assert script.tokens[last_of_sequence(script, 0)] == last
