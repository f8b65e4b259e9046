from __future__ import annotations

import pytest

from magickpen.discovery.javascript.evaluation import Evaluator
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import Work, WorkLimitError
from magickpen.discovery.sent_headers import HeaderSet, SentHeaders

URL = "https://site.test/a.js"


def sets_of(source: str, *, computed: bool = False) -> list[HeaderSet]:
    module = Module(URL, source)
    sent = SentHeaders(module)
    if computed:
        sent.name_computed(Evaluator({URL: module}))
    return sent.sets


def values_of(source: str, *, computed: bool = False) -> list[dict[str, list[str]]]:
    """Return the first token of each header's values, for each object that headers are set on."""
    return [
        {
            name: [headers.module.script.tokens[index] for index in indexes]
            for name, indexes in headers.values.items()
        }
        for headers in sets_of(source, computed=computed)
    ]


@pytest.mark.parametrize(
    "source",
    [
        "x={secret:s}",
        'x={"Secret":s}',
        "x={a:1,'secret':s}",
        'x={["secret"]:s}',
        "x.secret=s",
        "x.y.secret=s",
        "(x).secret=s",
        ";(x).secret=s",
        'x["secret"]=s',
        'x.set("secret",s)',
        'x.append("secret",s)',
        'x.header("secret",s)',
        'x.setRequestHeader("SECRET",s)',
        'new Headers([["secret",s]])',
        'f([["secret",s]])',
        'x=[[a,b],["secret",s]]',
        'f({},"secret",s)',
    ],
)
def test_a_header_is_set(source: str) -> None:
    assert values_of(source) == [{"secret": ["s"]}]


@pytest.mark.parametrize(
    "source",
    [
        "secret",
        "secret=s",
        "secret:s",
        "if(a){secret:s}",
        "x.secret",
        "x.secret==s",
        'x["secret"]',
        'f("secret",s)',
        'f("secret")',
        'f("secret",s,t)',
        'f(a,b,"secret",s)',
        '[a,"secret",s]',
        'a,"secret",s',
        "f(a,secret,s)",
        '["secret",s]',
        'f(a,["secret",s])',
        'x.get("secret",s)',
        "class A{secret=s}",
        '"x.secret=s"',
        "`x.secret=s`",
        "/x.secret=s/",
        "// x.secret=s",
        "x={app_secret:s,secrets:s}",
        "x={secret(){}}",
        "x={secret}",
        "x={secret",
        "x={secret:",
        "x.secret=",
    ],
)
def test_what_sets_no_header(source: str) -> None:
    assert values_of(source) == []


def test_headers_on_one_object_belong_together() -> None:
    source = "x={secret:a,timestamp:b};y={nonce:c};function f(e){e.secret=d;e.sign=g}e.secret=h"
    assert values_of(source) == [
        {"secret": ["a"], "timestamp": ["b"]},
        {"secret": ["d"], "sign": ["g"]},
        {"secret": ["h"]},
        {"nonce": ["c"]},
    ]


@pytest.mark.parametrize(
    "source",
    [
        'var q=[["secret",a]];r=q.concat([["nonce",b]])',
        'var q=[["secret",a]];r=[...q,["nonce",b]]',
        'r=[["secret",a]].concat([["nonce",b]])',
        'q.concat([["nonce",b]]);var q=[["secret",a]]',
        '(o={})["secret"]=a,o.nonce=b',
        "e.headers.secret=a;e.headers.nonce=b",
        "e.headers.secret=a;e?.headers.nonce=b",
        'e[0].secret=a;e[0]["nonce"]=b',
        'f(c).set("secret",a).set("nonce",b)',
        'f.g(c).h.set("secret",a);f.g(c).h.append("nonce",b)',
        'e.headers.secret=a;e.headers.set("nonce",b)',
    ],
)
def test_an_object_is_known_by_its_name(source: str) -> None:
    assert values_of(source) == [{"secret": ["a"], "nonce": ["b"]}]


@pytest.mark.parametrize(
    "source",
    [
        "e.headers.secret=a;g.headers.nonce=b",
        "c.e.headers.secret=a;d.e.headers.nonce=b",
        "c?.headers.secret=a;d?.headers.nonce=b",
        "e[0].secret=a;g[1].nonce=b",
        "f(c).secret=a;g(c).nonce=b",
        "(o={}).secret=a;(p={}).nonce=b",
        "(o,p).secret=a;q.nonce=b",
        'var q=[],r=[["secret",a]],s=[["nonce",b]]',
        'var q=c;r=[...q,["secret",a]],s=[...q,["nonce",b]]',
    ],
)
def test_another_object_is_known_by_its_name(source: str) -> None:
    assert values_of(source) == [{"secret": ["a"]}, {"nonce": ["b"]}]


@pytest.mark.parametrize(
    "source",
    ['q.concat([["secret",s]])', '[...q,["secret",s]]', '[...,["secret",s]]', '[["secret",s]'],
)
def test_a_list_that_is_unknown_is_not_extended(source: str) -> None:
    assert values_of(f"x={source}") == [{"secret": ["s"]}]


def test_a_header_that_is_set_twice_has_two_values() -> None:
    assert values_of("e.secret=a;e.secret=b") == [{"secret": ["a", "b"]}]


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("x={secret:a,timestamp:b,nonce:c()}", {"timestamp", "nonce"}),
        ('var c="c";x={secret:a,timestamp:1,nonce:c,sign:d(e)}', {"sign"}),
        ('var c="c";x={secret:a,timestamp:1,nonce:"0.5",sign:d(c,"d")}', set[str]()),
        ("x={signature:a(),timestamp:1}", {"signature"}),
        ('x={"X-API-Secret":a,secret:b}', set[str]()),
        ('x["nonce"]=', {"nonce"}),
    ],
)
def test_the_headers_of_a_signature_are_made_for_each_request(source: str, made: set[str]) -> None:
    module = Module(URL, source)
    (headers,) = SentHeaders(module).sets
    assert headers.made(Evaluator({URL: module})) == made


@pytest.mark.parametrize(
    ("source", "is_headers"),
    [
        ("f({headers:{secret:a}})", True),
        ('f({"headers":{secret:a}})', True),
        ("new Headers({secret:a})", True),
        ('new Headers([["secret",a]])', True),
        ("e.headers.secret=a", True),
        ("headers.secret=a", True),
        ("f({body:{secret:a}})", False),
        ("x={secret:a}", False),
        ("e.secret=a", False),
        (";(x).secret=a", False),
        ('f(b,"secret",a)', False),
        ("{secret:a}", None),
    ],
)
def test_an_object_may_be_called_headers(source: str, is_headers: bool | None) -> None:
    expected = [] if is_headers is None else [is_headers]
    assert [headers.is_headers for headers in sets_of(source)] == expected


def test_what_is_spread_into_an_object_of_headers() -> None:
    (headers,) = sets_of("x={...a,secret:b,...c}")
    assert [headers.module.script.tokens[index] for index in headers.spread] == ["a", "c"]
    (headers,) = sets_of("e.secret=b")
    assert headers.spread == []


NAMES = 'var k="X-API-Secret",o={s:"secret"},n="none";'


@pytest.mark.parametrize(
    ("source", "headers"),
    [
        ("x={[k]:a,[o.s]:b,[n]:c}", [{"x-api-secret": ["a"], "secret": ["b"]}]),
        ("x[k]=a;x[o.s]=b;x[n]=c", [{"x-api-secret": ["a"], "secret": ["b"]}]),
        ("x.set(k,a);x.append(o.s,b);x.set(n,c)", [{"x-api-secret": ["a"], "secret": ["b"]}]),
        ("new Headers([[k,a],[o.s,b]])", [{"x-api-secret": ["a"], "secret": ["b"]}]),
        ('function f(){l(l({},k,a),"secret",b)}', [{"secret": ["b"], "x-api-secret": ["a"]}]),
        ('l(l({},k,a),"secret",b)', [{"secret": ["b"], "x-api-secret": ["a"]}]),
        ('l(l({},o.s,a,c),"secret",b)', [{"secret": ["b"]}]),
        ("l(Object.assign({},b),k,a)", [{"x-api-secret": ["a"]}]),
        ("l((0,f)(b),k,a)", [{"x-api-secret": ["a"]}]),
        ("f(b,k,a)", []),
        ('class A{k="secret";m(){x[this.k]=a}}', [{"secret": ["a"]}]),
        ("function f(k){x[k]=a}", []),
        ("set(k,a)", []),
        ("x[0]=a", []),
        ("x[k]", []),
        ("[k]", []),
        ("x[", []),
        ("x.set(", []),
    ],
)
def test_names_may_be_computed(source: str, headers: list[dict[str, list[str]]]) -> None:
    assert values_of(NAMES + source, computed=True) == headers
    assert all("x-api-secret" not in found for found in values_of(NAMES + source))


def test_a_value_counts_once_however_often_names_are_found_out() -> None:
    module = Module(URL, NAMES + "x[k]=a")
    sent = SentHeaders(module)
    for _ in range(2):
        sent.name_computed(Evaluator({URL: module}))
    assert [len(headers.values["x-api-secret"]) for headers in sent.sets] == [1]


def test_very_many_headers_take_too_long() -> None:
    module = Module(URL, "x={secret:a}")
    module.script.work = Work(50)
    with pytest.raises(WorkLimitError):
        SentHeaders(module)


def test_very_many_names_that_are_computed_end_the_search() -> None:
    module = Module(URL, NAMES + "x[k]=a;x[o.s]=b")
    sent = SentHeaders(module)
    evaluator = Evaluator({URL: module})
    assert evaluator.text(module, module.script.places["x"][0] + 2) == "X-API-Secret"
    module.script.work = Work(50)
    sent.name_computed(evaluator)
    assert sent.sets == []


def test_of_a_long_chain_the_end_is_looked_at() -> None:
    chain = ".a" * 200
    assert values_of(f"x{chain}.secret=a;y{chain}.nonce=b") == [{"secret": ["a"], "nonce": ["b"]}]
