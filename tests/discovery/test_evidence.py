from __future__ import annotations

from random import Random
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magickpen.core.signing import KNOWN_SALT
from magickpen.discovery import evidence
from magickpen.discovery.evidence import Evidence, Scripts
from magickpen.discovery.javascript import visits
from magickpen.discovery.javascript.interpreter import Interpreter
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.tokens import Work

API_SECRET = "W252GY255JVYBS9NAM"
SECRET = "yf6q5T3gMrPrkUWM4Kx9H"
SALT = "q7Zk2mWx0B"
ORIGIN = "https://site.test"
A, B, C, D = (f"{ORIGIN}/{name}.js" for name in "abcd")

PROVED = Evidence(API_SECRET, SECRET, SALT, proved=True, conclusive=True)
LIKELY = Evidence(API_SECRET, SECRET, SALT)
NOTHING = Evidence()


def written(source: str) -> str:
    """Return a script with the constants in place of their marks."""
    marks = {"<K>": API_SECRET, "<S>": SECRET, "<P>": SALT, "<KNOWN>": KNOWN_SALT}
    for mark, value in marks.items():
        source = source.replace(mark, value)
    return source


def scripts_of(sources: str | dict[str, str]) -> Scripts:
    scripts = Scripts(page_url=f"{ORIGIN}/")
    for url, source in ({A: sources} if isinstance(sources, str) else sources).items():
        scripts.add(Module(url, written(source)))
    return scripts


def told(sources: str | dict[str, str]) -> Evidence:
    return scripts_of(sources).evidence(all_read=True)


LONG = "0;" * 4001
"""Makes a script so long that it is not run as a whole."""


def told_at_any_length(sources: str | dict[str, str]) -> set[Evidence]:
    """Return what the scripts tell as they are, and as parts of a long bundle."""
    scripts = {A: sources} if isinstance(sources, str) else sources
    return {told(scripts), told({url: LONG + source for url, source in scripts.items()})}


def headers(api_secret: str = '"<K>"', secret: str = '"<S>"', salt: str = '"<P>"') -> str:
    """Return an object with the headers of a signed request."""
    return (
        f'{{"X-API-Secret":{api_secret},secret:{secret},timestamp:t,nonce:n,'
        f'sign:md5([{salt},t,n].sort().join(""))}}'
    )


def function(body: str, name: str = "ask") -> str:
    """Return a function that makes the values of one request first."""
    moment = "const t=Date.now().toString(),n=Math.random().toString()"
    return f"function {name}(u,o){{{moment};{body}}}"


def sending(made: str, name: str = "ask") -> str:
    return function(f"return fetch(u,{{headers:{made}}})", name)


def ask(constants: str = "") -> str:
    """Return a function that sends a signed request, with these expressions for its constants."""
    return sending(headers(*constants.split()))


REAL = ask()
OTHER_HEADERS = headers('"OTHER0000000000000"', '"otherSecretHere"', '"otherSalt1"')
OTHER = sending(OTHER_HEADERS, "other")


def test_no_scripts_tell_nothing() -> None:
    assert Scripts().evidence() == Scripts().evidence(all_read=True) == NOTHING


# Proved: one object has the constants and the signature


SIGN = 'md5(["<P>",t,n].sort().join(""))'
SETTINGS = {
    "an object": REAL,
    "single quotes and lower case": sending(
        "{'x-api-secret':'<K>','secret':'<S>','timestamp':t,'nonce':n,"
        "'sign':md5(['<P>',t,n].sort().join(''))}"
    ),
    "templates": sending(
        "{[`X-API-Secret`]:`<K>`,secret:`<S>`,timestamp:`${t}`,nonce:`${n}`,"
        "signature:md5([`<P>`,t,n].sort().join(``))}"
    ),
    "members": function(
        'const m={...o};return m["X-API-Secret"]="<K>",m.secret="<S>",m.timestamp=t,m.nonce=n,'
        f"m.sign={SIGN},f({{headers:m}})"
    ),
    "members of an object that is not known": function(
        'o.headers["X-API-Secret"]="<K>",o.headers.secret="<S>",o.headers.timestamp=t,'
        f"o.headers.nonce=n,o.headers.sign={SIGN}"
    ),
    "shorthand": function(
        f'const secret="<S>",timestamp=t,nonce=n,sign={SIGN};'
        'f({headers:{"X-API-Secret":"<K>",secret,timestamp,nonce,sign}})'
    ),
    "setRequestHeader": function(
        'const x=new XMLHttpRequest;x.setRequestHeader("X-API-Secret","<K>"),'
        'x.setRequestHeader("secret","<S>"),x.setRequestHeader("timestamp",t),'
        f'x.setRequestHeader("nonce",n),x.setRequestHeader("sign",{SIGN})'
    ),
    "Headers": function(
        'const h=new Headers({"X-API-Secret":"<K>"});h.set("secret","<S>"),'
        f'h.append("timestamp",t),h.append("nonce",n),h.set("sign",{SIGN}),f(h)'
    ),
    "Headers of pairs": function(
        'f(new Headers([["X-API-Secret","<K>"],["secret","<S>"],["timestamp",t],["nonce",n],'
        f'["sign",{SIGN}]]))'
    ),
    "Headers of a map": function(
        'const m=new Map([["X-API-Secret","<K>"],["secret","<S>"]]);m.set("timestamp",t),'
        f'm.set("nonce",n),m.set("sign",{SIGN}),f(new Headers(m))'
    ),
    "pairs that are pushed": function(
        'const q=[];q.push(["X-API-Secret","<K>"],["secret","<S>"]),q.push(["timestamp",t]),'
        f'q.push(["nonce",n]),q.push(["sign",{SIGN}]);f({{headers:Object.fromEntries(q)}})'
    ),
    "pairs that are joined": 'var q=[["X-API-Secret","<K>"],["secret","<S>"]];'
    + sending(f'q.concat([["timestamp",t],["nonce",n],["sign",{SIGN}]])'),
    "names in variables": 'var a="X-API-Secret",b={s:"secret"};'
    + sending(f'{{[a]:"<K>",[b.s]:"<S>",timestamp:t,nonce:n,sign:{SIGN}}}'),
    "names that are put together": 'var a="API-Secret",b=e=>`X-${e}`;'
    + sending(f'{{[b(a)]:"<K>",["sec"+"ret"]:"<S>",timestamp:t,nonce:n,sign:{SIGN}}}'),
    "a table of names": 'var a={api:"X-API-Secret",key:"secret",time:"timestamp",once:"nonce",'
    'sign:"sign"},v={api:"<K>",key:"<S>"};'
    + function(
        f"const h={{}},w={{...v,time:t,once:n,sign:{SIGN}}};"
        "for(const[k,name]of Object.entries(a))h[name]=w[k];f({headers:h})"
    ),
    "a helper of Babel": function(
        'f({headers:d(d(d(d(d({},"X-API-Secret","<K>"),"secret","<S>"),"timestamp",t),'
        f'"nonce",n),"sign",{SIGN})}})'
    ),
    "defineProperty": function(
        'const q={};Object.defineProperty(q,"X-API-Secret",{value:"<K>",enumerable:!0}),'
        'Object.defineProperty(q,"secret",{value:"<S>"}),Object.assign(q,{timestamp:t,nonce:n,'
        f"sign:{SIGN}}}),f({{headers:q}})"
    ),
    "objects that are merged": 'var k={"X-API-Secret":"<K>"},c=()=>({secret:"<S>"});'
    + sending(f"Object.assign({{a:1}},k,c(),{{timestamp:t,nonce:n,sign:{SIGN}}})"),
    "spread under a condition": 'var k="<K>",s="<S>";'
    + sending(
        f'{{...k?{{"X-API-Secret":k}}:{{}},...s&&{{secret:s}},timestamp:t,nonce:n,sign:{SIGN}}}'
    ),
    "entries that are set": function(
        f"Object.entries({headers()}).forEach(([k,v])=>o.setRequestHeader(k,v))"
    ),
    "a chain": function(
        'E.post(u).set("X-API-Secret","<K>").set("secret","<S>").set("timestamp",t)'
        f'.set("nonce",n).set("sign",{SIGN})'
    ),
    "a function that builds them": "function b(c,r){return{'X-API-Secret':c.k,secret:c.s,...r}}"
    'var c={k:"<K>",s:"<S>"};' + sending(f"b(c,{{timestamp:t,nonce:n,sign:{SIGN}}})"),
}


@pytest.mark.parametrize("source", SETTINGS.values(), ids=SETTINGS.keys())
def test_headers_that_are_sent_together_prove_the_constants(source: str) -> None:
    assert told_at_any_length(source) == {PROVED}


def test_what_is_proved_is_told_before_all_scripts_were_read() -> None:
    assert scripts_of(REAL).evidence() == PROVED


KEPT_IN = {
    "variables that are declared later": ("<ASK>;const k='<K>',s='<S>',p='<P>'", "k s p"),
    "an object": ("var c={k:'<K>',s:'<S>',p:'<P>'};<ASK>", "c.k c.s c.p"),
    "a frozen object": (
        "var c=Object.freeze({k:{s:'<K>'},s:'<S>',p:'<P>'});<ASK>",
        "c.k.s c.s c.p",
    ),
    "a pattern": ("var{k,o:{s},...r}={k:'<K>',o:{s:'<S>'},p:'<P>'};<ASK>", "k s r.p"),
    "a list": ("var[k,...r]=['<K>','<S>','<P>'];<ASK>", "k r[0] r[1]"),
    "JSON": ("""var c=JSON.parse('{"k":"<K>","s":"<S>","p":"<P>"}');<ASK>""", "c.k c.s c.p"),
    "a function that looks up": (
        "var b={k:'<K>',s:'<S>',p:'<P>'};function d(e){return b[e]}<ASK>",
        'd("k") d("s") d("p")',
    ),
    "functions": ("var a=()=>'<K>',b=()=>'<S>';function c(){return'<P>'}<ASK>", "a() b() c()"),
    "what is there otherwise": (
        "var k=window.X||'<K>',s=window.Y??'<S>',p=void 0===o?'<P>':'<P>';<ASK>",
        "k s p",
    ),
    "defaults that are overridden": (
        "var d={k:'',s:'',p:''},c={...d,...{k:'<K>',s:'<S>',p:'<P>'}};<ASK>",
        "c.k c.s c.p",
    ),
    "the environment of the page": (
        "var e={staging:{k:'S',s:'S',p:'S'},live:{k:'<K>',s:'<S>',p:'<P>'}},"
        "c=e['site.test'===location.hostname?'live':'staging'];<ASK>",
        "c.k c.s c.p",
    ),
    "an object that is filled": (
        "var c={};c.k='<K>',Object.assign(c,{s:'<S>'}),d(c,'p','<P>');<ASK>",
        "c.k c.s c.p",
    ),
    "made at the first use": (
        "var a;function g(){return a||(a={k:'<K>',s:'<S>',p:'<P>'})}<ASK>",
        "g().k g().s g().p",
    ),
    "parameters": ("!function(k,s,p){<ASK>}('<K>','<S>','<P>')", "k s p"),
    "a global of the page": ("self.CFG={k:'<K>',s:'<S>',p:'<P>'};<ASK>", "CFG.k CFG.s CFG.p"),
    "text that is put together": (
        "var k='<K>'.split('').reverse().reverse().join(''),s=['<S>'].concat().join(''),"
        "p=`${'<P>'}`;<ASK>",
        "k s p",
    ),
}


@pytest.mark.parametrize(("source", "constants"), KEPT_IN.values(), ids=KEPT_IN.keys())
def test_the_constants_may_be_kept_elsewhere(source: str, constants: str) -> None:
    assert told_at_any_length(source.replace("<ASK>", ask(constants))) == {PROVED}


METHOD = "ask(u){const t=Date.now(),n=Math.random();fetch(u,{headers:<H>})}"
CLASSES = {
    "fields": ("class a{k='<K>';s='<S>';p='<P>';<M>}", "this.k this.s this.p"),
    "private fields": (
        "class a{#k='<K>';#s;static #p='<P>';constructor(){this.#s='<S>'}<M>}",
        "this.#k this.#s a.#p",
    ),
    "getters": (
        "class a{get k(){return'<K>'}get s(){return'<S>'}static get p(){return'<P>'}<M>}",
        "this.k this.s a.p",
    ),
    "weak maps": (
        "var k=new WeakMap,s=new WeakMap,p=new WeakMap;function q(e,t){return t.get(e)}"
        "class a{constructor(){k.set(this,'<K>'),s.set(this,'<S>'),p.set(this,'<P>')}<M>}",
        "q(this,k) q(this,s) q(this,p)",
    ),
    "a helper that adds the methods": (
        "function a(){this.k='<K>',this.s='<S>',this.p='<P>'}"
        "d(a,[{key:'ask',value:function(u){const t=Date.now(),n=Math.random();"
        "fetch(u,{headers:<H>})}}])",
        "this.k this.s this.p",
    ),
    "a prototype": (
        "function a(){this.k='<K>'}a.prototype.s='<S>',a.prototype.p='<P>',"
        "a.prototype.ask=function(u){const t=Date.now(),n=Math.random();fetch(u,{headers:<H>})}",
        "this.k this.s this.p",
    ),
}


@pytest.mark.parametrize(("source", "constants"), CLASSES.values(), ids=CLASSES.keys())
def test_an_object_may_send_what_it_has(source: str, constants: str) -> None:
    sent = headers(*constants.split())
    assert told_at_any_length(source.replace("<M>", METHOD).replace("<H>", sent)) == {PROVED}


@pytest.mark.parametrize(
    "made",
    [
        'timestamp:t,nonce:n,sign:md5(["<P>",t,n].sort().join(""))',
        'nonce:n,signature:md5(["<P>",t,n].sort().join(""))',
        'timestamp:t,sign:["<P>",t,n].sort().join("")',
    ],
)
def test_a_signature_has_two_headers_that_differ_from_request_to_request(made: str) -> None:
    assert told_at_any_length(sending(f'{{"X-API-Secret":"<K>",secret:"<S>",{made}}}')) == {PROVED}


@pytest.mark.parametrize(
    "made",
    [
        "timestamp:t,nonce:n",
        "timestamp:t",
        'timestamp:1,nonce:2,sign:md5(["<P>",t,n].sort().join(""))',
        "timestamp:t,sign:md5('a')",
        "signature:t",
    ],
)
def test_other_headers_are_no_signature(made: str) -> None:
    found = told(sending(f'{{"X-API-Secret":"<K>",secret:"<S>",{made}}}'))
    assert found[:2] == PROVED[:2]
    assert not found.proved
    assert not found.conclusive


@pytest.mark.parametrize(("length", "sent"), [(7, False), (8, True), (256, True), (257, False)])
def test_a_constant_has_the_length_of_a_header(length: int, sent: bool) -> None:
    found = told(ask(f'"{"x" * length}" "<S>" "<P>"'))
    assert found.x_api_secret == ("x" * length if sent else None)
    assert found.proved == sent


@pytest.mark.parametrize("value", ["two words here", "größergrößer", "line\\nline"])
def test_a_constant_can_be_sent_as_it_is(value: str) -> None:
    assert told(sending(headers(secret=f'"{value}"'))) == NOTHING


# Proved: two objects of one script


DEFAULTS = 'var c=axios.create({headers:{"X-API-Secret":"<K>",secret:"<S>"}});'
INTERCEPTOR = (
    "c.interceptors.request.use(e=>{const t=Date.now(),n=Math.random();"
    "return e.headers.timestamp=t,"
    f"e.headers.nonce=n,e.headers.sign={SIGN},e}});"
)
COMMON = 'c.defaults.headers.common["X-API-Secret"]="<K>",c.defaults.headers.common.secret="<S>";'


@pytest.mark.parametrize(
    "source",
    [
        DEFAULTS + INTERCEPTOR,
        "var c=axios.create();" + COMMON + INTERCEPTOR,
        f"function setup(c){{{COMMON}{INTERCEPTOR}}}",
        DEFAULTS.replace(',secret:"<S>"', "")
        + INTERCEPTOR.replace("return ", 'return e.headers.secret="<S>",'),
        "var c=axios.create();" + INTERCEPTOR + DEFAULTS.replace("c=", "d="),
    ],
    ids=["options", "defaults", "a parameter", "a constant on each", "another client"],
)
def test_a_request_that_is_put_together_in_one_script_is_likely(source: str) -> None:
    for found in told_at_any_length(source):
        assert found[:3] == PROVED[:3]


def test_a_request_is_not_put_together_of_two_scripts() -> None:
    found = told({A: DEFAULTS, B: "var c=axios.create();" + INTERCEPTOR})
    assert found[:2] == PROVED[:2]
    assert not found.proved


@pytest.mark.parametrize(
    ("source", "secret"),
    [
        (f'x={{"X-API-Secret":"<K>",secret:"<S>"}};{INTERCEPTOR}', SECRET),
        (DEFAULTS + function(f"x={{timestamp:t,nonce:n,sign:{SIGN}}}"), SECRET),
        (DEFAULTS + INTERCEPTOR.replace(f",e.headers.sign={SIGN}", ""), SECRET),
    ],
    ids=["no request", "no request that is signed", "no signature"],
)
def test_two_objects_may_make_no_request(source: str, secret: str) -> None:
    found = told(source)
    assert found[:2] == (API_SECRET, secret)
    assert not found.proved


@pytest.mark.parametrize("unread", ["e.headers.secret=e.key", 'e.headers["X-API-Secret"]=e.key'])
def test_a_signature_beside_a_constant_that_is_unread_is_of_another_request(unread: str) -> None:
    other = "var c=axios.create();" + INTERCEPTOR.replace("return ", f"return {unread},")
    assert not told(DEFAULTS.replace("c=", "d=") + other).proved


def test_an_interceptor_may_replace_a_default() -> None:
    other = INTERCEPTOR.replace("return ", 'return e.headers.secret="otherSecretHere",')
    assert not told(DEFAULTS + other).proved
    assert not told("var c=axios.create();" + COMMON + other).proved


# Requests that disagree, that are printed, and samples


def test_requests_that_disagree_prove_nothing() -> None:
    for sources in (REAL + OTHER, {A: REAL, B: OTHER}, {A: OTHER, B: REAL}):
        assert told(sources) == NOTHING
    assert told(REAL + sending(headers(), "again")) == PROVED


def test_requests_with_two_salts_do_not_tell_the_salt() -> None:
    found = told(REAL + sending(headers(salt='"otherSalt1"'), "again"))
    assert found == Evidence(API_SECRET, SECRET)


@pytest.mark.parametrize(
    "printed",
    [
        "JSON.stringify(<H>,null,2)",
        "v.textContent=JSON.stringify({url:u,headers:<H>})",
        "const h=<H>;v.innerHTML=`<pre>${JSON.stringify(h)}</pre>`",
    ],
)
def test_what_is_printed_is_not_sent(printed: str) -> None:
    sample = function(printed.replace("<H>", OTHER_HEADERS), "sample")
    assert told_at_any_length(sample) == {NOTHING}
    assert told_at_any_length(sample + REAL) == {PROVED}
    assert told_at_any_length(REAL + sample) == {PROVED}
    assert told_at_any_length({A: sample, B: REAL}) == {PROVED}


@pytest.mark.parametrize(
    "sample",
    [
        'timestamp:"1727913600000",nonce:"0.6163618327177592",sign:"7befab31b9a4083f"',
        "timestamp:1727913600000,nonce:.6163618327177592",
    ],
)
def test_a_sample_has_the_values_of_one_moment(sample: str) -> None:
    source = f'var e={{headers:{{"X-API-Secret":"YOURAPISECRET",secret:"yourSecret1",{sample}}}}};'
    assert told(source + REAL) == told(REAL + source) == PROVED
    assert not told(source).proved


DECOYS = {
    "labels": 'var l={form:{user:"Name",secret:"Geheimnis",save:"Sichern"}};',
    "translations": 'var l={en:{secret:"YourSecretKey","X-API-Secret":"apiSecretHeader"},'
    'de:{secret:"DeinGeheimnis","X-API-Secret":"apiGeheimnis"}};',
    "a session": 'var i={name:"ask.sid",secret:"pleaseChangeThisNow123",maxAge:86400};',
    "names that are alike": 'var a={app_secret:"app_secret_value"};a.secret_="notTheSecret13";',
    "a string": """var r='headers:{"X-API-Secret":"YOURAPISECRET",secret:"yourSecret1"}';""",
    "a template": 'var r=`${u}{"X-API-Secret":"YOURAPISECRET",secret:"yourSecret1"}${u}`;',
    "comments": '/*{"X-API-Secret":"YOURAPISECRET"}*///x={secret:"yourSecret1"}\n',
    "a regular expression": 'var r=/{"X-API-Secret":"YOURAPISECRET",secret:"yourSecret1"}/g;',
    "help": "var h={header:'The header \"X-API-Secret\" has letters.',secret:'Not \"secret\".'};",
    "what a user enters": 'localStorage.setItem("login",JSON.stringify({secret:p}));'
    'var p="hunter22";',
    "a key of a cache": 'var k=["v1",o.id,o.name].sort().join("");cache.set("secret",k);',
    "an avatar": 'function k(e){var n=["identicon",e.id,e.name];return n.sort(),m(n.join(""))}',
    "a nonce of the page": 'var m={nonce:Math.random(),secret:"scriptNonceSecret",'
    "timestamp:Date.now()};",
    "another service that is signed": function(
        'g(u,{headers:{"X-App-Id":"1",secret:"foreignSecret",timestamp:t,nonce:n,'
        'sign:md5(["foreignSalt",t,n].sort().join(""))}})',
        "foreign",
    ),
    "namesakes": 'window.user={apiSecret:"WRONG0000000000",secret:"wrongSecret",salt:"wrongSalt"};',
}


@pytest.mark.parametrize("decoy", DECOYS.values(), ids=DECOYS.keys())
def test_decoys_beside_a_request_are_passed_over(decoy: str) -> None:
    assert told(decoy + REAL) == told(REAL + decoy) == PROVED
    assert told({A: decoy, B: REAL}) == told({A: REAL, B: decoy}) == PROVED


@pytest.mark.parametrize("decoy", DECOYS.values(), ids=DECOYS.keys())
def test_decoys_alone_are_no_constants(decoy: str) -> None:
    for other in DECOYS.values():
        for found in (told(decoy + other), told({A: decoy, B: other})):
            assert None in (found.x_api_secret, found.secret)
            assert not found.proved


ANOTHER_SERVICE = 'fetch(u,{headers:{"X-API-Secret":"OTHER0000000000000"}});'


def test_a_request_to_another_service_is_passed_over() -> None:
    assert told(ANOTHER_SERVICE + REAL) == told({A: ANOTHER_SERVICE, B: REAL}) == PROVED
    assert told(ANOTHER_SERVICE) == Evidence("OTHER0000000000000")


# Likely


KNOWN_BUNDLE = (
    'c={headers:{"X-API-Secret":"<K>"}},l={secret:"<S>",name:"x"};function d(t,e){'
    'var n=["<P>",t,e];return n.sort(),o()(n.join(""))}'
)


def test_a_script_with_one_plausible_value_each_is_likely_to_send_them() -> None:
    assert told(KNOWN_BUNDLE) == LIKELY
    assert scripts_of(KNOWN_BUNDLE).evidence() == NOTHING
    # The one spelling that is known of the real site.
    assert told(KNOWN_BUNDLE.replace("<P>", "<KNOWN>")) == Evidence(API_SECRET, SECRET, KNOWN_SALT)


@pytest.mark.parametrize(
    "source",
    [
        'x={"X-API-Secret":"<K>"};y={secret:"<S>"}',
        'x["X-API-Secret"]="<K>";y.secret="<S>"',
        'x.set("X-API-Secret","<K>");y.set("secret","<S>")',
        'var c={k:"<K>"};x={"X-API-Secret":c.k};var secret="<S>"',
        'x={"X-API-Secret":"<K>"};y={secret:"short"};z={secret:"two words here"};w={secret:"<S>"}',
        'x={"X-API-Secret":"<K>"};y={secret:"<K>"};z={secret:"<S>"}',
        'x={"X-API-Secret":"<K>",secret:"<S>"};y={"X-API-Secret":"<K>",secret:"aSample123",nonce:1}',
        'x={"X-API-Secret":"<K>"};y={secret:"<S>"};z={secret:"<S>"}',
        'f({headers:{"X-API-Secret":"<K>",secret:"<S>"}});l={secret:"aLabelOfAForm"}',
    ],
)
def test_a_plausible_value_may_be_set_in_any_way(source: str) -> None:
    assert told(source) == Evidence(API_SECRET, SECRET)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (
            'x={"X-API-Secret":"<K>"};y={secret:"<S>"};z={secret:"anotherSecret"}',
            (API_SECRET, None),
        ),
        (
            'x={"X-API-Secret":"<K>"};y={"X-API-Secret":"OTHER00000000"};z={secret:"<S>"}',
            (None, None),
        ),
        ('x={"X-API-Secret":"short"};y={secret:"<S>"}', (None, None)),
        ('x={"X-API-Secret":k};y={secret:"<S>"}', (None, None)),
        ('f("X-API-Secret");y={secret:"<S>"}', (None, None)),
        ('x={"X-API-Secret":"<K>"};y=secret;f(secret,"<S>")', (API_SECRET, None)),
        ('y=JSON.stringify({"X-API-Secret":"<K>"});x={secret:"<S>"}', (None, None)),
    ],
)
def test_what_is_not_plausible_or_not_the_only_one(
    source: str, found: tuple[str | None, str | None]
) -> None:
    assert told(source)[:2] == found


@pytest.mark.parametrize(("length", "plausible"), [(9, False), (10, True), (64, True), (65, False)])
def test_a_plausible_value_has_word_characters(length: int, plausible: bool) -> None:
    for value in ("x" * length, "_" * length):
        found = told(f'x={{"X-API-Secret":"{value}"}};y={{secret:"<S>"}}')
        assert found[:2] == ((value, SECRET) if plausible else (None, None))
    assert told('x={"X-API-Secret":"with-a-hyphen"}') == NOTHING


def test_the_values_stand_in_the_same_script() -> None:
    assert told({A: 'x={"X-API-Secret":"<K>"}', B: 'y={secret:"<S>"}'}) == Evidence(API_SECRET)
    other = {A: 'x={"X-API-Secret":"<K>"};y={secret:"<S>"}', B: 'z={secret:"anotherSecret"}'}
    assert told(other) == Evidence(API_SECRET, SECRET)
    api_secrets = {A: 'x={"X-API-Secret":"<K>"};y={secret:"<S>"}', B: 'z={"X-API-Secret":"<K>"}'}
    assert told(api_secrets)[:2] == (API_SECRET, None)
    signed = {
        A: 'x={"X-API-Secret":"<K>"};y={secret:"<S>"}',
        B: DECOYS["another service that is signed"],
    }
    assert told(signed)[:2] == (API_SECRET, SECRET)


@pytest.mark.parametrize("constants", ["o.key o.pass", '"<K>" o.pass', 'o.key "<S>"'])
def test_a_request_whose_constants_are_unread_speaks_against_what_is_likely(constants: str) -> None:
    request = ask(f'{constants} "<P>"')
    assert told(KNOWN_BUNDLE + request) == told({A: request, B: KNOWN_BUNDLE}) == NOTHING


def test_a_header_that_is_unread_is_no_signed_request() -> None:
    assert told(KNOWN_BUNDLE + sending("{secret:o.key,timestamp:t}")) == LIKELY


def test_the_salt_of_what_is_likely_is_the_one_that_is_sorted_in_its_script() -> None:
    other = 'function e(t,e){return o(["otherSalt1",t,e].sort().join(""))}'
    assert told(KNOWN_BUNDLE + other) == Evidence(API_SECRET, SECRET)
    signed = function(f"f({{headers:{{timestamp:t,nonce:n,sign:{SIGN}}}}})")
    constants = 'c={"X-API-Secret":"<K>"},l={secret:"<S>"};'
    assert told(constants + signed + other) == LIKELY


# Sites that mislead: the other values are not sent, or not always


DECOY = '{k:"OTHER0000000000000",s:"otherSecretHere"}'
OF_C = ask('c.k c.s "<P>"')
CONFIGURED = f"const E=[{DECOY},{{k:'<K>',s:'<S>'}}];"
MISLEADING: dict[str, str | dict[str, str]] = {
    "one of two calls": function(
        f"return fetch(u,{{headers:{headers('k', 's')}}})", "send"
    ).replace("u,o", "u,k,s")
    + 'function a(){return send("/a","OTHER0000000000000","otherSecretHere")}'
    'function b(){return send("/b","<K>","<S>")}',
    "one of two environments": CONFIGURED
    + function(f"const c=E[o.live?1:0];f({{headers:{headers('c.k', 'c.s')}}})"),
    "an environment that is looked up": CONFIGURED
    + function(f"const c=E.find(e=>e.id===o.id);f({{headers:{headers('c.k', 'c.s')}}})"),
    "an environment that changes": CONFIGURED
    + "let i=0;function next(){i=(i+1)%2}"
    + ask('E[i].k E[i].s "<P>"'),
    "an environment that a caller sets": f"const E={{a:{DECOY},b:{{k:'<K>',s:'<S>'}}}};let m='a';"
    + "function mode(e){m=e}"
    + ask('E[m].k E[m].s "<P>"'),
    "a configuration from the server": 'let k="OTHER0000000000000",s="otherSecretHere";'
    'fetch("/config").then(e=>e.json()).then(e=>{k=e.k,s=e.s});' + ask('k s "<P>"'),
    "members from the server": f"var c={DECOY};async function init(){{const e=await load();"
    "c.k=e.k,c.s=e.s}" + OF_C,
    "an object from the server": f"var c={DECOY};async function init(){{"
    "Object.assign(c,await load())}" + OF_C,
    "a form": f"const c=reactive({DECOY});h('input',{{onInput:e=>c.k=e.target.value}});" + OF_C,
    "a constructor's options": {
        A: f"export class A{{constructor(o={{}}){{this.c={{...{DECOY},...o}}}}"
        + METHOD.replace("<H>", headers("this.c.k", "this.c.s"))
        + "}",
        B: "import{A}from'./a.js';const x=new A({k:'<K>',s:'<S>'});function go(u){x.ask(u)}",
    },
    "a function that configures": {
        A: f"const c={DECOY};export function init(o){{Object.assign(c,o)}}export {OF_C}",
        B: "import{init}from'./a.js';init({k:'<K>',s:'<S>'});",
    },
    "a secret that is replaced on the way": DEFAULTS
    + INTERCEPTOR.replace("return ", "return e.headers.secret=e.key,"),
    "a branch": function(
        f"const h={headers()};if(o.test)h.secret='otherSecretHere';return f({{headers:h}})"
    ),
    "a name that is not known": function(
        f"const h={headers()};h[o.a?'secret':'b']='otherSecretHere';return f({{headers:h}})"
    ),
    "an object that is not known": function(
        f"const h={headers()},i={{}};(o.a?h:i).secret='otherSecretHere';return f({{headers:h}})"
    ),
    "a loop that may not be run": function(
        "let s='<S>';for(const e of o.list)s='otherSecretHere';"
        f"f({{headers:{headers(secret='s')}}})"
    ),
    "a function for each": function(
        "let s='<S>';o.list.forEach(()=>{s='otherSecretHere'});"
        f"f({{headers:{headers(secret='s')}}})"
    ),
    "a case": function(
        "let s='<S>';switch(o.mode){case'a':s='otherSecretHere'}"
        f"f({{headers:{headers(secret='s')}}})"
    ),
    "an error": function(
        "let s='otherSecretHere';try{s='<S>';boom()}catch(e){s='another111'}"
        f"f({{headers:{headers(secret='s')}}})"
    ),
    "a secret of each day": "const L=['otherSecretHere','<S>'];"
    + function(f"f({{headers:{headers(secret='L[new Date().getDay()%2]')}}})"),
    "a secret that is encrypted": function(f"f({{headers:{headers(secret='o.encrypt(`<S>`)')}}})"),
    "a secret with the time": function(f"f({{headers:{headers(secret='`<S>${t}`')}}})"),
    "code that is never run": function(f"if(!1)return f({{headers:{OTHER_HEADERS}}});{{f(o)}}"),
    "a demo beside a request that is unread": OTHER + ask('o.k o.s "<P>"'),
    "a sample that is shown as text": function(
        f"return Object.entries({OTHER_HEADERS}).map(([k,v])=>`-H '${{k}}: ${{v}}'`).join(' ')"
    ),
    "two services": function(
        'f({headers:{"X-API-Secret":"OTHER0000000000000",secret:"otherSecretHere"}})', "a"
    )
    + function(f"f({{headers:{{timestamp:t,nonce:n,sign:{SIGN}}}}})", "b"),
    "a salt of two": 'var p="<KNOWN>";' + ask('"<K>" "<S>" o.a?"otherSalt1":"anotherSalt1"'),
}


@pytest.mark.parametrize("sources", MISLEADING.values(), ids=MISLEADING.keys())
def test_a_site_that_misleads_is_not_proved_to_send_something_else(
    sources: str | dict[str, str],
) -> None:
    for found in told_at_any_length(sources):
        assert found[:3] == PROVED[:3] or not found.proved


# The salt


SALTINGS = {
    "joined later": "var e=['<P>',a,b];return e.sort(),h(e.join(''))",
    "a comparison": "return h([a,'<P>',b].sort((x,y)=>x>y?1:-1).join(''))",
    "toSorted": "return h([a,b,'<P>'].toSorted().join(''))",
    "spread": "return h([...['<P>',a],b].sort().join(''))",
    "rest parameters": "return((...e)=>h(e.sort().join('')))('<P>',a,b)",
    "arguments": "var e=[].slice.call(arguments);return e.push('<P>'),h(e.sort().join(''))",
    "arguments in a loop": "for(var e=['<P>'],i=0;i<arguments.length;i++)e.push(arguments[i]);"
    "return h(e.sort().join(''))",
    "concat": "return h(['<P>'].concat([a,b]).sort().join(''))",
    "concat of values": "return h([].concat('<P>',a,b).sort().join(''))",
    "push": "var e=[];return e.push('<P>'),e.push(a),e.push(b),e.sort(),h(e.join(''))",
    "unshift": "var e=[a,b];return e.unshift('<P>'),h(e.sort().join(''))",
    "indexes": "var e=[];e[0]='<P>';e[1]=a;e[2]=b;e.sort();return h(e.join(''))",
    "the end": "var e=new Array;e[e.length]='<P>';e[e.length]=a;e[e.length]=b;"
    "return h(e.sort().join(''))",
    "Array.of": "return h(Array.of('<P>',a,b).sort().join(''))",
    "Array.from": "return h(Array.from(new Set(['<P>',a,b])).sort().join(''))",
    "Object.values": "return h(Object.values({c:'<P>',d:a,e:b}).sort().join(''))",
    "map": "return h(['<P>',a,b].map(String).sort().join(''))",
    "filter": "return h(['<P>',a,b].filter(Boolean).sort().join(''))",
    "a copy": "var e=['<P>',a,b];return h(e.slice().sort().join(''))",
    "a loop": "let e='';for(const c of['<P>',a,b].sort())e+=c;return h(e)",
    "a loop of indexes": "var l=['<P>',a,b].sort(),e='';for(var i=0;i<l.length;i++)e+=l[i];"
    "return h(e)",
    "forEach": "var l=['<P>',a,b].sort(),e='';l.forEach(x=>{e+=x});return h(e)",
    "reduce": "return h(['<P>',a,b].sort().reduce((c,d)=>c+d,''))",
    "a template": "var e=['<P>',a,b].sort();return h(`${e[0]}${e[1]}${e[2]}`)",
    "a sum": "let l=[];l.push('<P>'),l.push(a),l.push(b),l.sort();return h(l[0]+''+l[1]+l[2])",
    "a pattern": "const[x,y,z]=['<P>',a,b].sort();return h(x+y+z)",
    "concat of texts": "return h(''.concat(...['<P>',a,b].sort()))",
    "a default": "var c=arguments.length>2&&void 0!==arguments[2]?arguments[2]:'<P>';"
    "return h([c,a,b].sort().join(''))",
    "an object of parameters": "return(({salt:c,t:d,n:e})=>h([c,d,e].sort().join('')))"
    "({salt:'<P>',t:a,n:b})",
    "a salt that is put together": "return h([['q7Zk','2mWx0B'].join(''),a,b].sort().join(''))",
    "a hash of the site": "function m(s){for(var d=1,i=0;i<s.length;i++)d=d*31+s.charCodeAt(i)|0;"
    "return d.toString(16)}return m(['<P>',a,b].sort().join(''))",
    "a hash in steps": "return C.make('md5').update(['<P>',a,b].sort().join('')).digest('hex')",
    "a promise": "return Promise.resolve(['<P>',a,b].sort().join('')).then(h)",
}


@pytest.mark.parametrize("body", SALTINGS.values(), ids=SALTINGS.keys())
def test_the_salt_is_sorted_on_the_way_to_the_signature(body: str) -> None:
    request = sending('{"X-API-Secret":"<K>",secret:"<S>",timestamp:t,nonce:n,sign:g(t,n)}')
    make = f"function g(a,b){{{body}}}"
    avatar = 'function k(e){return m(["identicon",e.id,e.name].sort().join(""))}'
    assert told_at_any_length(make + request) == {PROVED}
    assert told_at_any_length(avatar + request + make) == {PROVED}


UNREAD_SALT = {
    "no list": "md5(t+n)",
    "a server": "o.sign(t,n)",
    "no constant": 'md5([o.salt,t,n].sort().join(""))',
    "two constants": 'md5(["<P>","another1",t,n].sort().join(""))',
    "one of two": 'md5([o.a?"<P>":"another1",t,n].sort().join(""))',
}


@pytest.mark.parametrize("sign", UNREAD_SALT.values(), ids=UNREAD_SALT.keys())
def test_a_salt_that_is_not_read_may_be_the_known_one(sign: str) -> None:
    request = sending(f'{{"X-API-Secret":"<K>",secret:"<S>",timestamp:t,nonce:n,sign:{sign}}}')
    assert told(request) == Evidence(API_SECRET, SECRET)


@pytest.mark.parametrize("quote", ['"', "'", "`"])
def test_the_known_salt_is_proved_by_its_text_in_a_script(quote: str) -> None:
    request = sending('{"X-API-Secret":"<K>",secret:"<S>",timestamp:t,nonce:n,sign:md5(t+n)}')
    seen = f"var p={quote}<KNOWN>{quote};"
    expected = Evidence(API_SECRET, SECRET, None, proved=True)
    assert told(seen + request) == told({A: request, B: seen}) == expected
    assert told(f"// {seen}\n{request}") == Evidence(API_SECRET, SECRET)


# Other scripts


IMPORTED = 'const x="<K>",y="<S>",z="<P>";'
IMPORTS = {
    "names": (
        'import{a,b as c,default as d}from"./b.js";',
        "a c d",
        IMPORTED + "export{x as a,y as b,z as default}",
    ),
    "declarations": (
        'import{a,b,c}from"./b.js";',
        "a b c()",
        'export const a="<K>";export let b="<S>";export function c(){return"<P>"}',
    ),
    "a namespace": ('import*as a from"./b.js";', "a.x a.y a.z", IMPORTED + "export{x,y,z}"),
    "a default": ('import a from"./b.js";', "a.x a.y a.z", IMPORTED + "export default{x,y,z}"),
    "handed on": ('import{a,b,c}from"./b.js";', "a b c", 'export{a,b,c}from"./c.js"'),
    "all handed on": ('import{a,b,c}from"./b.js";', "a b c", 'export*from"./c.js"'),
    "a namespace handed on": ('import{q}from"./b.js";', "q.a q.b q.c", 'export*as q from"./c.js"'),
    "imported and exported": (
        'import{a,b,c}from"./b.js";',
        "a b c",
        'import{a,b,c}from"./c.js";export{a,b,c}',
    ),
    "a class": (
        'import{q}from"./b.js";',
        "q.a q.b q.c",
        'export class q{static a="<K>";static b="<S>";static c="<P>"}',
    ),
}


@pytest.mark.parametrize("order", [1, -1], ids=["first", "last"])
@pytest.mark.parametrize(
    ("importing", "constants", "exporting"), IMPORTS.values(), ids=IMPORTS.keys()
)
def test_the_constants_may_be_imported(
    importing: str, constants: str, exporting: str, order: int
) -> None:
    third = IMPORTED + "export{x as a,y as b,z as c}"
    sources = {A: importing + ask(constants), B: exporting, C: third, D: "export{}"}
    assert told_at_any_length(dict(list(sources.items())[::order])) == {PROVED}


def test_a_dynamic_import_may_have_them() -> None:
    request = f"async {ask('k s p')}".replace(
        "const", 'const{k,s,p}=await import("./b.js");const', 1
    )
    assert (
        told({A: request, B: 'export const k="<K>";export const s="<S>";export const p="<P>"'})
        == PROVED
    )


BUNDLED = {
    "webpack 4": "function(e,t,n){n.d(t,'x',function(){return x}),"
    "n.d(t,'y',(function(){return y})),"
    "n.d(t,'z',function(){return z});" + IMPORTED + "}",
    "webpack 5": "(e,t,n)=>{n.d(t,{x:()=>x,y:()=>y,z:()=>z});" + IMPORTED + "}",
    "rspack": "(e,t,n)=>{n.d(t,['x',0,'<K>','y',0,'<S>','z',()=>z]);" + IMPORTED + "}",
    "members": "function(e,t){t.x='<K>',t['y']='<S>',e.exports.z='<P>'}",
    "one object": "function(e){e.exports={x:'<K>',y:'<S>',z:'<P>'}}",
    "JSON": """function(e){e.exports=JSON.parse('{"x":"<K>","y":"<S>","z":"<P>"}')}""",
}


@pytest.mark.parametrize("exporting", BUNDLED.values(), ids=BUNDLED.keys())
@pytest.mark.parametrize("key", ["7", '"./b.js"'], ids=["number", "path"])
def test_a_module_of_a_bundle_may_have_them(exporting: str, key: str) -> None:
    push = "(self.webpackChunk=self.webpackChunk||[]).push([[1],{%s}])"
    using = f"8:function(e,t,n){{var a=n({key});{ask('a.x a.y a.z')}}}"
    assert told_at_any_length(push % f"{key}:{exporting},{using}") == {PROVED}
    assert told_at_any_length({A: push % using, B: push % f"{key}:{exporting}"}) == {PROVED}


def test_a_module_that_parcel_registers_may_have_them() -> None:
    helper = "function d(e,t,r,n){Object.defineProperty(e,t,{get:r,set:n,enumerable:!0})}"
    exporting = 'd(e.exports,"x",()=>x),d(e.exports,"y",()=>y),d(e.exports,"z",()=>z);' + IMPORTED
    using = f'q.register("l03tN",function(e,t){{var a=q("cSjYS");{ask("a.x a.y a.z")}}})'
    assert (
        told({A: using, B: f'{helper}q.register("cSjYS",function(e,t){{{exporting}}})'}) == PROVED
    )


def test_a_module_that_is_registered_may_send_them() -> None:
    register = 'System.register(["./b.js"],function(e,m){var f;return{setters:[e=>{f=e.f}],execute:'
    source = f'{register}function(){{{IMPORTED}{ask("x y z")}e("ask",ask)}}}}}})'
    assert told_at_any_length({A: source, B: "System.register([],()=>({execute(){}}))"}) == {PROVED}


def test_a_module_that_is_registered_may_have_them() -> None:
    register = 'System.register(["./b.js"],function(e,m){var f;return{setters:[e=>{f=e.f}],execute:'
    using = f'{register}function(){{{ask("f.k f.s f.p")}e("ask",ask)}}}}}})'
    made = "e('f',{k:'<K>',s:'<S>',p:'<P>'})"
    exporting = f"System.register([],function(e){{return{{execute:function(){{{made}}}}}}})"
    assert told_at_any_length({A: using, B: exporting}) == {PROVED}
    assert told(using) == Evidence(missing=(B,))


def test_a_module_that_was_not_read_is_missing() -> None:
    importing = f'import{{k,s,p}}from"./b.js";{ask("k s p")}'
    assert told(importing) == scripts_of(importing).evidence() == Evidence(missing=(B,))
    scripts = scripts_of(importing)
    scripts.evidence()
    scripts.add(Module(B, written('export{k,s,p}from"./c.js"')))
    assert scripts.evidence() == Evidence(missing=(C,))
    scripts.add(
        Module(C, written('export const k="<K>";export const s="<S>";export const p="<P>"'))
    )
    assert scripts.evidence() == PROVED


def test_what_nothing_needs_is_not_missing() -> None:
    assert told(f'import{{v}}from"./b.js";{REAL}') == PROVED


def test_imports_are_resolved_as_the_page_says() -> None:
    scripts = Scripts(lambda importer, name: B if (importer, name) == (A, "#b") else "")
    scripts.add(Module(A, written(f'import{{k,s,p}}from"#b";{ask("k s p")}')))
    scripts.add(
        Module(B, written('export const k="<K>";export const s="<S>";export const p="<P>"'))
    )
    assert scripts.evidence() == PROVED


# What compilers make of a configuration


OF_E = ask("e.apiSecret e.secret e.salt")
OPTIONS = '{apiSecret:"<K>",secret:"<S>",salt:"<P>"}'
ENUM = 'function(a){a.apiSecret="<K>",a.secret="<S>",a.salt="<P>"}'
CLIENT = METHOD.replace("<H>", headers("this.e.apiSecret", "this.e.secret", "this.e.salt"))
COMPILED = {
    "an enum": f"var e;({ENUM})(e||(e={{}}));" + OF_E,
    "an enum in a sequence": f"var a,e;a=1,{ENUM}(e||(e={{}}));" + OF_E,
    "an enum of esbuild": f"var e=({ENUM.replace('}', ';return a}')})(e||{{}});" + OF_E,
    "a namespace of esbuild": "var d=Object.defineProperty,x=(e,t)=>{for(var r in t)"
    "d(e,r,{get:t[r],enumerable:!0})},e={};x(e,{apiSecret:()=>a,secret:()=>b,salt:()=>c});"
    'var a="<K>",b="<S>",c="<P>";' + OF_E,
    "a function that configures": f"var e={{}};function set(o){{Object.assign(e,o)}}set({OPTIONS});"
    + OF_E,
    "a variable that a function sets": f"var e;function set(o){{e=o}}set({OPTIONS});" + OF_E,
    "an object that is exported": f"class a{{constructor(e){{this.e=e}}{CLIENT}}}"
    f"export const x=new a({OPTIONS});",
    "an object that nothing keeps": f"class a{{constructor(e){{this.e=e}}{CLIENT}}}"
    f"new a({OPTIONS});",
    "a class that is a function": "function a(e){this.e=e}a.prototype.ask=function(u){"
    + CLIENT.removeprefix("ask(u){")
    + f";var x=new a({OPTIONS});x.ask('/')",
}


@pytest.mark.parametrize("source", COMPILED.values(), ids=COMPILED.keys())
def test_what_a_short_script_sets_in_order_is_followed(source: str) -> None:
    assert told(source) == PROVED
    assert told(LONG + source) in (PROVED, LIKELY, NOTHING)


# Guesses


STORE = 'const s={state:()=>({apiSecret:"<K>",secret:"<S>",salt:"<P>"})};'
GUESSED = {
    "a store's state": STORE + ask("o.state.apiSecret o.state.secret o.state.salt"),
    "a configuration": {
        A: function(
            f"const c=u().public;f({{headers:{headers('c.apiSecret', 'c.secret', 'c.salt')}}})"
        ),
        B: 'window.__NUXT__={};p({public:{apiSecret:"<K>",secret:"<S>",salt:"<P>"}})',
    },
    "an injection": 'e.provide("options",{apiSecret:"<K>",secret:"<S>",salt:"<P>"});'
    + function(
        f"const c=e.inject('options');f({{headers:{headers('c.apiSecret', 'c.secret', 'c.salt')}}})"
    ),
}


@pytest.mark.parametrize("sources", GUESSED.values(), ids=GUESSED.keys())
def test_an_object_that_a_framework_hands_over_is_guessed_by_its_properties(
    sources: str | dict[str, str],
) -> None:
    assert told(sources) == LIKELY
    assert scripts_of(sources).evidence().x_api_secret is None


def test_of_two_such_objects_none_is_guessed() -> None:
    other = 'window.user={apiSecret:"WRONG0000000000000",secret:"wrongSecret",salt:"wrongSalt"};'
    assert told({A: str(GUESSED["a store's state"]), B: other}) == NOTHING


# How far it is looked


def test_headers_whose_names_are_computed_are_found_by_the_signature() -> None:
    names = 'export const h={k:"X-API-Secret",s:"secret"};'
    request = 'import{h}from"./b.js";' + sending(
        f'{{[h.k]:"<K>",[h.s]:"<S>",timestamp:t,nonce:n,sign:{SIGN}}}'
    )
    scripts = scripts_of({A: request, B: names})
    assert scripts.evidence() == NOTHING
    assert scripts.evidence(all_read=True) == PROVED
    assert scripts.evidence() == PROVED


STATEMENTS = {
    "a condition": "if(window.ok){<B>}else{}",
    "a block that is tried": "try{<B>}catch(e){}",
    "a loop": "for(const u of window.urls){<B>}",
    "a loop that ends with its condition": "do{<B>}while(window.ok)",
    "a case": "switch(window.ok){case 1:<B>}",
    "a function that is called at once": "!function(){<B>}()",
    "an export": "export default function(){<B>}",
    "a result": "x(function(){return function(){<B>}})",
    "after a block": "function f(){}function g(){<B>}",
    "a function that is handed over": "window.go=g(async()=>{<B>})",
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_the_code_around_a_header_is_run(statement: str) -> None:
    request = f"const t=Date.now(),n=Math.random();fetch('/',{{headers:{headers()}}})"
    assert told_at_any_length(f"a;{statement.replace('<B>', request)}") == {PROVED}


def test_the_uses_of_what_is_declared_are_followed() -> None:
    source = (
        "const h={'X-API-Secret':'<K>'};function a(e){return{...h,secret:e}}"
        "function b(e){return a(e)}var c=()=>b('<S>');"
    )
    request = function(f"f({{headers:{{...c(),timestamp:t,nonce:n,sign:{SIGN}}}}})").replace(
        "sign", "signature"
    )
    assert told_at_any_length(source + request) == {PROVED}


@pytest.mark.parametrize(("depth", "found"), [(2, PROVED), (3, NOTHING)])
def test_functions_inside_each_other_are_run_to_some_depth(
    depth: int, found: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "MAX_USES", 2)
    request = (
        headers()
        .replace("sort", "toSorted")
        .replace('"X-API-Secret"', '["X-API-"+"Secret"]')
        .replace("sign", '["si"+"gn"]')
    )
    made = f"{{const t=Date.now(),n=Math.random();f({{headers:{request}}})}}"
    assert told(f"function ask(o){{o.sign;return {'()=>' * depth}{made}}}") == found


@pytest.mark.parametrize("before", ["for(let i=0;i<1e6;i++)f(i);", "throw 1;", "if(!1)return;"])
def test_a_function_is_run_though_the_one_around_it_does_not_come_so_far(before: str) -> None:
    assert told(f"function g(){{{before}return{{ask:{REAL}}}}}") == PROVED


def test_a_script_that_takes_too_much_work_does_not_hide_the_others() -> None:
    results = set[Evidence]()
    for steps in range(0, 1000, 10):
        module = Module(A, written(REAL + OTHER))
        module.script.work = Work(steps, lambda: False)
        scripts = Scripts()
        scripts.add(module)
        scripts.add(Module(B, written(REAL)))
        results.add(scripts.evidence())
    assert results == {PROVED, NOTHING}


def test_a_header_of_a_map_may_have_any_key() -> None:
    source = function(
        'const m=new Map([[o,1],["X-API-Secret","<K>"],["secret","<S>"],["timestamp",t],'
        f'["sign",{SIGN}]]);f(new Headers(m))'
    )
    assert told(source) == PROVED


def test_the_scripts_are_looked_at_again_only_if_there_is_something_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = Mock(wraps=Interpreter)
    monkeypatch.setattr(evidence, "Interpreter", looks)
    scripts = scripts_of("x={secret:1}")
    assert scripts.evidence() == NOTHING
    scripts.add(Module(B, written(REAL)))
    assert scripts.evidence() == PROVED
    scripts.add(Module(C, "y={secret:2}"))
    assert scripts.evidence() == scripts.evidence(all_read=True) == PROVED
    assert looks.call_count == 1


def test_the_bundle_is_the_script_that_the_value_is_written_in() -> None:
    for quote in "\"'`":
        scripts = scripts_of({A: "var a='other'", B: f"var b={quote}<K>{quote}"})
        assert scripts.bundle_of(API_SECRET) == B
        assert scripts.bundle_of(SECRET) == scripts.bundle_of("var") == ""


@pytest.mark.parametrize(("late", "found"), [(False, PROVED), (True, NOTHING)])
def test_a_deadline_that_has_passed_ends_the_look(late: bool, found: Evidence) -> None:
    source = function(f"for(let i=0;i<500;i++)o(i);f({{headers:{headers()}}})")
    scripts = Scripts(expired=lambda: late)
    scripts.add(Module(A, written(source)))
    assert scripts.evidence() == found


@pytest.mark.parametrize("steps", [0, 100])
def test_a_limited_number_of_steps_is_taken(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    takes_long = function("for(let i=0;i<300;i++)o(i);o['X-API-Secret']", "wait")
    sources = {A: takes_long, B: REAL}
    assert scripts_of(sources).evidence() == PROVED
    monkeypatch.setattr(visits, "ALL_STEPS", steps)
    assert scripts_of(sources).evidence() == NOTHING


def test_a_function_that_is_too_long_is_run_in_pieces() -> None:
    takes_long = "for(let i=0;i<1e6;i++)f(i);" * 20
    body = (
        takes_long + "var k='<K>';if(o){f(1)}let s='<S>';const p='<P>';for(;;)break;" + ask("k s p")
    )
    assert told(f"!function(o){{{LONG}{body}}}()") == PROVED
    assert told(f"!function(o){{{LONG}{body};if(o){{{ask('k s p')}}}}}()") == PROVED
    assert told(f"!function(o){{{body}}}()") == NOTHING


# Whatever a site sends


BUNDLES = [
    written(source)
    for source in [
        REAL,
        DEFAULTS + INTERCEPTOR,
        KNOWN_BUNDLE,
        f'import{{a as k,b as s}}from"./b.js";export*from"./a.js";{ask("k s k")}',
        "x={7:" + BUNDLED["webpack 5"] + ",8(e,t,n){var a=n(7);" + ask("a.x a.y a.z") + "}}",
        CLASSES["private fields"][0].replace("<M>", METHOD).replace("<H>", headers("this.#k")),
        str(GUESSED["a store's state"]),
        *(
            f"function g(a,b){{{body}}}{sending('{secret:a,sign:g(t,n)}')}"
            for body in SALTINGS.values()
        ),
    ]
]
PIECES = [
    *"(){}[]`\"'/\\.,;:=+?<>!#*\n&|",
    *("${", "=>", "?.", "...", "||=", "//", "/*", "*/", "**"),
    *("secret", '"X-API-Secret"', "sign", "import", "export", "from", "as", "function", "class"),
    *("var", "let", "async", "await", "yield", "static", "get", "extends", "this", "super", "new"),
    *(
        "if",
        "for",
        "while",
        "do",
        "switch",
        "case",
        "try",
        "catch",
        "return",
        "break",
        "sort",
        "a",
        "1",
    ),
]
edits = st.lists(
    st.tuples(
        st.sampled_from(["delete", "double", "swap", "insert", "cut"]),
        st.integers(0, 2000),
        st.integers(1, 30),
        st.sampled_from(PIECES),
    ),
    max_size=8,
)


def edited(text: str, changes: list[tuple[str, int, int, str]]) -> str:
    for kind, place, size, piece in changes:
        start = place % (len(text) + 1)
        end = start + size
        match kind:
            case "delete":
                text = text[:start] + text[end:]
            case "double":
                text = text[:end] + text[start:]
            case "swap":
                text = text[:start] + text[end : end + size] + text[start:end] + text[end + size :]
            case "insert":
                text = text[:start] + piece + text[start:]
            case _:
                text = text[start:] if size % 2 else text[:start]
    return text


def read(source: str) -> None:
    scripts = Scripts()
    scripts.add(Module(A, source))
    scripts.add(Module(B, BUNDLES[2]))
    assert scripts.evidence().conclusive <= scripts.evidence(all_read=True).proved


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(BUNDLES), edits)
def test_a_damaged_bundle_is_no_error(
    bundle: str, changes: list[tuple[str, int, int, str]]
) -> None:
    read(edited(bundle, changes))


def test_a_script_that_ends_at_the_name_of_a_property_is_no_error() -> None:
    read('imestamp:t,noq7Zk2mWx0B",t,n].nce:n,["sort().sign:')


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(BUNDLES), st.randoms(use_true_random=False))
def test_shuffled_tokens_are_no_error(bundle: str, random: Random) -> None:
    tokens = Module(A, bundle).script.tokens[:]
    random.shuffle(tokens)
    read(" ".join(tokens))


@settings(deadline=None, max_examples=100)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=60))
def test_whatever_a_site_sends_is_no_error(pieces: list[str]) -> None:
    read(" ".join(pieces))
