"""The trees of expressions and statements."""

from __future__ import annotations

import pytest

from magickpen.discovery.javascript.literal_parser import MAX_NESTING, MAX_PARTS
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.parser import Parser
from magickpen.discovery.javascript.script import Script
from magickpen.discovery.javascript.syntax import Node, SyntaxLimitError

NO_JAVASCRIPT = "unknown"


def dump(node: Node) -> str:
    """Return a tree as text: `kind:text(parts)`; names, texts and numbers as they are."""
    if node.kind in ("name", "number"):
        return node.text
    if node.kind == "text":
        return f"'{node.text}'"
    head = node.kind + (f":{node.text}" if node.text else "")
    return f"{head}({' '.join(map(dump, node.nodes))})" if node.nodes else head


def expression(source: str) -> str:
    return dump(Module("", source).expression(0))


def statement(source: str) -> str:
    return dump(Module("", source).statement(0))


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("a", "a"),
        ("1.5e3", "1.5e3"),
        (".5", ".5"),
        ("'a'", "'a'"),
        ("`a`", "'a'"),
        ("`a${b}c`", "template('a' b 'c')"),
        ("this", "this"),
        ("/a/g", "unknown"),
        ("(a)", "a"),
        ("(a,b)", "sequence(a b)"),
        ("a,b", "a"),
        ("[]", "array"),
        ("[a,,b,...c]", "array(a empty b spread(c))"),
        ("a.b.c", "member:c(member:b(a))"),
        ("a.#b", "member:#b(a)"),
        ("a.if", "member:if(a)"),
        ("a?.b", "member:b(a)"),
        ("a?.[b]", "index(a b)"),
        ("a?.(b)", "call(a b)"),
        ("a[b,c]", "index(a sequence(b c))"),
        ("a(b,...c)", "call(a b spread(c))"),
        ("a`b${c}`", "call(a)"),
        ("a`b`.c", "member:c(call(a))"),
        ("new a", "new(a)"),
        ("new a(b)", "new(a b)"),
        ("new a.b(c).d", "member:d(new(member:b(a) c))"),
        ("new(a())(b)", "new(call(a) b)"),
        ("new new a(b)(c)", "new(new(a b) c)"),
        ("new.target", "unknown"),
        ("import('a')", "import('a')"),
        ("import.meta", "member:meta(unknown)"),
        ("super.a", "member:a(super)"),
        ("super(a)", "call(super a)"),
        ("(await)", "await"),
        ("async", "async"),
        ("async()", "call(async)"),
        ("async(a)", "call(async a)"),
        ("get", "get"),
        ("a=>b", "arrow"),
        ("async a=>b", "arrow"),
        ("()=>{}", "arrow"),
        ("async(a)=>{}", "arrow"),
        ("function(){}", "function"),
        ("function a(){}", "function:a"),
        ("function*a(){}", "function:a"),
        ("async function a(){}", "function:a"),
        ("class{}", "class"),
        ("class A{}", "class:A"),
        ("class A extends b.B{}", "class:A(member:B(b))"),
        ("class extends a(B){}", "class(call(a B))"),
    ],
)
def test_operands(source: str, tree: str) -> None:
    assert expression(source) == tree


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("a+b*c", "binary:+(a binary:*(b c))"),
        ("a*b+c", "binary:+(binary:*(a b) c)"),
        ("a-b-c", "binary:-(binary:-(a b) c)"),
        ("a**b**c", "binary:**(a binary:**(b c))"),
        ("a||b&&c", "binary:||(a binary:&&(b c))"),
        ("a??b||c", "binary:??(a binary:||(b c))"),
        ("a|b^c&d", "binary:|(a binary:^(b binary:&(c d)))"),
        ("a==b<c", "binary:==(a binary:<(b c))"),
        ("a in b", "binary:in(a b)"),
        ("a<<b+c", "binary:<<(a binary:+(b c))"),
        ("a>>>b>c", "binary:>(binary:>>>(a b) c)"),
        ("a/b/c", "binary:/(binary:/(a b) c)"),
        ("a instanceof b===c", "binary:===(binary:instanceof(a b) c)"),
        ("!a.b", "unary:!(member:b(a))"),
        ("!a+b", "binary:+(unary:!(a) b)"),
        ("-a**b", "binary:**(unary:-(a) b)"),
        ("typeof a==b", "binary:==(unary:typeof(a) b)"),
        ("void 0", "unary:void(0)"),
        ("++a", "update:++(a)"),
        ("a--", "update:--(a)"),
        ("a+++b", "binary:+(update:++(a) b)"),
        ("await a.b", "await(member:b(a))"),
        ("yield a,b", "await(a)"),
        ("yield*a=b", "await(assign:=(a b))"),
        ("(yield)", "yield"),
        ("a?b:c", "choice(a b c)"),
        ("a?b:c?d:e", "choice(a b c d e)"),
        ("a?b?c:d:e", "choice(a choice(b c d) e)"),
        ("a?b=>c:d", "choice(a arrow d)"),
        ("a?b:c=>d", "choice(a b arrow)"),
        ("a?b:c=d", "choice(a b assign:=(c d))"),
        ("a=b=c", "assign:=(a assign:=(b c))"),
        ("a.b+=c", "assign:+=(member:b(a) c)"),
        ("a/=b", "assign:/=(a b)"),
        ("a>>>=b", "assign:>>>=(a b)"),
        ("a??=b", "assign:??=(a b)"),
        ("[a,b]=c", "assign:=(array(a b) c)"),
    ],
)
def test_operators(source: str, tree: str) -> None:
    assert expression(source) == tree


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("{}", "object"),
        ("{a:b,'c':d,1:e,}", "object(property('a' b) property('c' d) property('1' e))"),
        ("{a,b=c}", "object(property('a' a) property('b' assign:=(b c)))"),
        ("{[a]:b}", "object(property(a b))"),
        ("{...a}", "object(spread(a))"),
        (
            "{a(){},async b(){},*c(){}}",
            "object(property('a' method) property('b' method) property('c' method))",
        ),
        ("{get a(){},set a(b){}}", "object(get:get('a' method) property:set('a' method))"),
        (
            "{get,set:a,async(){}}",
            "object(property('get' get) property('set' a) property('async' method))",
        ),
        ("{if:a,class:b}", "object(property('if' a) property('class' b))"),
    ],
)
def test_objects(source: str, tree: str) -> None:
    assert expression(source) == tree


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("a;b", "a"),
        (";", "empty"),
        ("{a;b}", "block(a b)"),
        ("{}", "block"),
        ("var a,b=1", "var:var(a assign:=(b 1))"),
        ("let{a,b:c}=d", "var:let(assign:=(object(property('a' a) property('b' c)) d))"),
        ("const[a]=b,c=d", "var:const(assign:=(array(a) b) assign:=(c d))"),
        ("let a\nb", "var:let(a)"),
        ("function a(){}", "declare:a(function)"),
        ("async function a(){}", "declare:a(function)"),
        ("async a=>b", "arrow"),
        ("class A{}", "declare:A(class:A)"),
        ("if(a)b", "if(a b empty)"),
        ("if(a)b;else c", "if(a b c)"),
        ("if(a){}else if(b)c", "if(a block if(b c empty))"),
        ("for(;;)a", "loop(empty empty empty a)"),
        ("for(a;b;c)d", "loop(a b c d)"),
        ("for(var a=1,b=2;c;d);", "loop(var:var(assign:=(a 1) assign:=(b 2)) c d empty)"),
        ("for(let[a]=b;;);", "loop(var:let(assign:=(array(a) b)) empty empty empty)"),
        ("for(let{a}of b)c", "each:of(var:let(object(property('a' a))) b c)"),
        ("for(let a of b)c", "each:of(var:let(a) b c)"),
        ("for(var a in b)c", "each:in(var:var(a) b c)"),
        ("for(a in b)c", "each:in(a b c)"),
        ("for(a of b)c", "each:of(a b c)"),
        ("for await(let a of b);", "each:of(var:let(a) b empty)"),
        ("while(a)b", "loop(empty a empty b)"),
        ("do a;while(b);", "block(a)"),
        ("do{a}while(b)", "block(a)"),
        ("do a", "block(a)"),
        ("switch(a){case b:c;d;default:e}", "switch(a case(b c d) case(empty e))"),
        ("switch(a){}", "switch(a)"),
        ("try{a}catch(b){c}finally{d}", "try(block(a) block(c) block(d))"),
        ("try{a}catch{b}", "try(block(a) block(b) empty)"),
        ("try{}finally{}", "try(block empty block)"),
        ("return", "return"),
        ("return a,b", "return(sequence(a b))"),
        ("throw a", "throw(a)"),
        ("break", "break"),
        ("break a;", "break"),
        ("continue", "continue"),
        ("a:b", "b"),
        ("a:for(;;);", "loop(empty empty empty empty)"),
        ("import('a').then(b)", "call(member:then(import('a')) b)"),
        ("import.meta.a", "member:a(member:meta(unknown))"),
        ("let=1", "assign:=(let 1)"),
        ("async.a()", "call(member:a(async))"),
    ],
)
def test_statements(source: str, tree: str) -> None:
    assert statement(source) == tree


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("export{a}", "empty"),
        ("export{a}from'b'", "empty"),
        ("export*as a from'b'", "empty"),
        ("export default a", "a"),
        ("export const a=1", "var:const(assign:=(a 1))"),
        ("export function a(){}", "declare:a(function)"),
        ("export default{a:1}", "object(property('a' 1))"),
        ("export default function(){}", "declare(function)"),
        ("export default class{}", "declare(class)"),
        ("export default async()=>{}", "arrow"),
        ("import'a'", "empty"),
        ("import a,{b}from'c'", "empty"),
        ("a", "a"),
        ("import('a')", "import('a')"),
    ],
)
def test_statements_of_modules(source: str, tree: str) -> None:
    assert [dump(node) for node in Module("", f"{source}\nb").statements()][-2:] == [tree, "b"]


@pytest.mark.parametrize(
    "source",
    ["export con(a=0;", "export", "export{", "import", "import a", "export default", "a;}", "+;a"],
)
def test_statements_of_broken_modules(source: str) -> None:
    assert len([*Module("", source).statements()]) <= 1


@pytest.mark.parametrize(
    "first", ["break;", "break a;", "a:b;", "do;while(a);", "return;", "var a;", "if(a){}"]
)
def test_a_statement_ends_with_its_semicolon(first: str) -> None:
    assert statement(f"{{{first}c}}").endswith(" c)")


@pytest.mark.parametrize(
    ("source", "parameters", "body"),
    [
        ("(a,b){c}", ["a", "b"], "block(c)"),
        ("(){}", [], "block"),
        (
            "(a=1,{b},[c],...d){}",
            ["assign:=(a 1)", "object(property('b' b))", "array(c)", "spread(d)"],
            "block",
        ),
        ("(a)=>{b}", ["a"], "block(b)"),
        ("(a)=>b", ["a"], "return(b)"),
        ("a=>b", ["a"], "return(b)"),
        ("a=>{b}", ["a"], "block(b)"),
        ("a=>({b})", ["a"], "return(object(property('b' b)))"),
    ],
)
def test_functions(source: str, parameters: list[str], body: str) -> None:
    found = Module("", source).function(0)
    assert list(map(dump, found[0])) == parameters
    assert dump(found[1]) == body


@pytest.mark.parametrize(
    ("source", "members"),
    [
        ("{}", []),
        ("{;;a=1;b;}", ["field('a' 1)", "field('b' unary:void('b'))"]),
        ("{a(){}b(){}}", ["method('a' method)", "method('b' method)"]),
        ("{static a=1;static b(){}}", ["field:static('a' 1)", "method:static('b' method)"]),
        ("{static{a}}", ["field:block(empty block(a))"]),
        ("{get a(){}set a(b){}}", ["get('a' method)", "set('a' method)"]),
        (
            "{async*a(){}#b=1;[c]=2;'d'(){}}",
            ["method('a' method)", "field('#b' 1)", "field(c 2)", "method('d' method)"],
        ),
        (
            "{static=1;get;set(){}}",
            ["field('static' 1)", "field('get' unary:void('get'))", "method('set' method)"],
        ),
    ],
)
def test_members_of_classes(source: str, members: list[str]) -> None:
    assert [dump(member) for member in Module("", source).members(0)] == members


@pytest.mark.parametrize(
    "source",
    [
        "",
        "+",
        "=",
        ")",
        "[a b]",
        "{a b}",
        "{a:}",
        "{+:1}",
        "f(a b)",
        "`${a b}`",
        "`${",
        ".a",
        "a?",
        "new",
        "function",
        "function a",
        "function a()",
        "class",
        "class A",
        "class A extends",
        "{a()}",
        "{...}",
        "=>a",
        "a=>",
    ],
)
def test_what_is_no_expression(source: str) -> None:
    script = Script(source)
    with pytest.raises(SyntaxLimitError):
        Parser(script, 0).expression()
    assert expression(source) == NO_JAVASCRIPT


@pytest.mark.parametrize(
    "source",
    [
        "var",
        "var a=",
        "let{",
        "if",
        "if(",
        "if(a)",
        "if a",
        "for",
        "for(",
        "for(var a=(1",
        "for(a;b;c)",
        "for(a of b",
        "while",
        "while(a)",
        "do",
        "switch",
        "switch(a)",
        "switch(a){b}",
        "try",
        "try a",
        "try{}catch",
        "{",
        "{a",
        "return(",
        "throw+",
        "class A",
        "function",
        "function a",
        "a:",
        "import(",
    ],
)
def test_what_is_no_statement(source: str) -> None:
    assert statement(source) in (NO_JAVASCRIPT, "block", "block(a)", "import", "var:let(object)")


@pytest.mark.parametrize("source", ["{", "{a(}", "{+}", "(", "(a"])
def test_what_is_no_class_and_no_function(source: str) -> None:
    module = Module("", source)
    assert len(module.members(0)) <= 1
    assert len(module.function(0)[0]) <= 1


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("(", ")"),
        ("[", "]"),
        ("!", ""),
        ("++", ""),
        ("await ", ""),
        ("new ", ""),
        ("a=>", ""),
        ("a=", ""),
        ("a?", ":b"),
        ("{a:", "}"),
    ],
)
def test_expressions_nest_to_some_depth(opening: str, closing: str) -> None:
    for depth, known in ((MAX_NESTING // 3, True), (MAX_NESTING + 1, False), (5000, False)):
        source = opening * depth + "a" + closing * depth
        assert (expression(source) != NO_JAVASCRIPT) is known


@pytest.mark.parametrize("opening", ["{", "if(a)", "for(;;)", "a:", "do "])
def test_statements_nest_to_some_depth(opening: str) -> None:
    for depth, known in ((MAX_NESTING // 3, True), (5000, False)):
        source = opening * depth + "b" + "}" * depth * (opening == "{")
        assert (statement(source) != NO_JAVASCRIPT) is known


def test_a_long_chain_of_conditions_is_read() -> None:
    assert statement("if(a){}else " * 100 + "b") != NO_JAVASCRIPT


@pytest.mark.parametrize("row", ["a+", "a,", "a||", "a?b:"])
def test_long_rows_are_read(row: str) -> None:
    assert expression(f"({row * 400}c)") != NO_JAVASCRIPT


def test_each_piece_is_parsed_once() -> None:
    module = Module("", "f(a){b}")
    assert module.expression(0) is module.expression(0)
    assert module.function(1) is module.function(1)


@pytest.mark.parametrize(("before", "after"), [("[", "1,"), ("({", "a:1,")])
def test_a_list_or_an_object_with_too_many_parts_is_unknown(before: str, after: str) -> None:
    close = "]" if before == "[" else "})"
    for count, known in ((MAX_PARTS, True), (MAX_PARTS + 1, False)):
        node = Module("https://site.test/a.js", before + after * count + close).expression(0)
        assert (node.kind != "unknown") is known
