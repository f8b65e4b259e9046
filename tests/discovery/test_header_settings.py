from __future__ import annotations

import pytest

from magickpen.discovery.header_settings import MAX_CHAIN, MAX_CONDITION, Setting, setting_at
from magickpen.discovery.javascript.literals import end_of_expression
from magickpen.discovery.javascript.module import Module

URL = "https://site.test/a.js"


def module_of(source: str) -> Module:
    return Module(URL, source)


def settings_of(source: str) -> list[tuple[Setting, Module]]:
    """Return what a script sets under a name that is written as `secret` or `nonce`."""
    module = module_of(source)
    names = ("secret", '"secret"', "'secret'", "`secret`", "nonce", '"nonce"')
    places = sorted(index for name in names for index in module.script.places.get(name, []))
    settings = [setting_at(module, index, index + 1) for index in places]
    return [(setting, module) for setting in settings if setting is not None]


def values_of(source: str) -> list[str]:
    """Return the first token of each value that is set."""
    return [module.script.tokens[setting.value] for setting, module in settings_of(source)]


def owners_of(source: str) -> list[object]:
    return [setting.owner for setting, _ in settings_of(source)]


@pytest.mark.parametrize(
    "source",
    [
        "x={secret:s}",
        'x={a:1,"secret":s}',
        "x={'secret':s,a:1}",
        'x={["secret"]:s}',
        "x.secret=s",
        'x["secret"]=s',
        'x.set("secret",s)',
        'x.setHeader("secret",s)',
        "x.setRequestHeader(`secret`,s)",
        'x.with("secret",s)',
        '(new B).with("secret",s).build()',
        '[["secret",s]]',
        '[[a,b],["secret",s]]',
        'q.push(["secret",s])',
        'q.push([a,b],["secret",s])',
        'f(x,"secret",s)',
        'f(x,"secret",{value:s})',
        'Object.defineProperty(x,"secret",{enumerable:!0,value:s})',
        '(0,r.a)(x,"secret",s)',
    ],
)
def test_a_value_is_set_by_its_name(source: str) -> None:
    assert values_of(source) == ["s"]


@pytest.mark.parametrize(
    "source", ["x={secret};", "x={secret,a:1}", "x={a:1,secret};", "f({a,secret,b})"]
)
def test_shorthand_sets_a_variable_by_its_own_name(source: str) -> None:
    assert values_of(source) == ["secret"]


@pytest.mark.parametrize(
    "source",
    [
        "secret",
        "secret=s",
        "secret:s",
        "x.secret",
        "x.secret==s",
        'x["secret"]',
        'x["secret"]+s',
        "if(a){secret:s}",
        "a,secret,b",
        "f(a,secret,b)",
        "f(a,secret)",
        "[a,secret,b]",
        "{secret}",
        "let{secret:s}=x",
        "let{secret}=x",
        "({a,secret}={})",
        "function f({secret:s}={}){}",
        'set("secret",s)',
        'x.get("secret",s)',
        'x.with("secret",s,t)',
        'x.with("secret")',
        "x.with(secret,s)",
        '["secret",s]',
        'f(["secret",s])',
        'x.pop(["secret",s])',
        'f(a,b,"secret",s)',
        'f("secret",s)',
        '[a,"secret",s]',
        'a,"secret",s',
        "x={secret",
        "x={secret:",
        "x.secret=",
    ],
)
def test_what_sets_nothing(source: str) -> None:
    assert values_of(source) == []


@pytest.mark.parametrize(
    ("name", "value"), [("a.b", "s"), ("a", "s"), ("`${a}b`", "s"), ('"a"+b', "s")]
)
def test_a_name_may_be_an_expression(name: str, value: str) -> None:
    for source in (f"x[{name}]={value}", f"x={{[{name}]:{value}}}", f"x.set({name},{value})"):
        module = module_of(source)
        tokens = module.script.tokens
        start = max(tokens.index("["), 0) + 1 if "[" in tokens else tokens.index("(") + 1
        setting = setting_at(module, start, end_of_expression(module.script, start))
        assert setting is not None
        assert (setting.name, tokens[setting.value]) == (start, value)


@pytest.mark.parametrize(
    "source",
    [
        "x={secret:a,nonce:b}",
        "e.headers.secret=a;e.headers.nonce=b",
        "e.headers.secret=a;e?.headers.nonce=b",
        'e[0].secret=a;e[0]["nonce"]=b',
        'x.set("secret",a);x.nonce=b',
        'f(c).set("secret",a).set("nonce",b)',
        'f.g(c).set("a",b).set("secret",a).with("nonce",b)',
        'new B().set("secret",a).set("nonce",b)',
        'new H({secret:a}).set("nonce",b)',
        'new H({a:1,secret:a}).append("c",d).append("nonce",b)',
        'var x=new H({secret:a});x.set("nonce",b)',
        "var x={secret:a};x.nonce=b",
        "var x={};x.secret=a,x.nonce=b",
        "var x;x={secret:a};x.nonce=b",
        "function f(x){x.nonce=b}f({secret:a})",
        "x={...{secret:a},nonce:b}",
        "x={...c&&{secret:a},...d&&{nonce:b}}",
        "x={...(c&&{secret:a}),nonce:b}",
        "x={...c?{secret:a}:{},nonce:b}",
        "x={...c?{}:{secret:a},nonce:b}",
        "x={nonce:b,...f(c,d)&&{secret:a}}",
        'f(x,"secret",a),f(x,"nonce",b)',
        'f(f({},"secret",a),"nonce",b)',
        '[["secret",a],["nonce",b]]',
        'var q=[];q.push(["secret",a]),q.push(["nonce",b])',
        'var q=[["secret",a]];q.push(["c",d],["nonce",b])',
        'var q=[["secret",a]];q.concat([["nonce",b]])',
        'var q=[["secret",a]];[...q,["nonce",b]]',
        '[["secret",a]].concat([["nonce",b]])',
    ],
)
def test_what_is_set_on_one_object_has_one_owner(source: str) -> None:
    owners = owners_of(source)
    assert len(owners) == 2
    assert len(set(owners)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "x={secret:a};y={nonce:b}",
        "x={secret:a,c:{nonce:b}}",
        "x={c:d&&{secret:a},nonce:b}",
        "x={...c,d:{secret:a},nonce:b}",
        "x={...c,d:e&&(f,{secret:a}),nonce:b}",
        "x=[...c,{secret:a}];y={nonce:b}",
        "e.headers.secret=a;g.headers.nonce=b",
        "e[0].secret=a;g[0].nonce=b",
        "x.secret=a;function f(){x.nonce=b}",
        'f(c).set("secret",a);g(c).set("nonce",b)',
        'new H({secret:a});x.set("nonce",b)',
        'new H({secret:a}).get("c");x.nonce=b',
        "var x=f({secret:a});x.nonce=b",
        "f({secret:a}).then(b);f({nonce:c}).then(d)",
        'function f(){g(x,"secret",a)}function h(){g(x,"nonce",b)}',
        'var q=[],r=[];q.push(["secret",a]);r.push(["nonce",b])',
        'var q=c;q.push(["secret",a]);q.push(["nonce",b])',
        'q.push(["secret",a]);q.push(["nonce",b])',
        'var q=[["secret",a]],r=[["nonce",b]]',
        'f(["concat"],[["secret",a]]);[["nonce",b]]',
    ],
)
def test_what_is_set_on_two_objects_has_two_owners(source: str) -> None:
    owners = owners_of(source)
    assert len(owners) == 2
    assert len(set(owners)) == 2


@pytest.mark.parametrize(("length", "is_one"), [(MAX_CONDITION - 4, True), (MAX_CONDITION, False)])
def test_a_condition_may_be_so_long(length: int, is_one: bool) -> None:
    condition = "c" + "+c" * (length // 2)
    owners = owners_of(f"x={{...{condition}&&{{secret:a}},nonce:b}}")
    assert (len(set(owners)) == 1) is is_one


@pytest.mark.parametrize(("length", "is_one"), [(MAX_CHAIN // 3 - 2, True), (MAX_CHAIN, False)])
def test_a_chain_of_calls_may_be_so_long(length: int, is_one: bool) -> None:
    chain = "f(c)" + '.set("a",b)' * length
    owners = owners_of(f'{chain}.set("secret",a);f(c).set("nonce",b)')
    assert (len(set(owners)) == 1) is is_one


@pytest.mark.parametrize(
    "source",
    [
        ".secret=a",
        "..secret=a",
        ").secret=a",
        "].x.secret=a",
        "x(.secret=a",
        "x).secret=a",
        "].secret=a",
        '.set("secret",a)',
        '.push(["secret",a])',
        '[["secret",a]',
        '].concat([["secret",a]])',
        '[...,["secret",a]]',
        "({secret:a}",
        "=.secret=a",
    ],
)
def test_a_damaged_script_is_no_error(source: str) -> None:
    assert len(owners_of(source)) <= 1


def test_the_first_and_the_last_token_are_no_names() -> None:
    module = module_of("a.b=c")
    assert setting_at(module, 0, 1) is None
    assert setting_at(module, 2, len(module.script.tokens)) is None
