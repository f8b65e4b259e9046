from __future__ import annotations

import pytest

from magickpen.discovery.javascript.script import (
    BLOCK,
    CLASS,
    FUNCTION,
    GROUP,
    MIN_STEPS,
    OBJECT,
    STEPS_PER_CHARACTER,
    Script,
)
from magickpen.discovery.javascript.tokens import STEPS_PER_CHECK, WorkLimitError


def tokens(source: str) -> list[str]:
    return Script(source).tokens


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a.b=c", ["a", ".", "b", "=", "c"]),
        ("a?.b??c||d&&e", ["a", "?.", "b", "??", "c", "||", "d", "&&", "e"]),
        ("a===b!==c==d!=e", ["a", "===", "b", "!==", "c", "==", "d", "!=", "e"]),
        ("a&&=b;a||=c;a??=d", ["a", "&&=", "b", ";", "a", "||=", "c", ";", "a", "??=", "d"]),
        ("a+=b++-c--", ["a", "+=", "b", "++", "-", "c", "--"]),
        ("(...a)=>a", ["(", "...", "a", ")", "=>", "a"]),
        ("this.#a=$b_1", ["this", ".", "#a", "=", "$b_1"]),
        ("f(\n\t1 , 2)", ["f", "(", "1", ",", "2", ")"]),
        ("größe=1", ["größe", "=", "1"]),
        ("", []),
        (" \n", []),
    ],
)
def test_names_numbers_and_operators_are_tokens(source: str, expected: list[str]) -> None:
    assert tokens(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"a"',
        "'a'",
        "`a`",
        '"a\\"b"',
        "'a\\'b'",
        "`a\\`b`",
        '"\\"\\\\a\\"b\\""',
        "'\\'\\\\a\\'b\\''",
        "`\\`\\\\a\\`b\\``",
        "`$a $`",
        "`$a$b$`",
        '"//"',
        "'/*'",
        '"`"',
        "`\n`",
    ],
)
def test_a_string_is_one_token(source: str) -> None:
    assert tokens(f"a={source};b") == ["a", "=", source, ";", "b"]


@pytest.mark.parametrize("quote", ['"', "'", "`"])
def test_two_strings_side_by_side_are_two_tokens(quote: str) -> None:
    text, empty = f"{quote}a{quote}", f"{quote}{quote}"
    assert tokens(f"{text}{text}{empty}{empty}a") == [text, text, empty, empty, "a"]


def test_a_string_goes_on_after_an_escaped_line_end() -> None:
    assert tokens('"a\\\nb";c') == ['"a\\\nb"', ";", "c"]


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_string_that_is_not_closed_ends_with_its_line(quote: str) -> None:
    assert tokens(f"a={quote}b c\nd") == ["a", "=", f"{quote}b c", "d"]


@pytest.mark.parametrize(
    "source",
    ["// c", "/* c */", "/**/", "/***/", "/* * / ** */", "// `", "/* ' */", '//\n/* " */\n//'],
)
def test_comments_are_left_out(source: str) -> None:
    assert tokens(f"a{source}\nb") == ["a", "b"]


@pytest.mark.parametrize("source", ["//", "/*", "/* *", "// a", "/* a\nb"])
def test_a_comment_that_is_not_closed_takes_the_rest(source: str) -> None:
    assert tokens(f"a {source}") == ["a"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("`${a}`", ["`${", "a", "}`"]),
        ("`a${b}c${d}e`", ["`a${", "b", "}c${", "d", "}e`"]),
        ("`a${{b:1}}`", ["`a${", "{", "b", ":", "1", "}", "}`"]),
        ("`a${`b${c}`}d`", ["`a${", "`b${", "c", "}`", "}d`"]),
        ("`a${`b`}`", ["`a${", "`b`", "}`"]),
        ("`a${'}'}`", ["`a${", "'}'", "}`"]),
        ("`a${/}/}`", ["`a${", "/", "}`"]),
        ("`\\${a}`", ["`\\${a}`"]),
        ("`${a}`/b", ["`${", "a", "}`", "/", "b"]),
    ],
)
def test_a_template_is_cut_at_its_substitutions(source: str, expected: list[str]) -> None:
    assert tokens(source) == expected


@pytest.mark.parametrize("source", ["`", "`a", "`a${", "`a${b", "`a${b}", "`a${b}c", "`a${`b${"])
def test_a_template_that_is_not_closed_ends_with_the_script(source: str) -> None:
    script = Script(f"a={source}")
    assert script.tokens[2].startswith("`")
    assert script.partner[2] in (2, len(script.tokens) - 1, len(script.tokens))


def test_a_brace_outside_a_substitution_closes_no_template() -> None:
    assert tokens("a}`b`") == ["a", "}", "`b`"]


REGULAR_EXPRESSION = '/[/\'"]\\/`"{/g'


@pytest.mark.parametrize(
    "before",
    [
        "",
        "a=",
        "(",
        "[",
        ",",
        ";",
        "!",
        "a&&",
        "a?",
        "return",
        "typeof",
        "a instanceof",
        "delete",
        "void",
        "throw",
        "case",
        "in",
        "for(a of",
        "new",
        "yield",
        "await",
        "export default",
        "class A extends",
        "if(x)",
        "while(x)",
        "for(;;)",
        "with(x)",
        "do",
        "else",
        "if(x){}",
        "}",
        "a=>",
        "()=>{}",
        "function f(){}",
        "class A{}",
        "`${",
    ],
)
def test_a_slash_begins_a_regular_expression_where_an_expression_does(before: str) -> None:
    assert tokens(f"{before}{REGULAR_EXPRESSION};x") == [*tokens(before), "/", ";", "x"]


@pytest.mark.parametrize(
    "before",
    [
        "a",
        "1",
        "(a)",
        "f(a)",
        "a[0]",
        "[]",
        "a={}",
        "({})",
        '"a"',
        "`a`",
        "a++",
        "a--",
        "a.return",
        "}`",
    ],
)
def test_a_slash_divides_after_an_operand(before: str) -> None:
    script = Script(f"`${{{before}/b/c" if before == "}`" else f"{before}/b/c")
    assert script.tokens[-4:] == ["/", "b", "/", "c"]


@pytest.mark.parametrize(
    "source",
    ["/[b]/", "/[/]/g", "/[\\]\\]/]/", "/[a\\]b\\]c/]/", "/\\/\\//", "/[/][/]/", "/a\\/b[/]c/gi"],
)
def test_a_regular_expression_ends_with_its_flags(source: str) -> None:
    assert tokens(f"a={source};x") == ["a", "=", "/", ";", "x"]


@pytest.mark.parametrize("source", ["a=/b", "a=/[b", "a=/b\\c", "a=/[/\\]"])
def test_a_regular_expression_that_is_not_closed_ends_with_its_line(source: str) -> None:
    assert tokens(f"{source}\nc") == ["a", "=", "/", "c"]
    assert tokens(source) == ["a", "=", "/"]


def test_partners_and_parents_of_brackets() -> None:
    script = Script("f(a,[b],{c:d})")
    assert script.tokens.index("(") == 1
    assert script.partner[1] == len(script.tokens) - 1
    assert script.partner[-1] == 1
    assert script.partner[4] == 6
    assert script.parent[1] == -1
    assert script.parent[4] == script.parent[8] == 1
    assert script.partner[0] == script.partner[2] == -1


@pytest.mark.parametrize(
    ("source", "partner"),
    [
        ("(", [1]),
        (")", [-1]),
        ("(]", [2, -1]),
        ("([)", [3, 3, -1]),
        ("{[}]", [4, 3, -1, 1]),
        ("())", [1, 0, -1]),
        ("{`${a]}`}", [5, 4, -1, -1, 1, 0]),
    ],
)
def test_brackets_that_do_not_match_are_left_alone(source: str, partner: list[int]) -> None:
    assert list(Script(source).partner) == partner


def test_around_is_the_bracket_that_a_token_stands_in() -> None:
    script = Script("a(b[c],d){e}f")
    around = {token: script.around(i) for i, token in enumerate(script.tokens) if token.isalpha()}
    assert around == {"a": -1, "b": 1, "c": 3, "d": 1, "e": 9, "f": -1}


def test_around_in_what_is_not_closed() -> None:
    script = Script("a(b[c")
    assert [script.around(index) for index in (0, 2, 4)] == [-1, 1, 3]


def test_around_in_a_template() -> None:
    script = Script("(`${a}${b}`,c)")
    places = script.places
    assert script.around(places["a"][0]) == script.around(places["b"][0]) == 1
    assert script.around(places["c"][0]) == 0
    assert Script("`${a}`;b").around(4) == -1


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("{", BLOCK),
        ("a;{", BLOCK),
        ("if(a){", BLOCK),
        ("for await(a of b){", BLOCK),
        ("switch(a){", BLOCK),
        ("else{", BLOCK),
        ("do{", BLOCK),
        ("try{", BLOCK),
        ("finally{", BLOCK),
        ("catch(e){", BLOCK),
        ("with(a){", BLOCK),
        ("{{", BLOCK),
        ("{}{", BLOCK),
        ("class A{a=[]{", BLOCK),
        ("class A{static{", BLOCK),
        ("label:a{", BLOCK),
        ("function f(){", FUNCTION),
        ("function(){", FUNCTION),
        ("()=>{", FUNCTION),
        ("a=>{", FUNCTION),
        ("a={m(){", FUNCTION),
        ("class{", CLASS),
        ("class A{", CLASS),
        ("class A extends B{", CLASS),
        ("class A extends b.B{", CLASS),
        ("a={", OBJECT),
        ("f({", OBJECT),
        ("[{", OBJECT),
        ("a?{", OBJECT),
        ("a={b:{", OBJECT),
        ("return{", OBJECT),
        ("throw{", OBJECT),
        ("yield{", OBJECT),
        ("await{", OBJECT),
        ("new{", OBJECT),
        ("void{", OBJECT),
        ("delete{", OBJECT),
        ("typeof{", OBJECT),
        ("a in{", OBJECT),
        ("a instanceof{", OBJECT),
        ("for(a of{", OBJECT),
        ("case{", OBJECT),
        ("export{", OBJECT),
        ("import{", OBJECT),
        ("export default{", OBJECT),
        ("`${{", OBJECT),
        ("a=(", GROUP),
        ("a[", GROUP),
        ("`${", GROUP),
    ],
)
def test_what_a_bracket_opens(source: str, kind: int) -> None:
    assert Script(source).kind[-1] == kind


def test_places_are_where_a_token_stands() -> None:
    places = Script("a,b,a").places
    assert list(places["a"]) == [0, 4]
    assert "c" not in places
    assert "," not in places


def test_the_text_of_a_comment_or_a_string_is_no_token() -> None:
    places = Script('/* secret */ "secret:1" // secret\n`secret`').places
    assert "secret" not in places
    assert set(places) == {'"secret:1"', "`secret`"}


@pytest.mark.parametrize("source", ["(", "[", "{", "`${", ")", "}`", "a=>{", "({", '"', "/*", "`"])
def test_a_long_row_of_anything_is_read(source: str) -> None:
    script = Script(source * 20_000)
    assert len(script.partner) == len(script.tokens)
    assert script.around(len(script.tokens) - 1) < len(script.tokens)


def test_occurrences_between_two_places() -> None:
    script = Script("a,a,a,b")
    assert list(script.occurrences("a")) == [0, 2, 4]
    assert list(script.occurrences("a", 1)) == [2, 4]
    assert list(script.occurrences("a", 1, 4)) == [2]
    assert list(script.occurrences("c")) == []


def test_tokens_at_a_place() -> None:
    script = Script("a.b(c)")
    assert script.matches(0, "a", ".", "b")
    assert not script.matches(0, "b")
    assert not script.matches(-1, ")")
    assert not script.matches(5, ")", ")")


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
    end = script.end_of_expression(0)
    assert "".join(script.tokens[:end]) == expression.replace(" ", "")


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
    assert script.start_of_operand(end) == start


@pytest.mark.parametrize("piece", ["a.", "a(b).", "[a]", "(a)"])
def test_where_a_long_operand_begins(piece: str) -> None:
    script = Script(f"x={piece * 20_000}c")
    assert script.start_of_operand(len(script.tokens) - (not piece.endswith("."))) == 2


@pytest.mark.parametrize("token", ["name", "12.5e-3", "1_000n", "===", ">>>=", "...", "$x#"])
def test_a_token_across_a_border_of_slices_stays_whole(token: str) -> None:
    for border in (400, 464):
        for length in range(border - len(token), border + 1):
            begin = "a ;" * (length // 3) + " " * (length % 3)
            assert tokens(f"{begin}{token} b")[-2:] == [token, "b"]


def test_a_name_may_be_longer_than_a_slice() -> None:
    assert tokens(f"{'a' * 2000}=1") == ["a" * 2000, "=", "1"]


def test_a_script_may_take_steps_as_it_is_long() -> None:
    for source in ("", "a;" * 1000):
        script = Script(source)
        script.work.spend(MIN_STEPS)
        with pytest.raises(WorkLimitError):
            script.work.spend(STEPS_PER_CHARACTER * len(source) + 1)


def test_a_script_is_not_read_after_the_deadline() -> None:
    with pytest.raises(WorkLimitError):
        Script("a;" * STEPS_PER_CHECK, lambda: True)
