from __future__ import annotations

from itertools import combinations, count
from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magickpen.discovery.constants import Constants, Scripts
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import Work
from magickpen.discovery.links import ScriptLinks
from magickpen.discovery.page import read_page

API_SECRET = "W252GY255JVYBS9NAM"
SECRET = "yf6q5T3gMrPrkUWM4Kx9H"
SALT = "q7Zk2mWx0B"
ORIGIN = "https://site.test"
MAIN = "/a.js"


def written(source: str) -> str:
    """Return a script with the constants in place of their marks."""
    return source.replace("<K>", API_SECRET).replace("<S>", SECRET).replace("<P>", SALT)


def scripts_of(sources: dict[str, str]) -> Scripts:
    scripts = Scripts()
    for path, source in sources.items():
        scripts.add(Module(ORIGIN + path, written(source)))
    return scripts


def constants(sources: dict[str, str] | str, *, thorough: bool = False) -> Constants:
    if isinstance(sources, str):
        sources = {MAIN: sources}
    return scripts_of(sources).constants(thorough=thorough)


def found(sources: dict[str, str] | str) -> tuple[str | None, str | None, str | None]:
    return constants(sources, thorough=True)[:3]


ALL = (API_SECRET, SECRET, SALT)
SORTED = 'sign:h(["<P>",t,n].sort().join(""))'


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            'f({headers:{"X-API-Secret":"<K>",secret:"<S>",timestamp:t,nonce:n,' + SORTED + "}})",
            id="an object",
        ),
        pytest.param(
            "f({headers:{'x-api-secret':'<K>','secret':'<S>',timestamp:t,nonce:n,"
            "sign:h(['<P>',t,n].sort().join(''))}})",
            id="single quotes, lower case",
        ),
        pytest.param(
            "f({headers:{[`X-API-Secret`]:`<K>`,secret:`<S>`,timestamp:t,nonce:n,"
            "sign:h([`<P>`,t,n].sort().join(``))}})",
            id="backticks",
        ),
        pytest.param(
            'let m={...v};return m["X-API-Secret"]="<K>",m.secret="<S>",m.timestamp=t,'
            'm.nonce=n,m.sign=h(["<P>",t,n].sort().join("")),m',
            id="members that are set",
        ),
        pytest.param(
            'x.setRequestHeader("X-API-Secret","<K>"),x.setRequestHeader("secret","<S>"),'
            'x.setRequestHeader("timestamp",t),x.setRequestHeader("nonce",n),'
            'x.setRequestHeader("sign",h(["<P>",t,n].sort().join("")))',
            id="setRequestHeader",
        ),
        pytest.param(
            'e.headers.set("X-API-Secret","<K>"),e.headers.set("secret","<S>"),'
            'e.headers.set({timestamp:t,nonce:n,sign:h(["<P>",t,n].sort().join(""))})',
            id="set one or several",
        ),
        pytest.param(
            'return o.append("X-API-Secret",_.credentials.apiSecret),'
            'o.append("secret",_.credentials.secret),o.append("timestamp",t),o.append("nonce",n),'
            'o.append("sign",h([O,t,n].sort().join(""))),o;const _=Object.freeze({credentials:'
            'Object.freeze({apiSecret:"<K>",secret:"<S>"}),retries:2}),O="<P>"',
            id="append, of frozen options",
        ),
        pytest.param(
            'const G="<K>",q="<S>",P="<P>",Z={"Content-Type":"a","X-API-Secret":G},N={b:Y,'
            "secret:q};f({headers:{...Z,secret:N.secret,timestamp:t,nonce:n,"
            'sign:h([P,t,n].sort().join(""))}})',
            id="hoisted variables",
        ),
        pytest.param(
            'var l="X-API-Secret",d="secret",k="<K>",s="<S>";f({headers:{[l]:k,[d]:s,'
            "timestamp:t,nonce:n," + SORTED + "}})",
            id="computed keys",
        ),
        pytest.param(
            'var c="<S>";e.interceptors.request.use(function(e){e.headers["X-API-Secret"]="<K>",'
            "e.headers.secret=c,e.headers.timestamp=t,e.headers.nonce=n,"
            'e.headers.sign=function(e,t){var n=["<P>",e,t];return n.sort(),f(n.join(""))}(t,n)})',
            id="terser: the options' property is gone",
        ),
        pytest.param(
            'const i={"Content-Type":"a","X-API-Secret":"<K>"},c="<S>";function u(t,n){const '
            'e=["<P>",t,n];return e.sort(),s()(e.join(""))}f({headers:{...i,secret:c,timestamp:t,'
            "nonce:n,sign:u(t,n)}})",
            id="terser: an object of headers is spread",
        ),
        pytest.param(
            'async function r({url:t="u",apiSecret:a="<K>",secret:n="<S>",salt:i="<P>",body:o}={})'
            '{let u=Date.now(),l=Math.random(),s=h([i,u,l].sort().join(""));return f(t,{headers:'
            '{"X-API-Secret":a,secret:n,timestamp:u,nonce:l,sign:s}})}r({body:1})',
            id="swc: defaults of parameters",
        ),
        pytest.param(
            'var T={api:"u",secret:"<S>"};function J(v){return Object.assign(T,v)}function z(v,M){'
            'const s=["<P>",v,M];return s.sort(),q(s.join(""))}function B(v={}){const m={...v};'
            'return m["X-API-Secret"]="<K>",m.secret=T.secret,m.timestamp=t,m.nonce=n,'
            "m.sign=z(t,n),m}",
            id="esbuild: the options are kept",
        ),
        pytest.param(
            'const A={apiSecret:"<K>",secret:"<S>",salt:"<P>"},{secret:O,apiSecret:C,salt:E}=A,'
            'P=(t,e)=>w([E,t,e].sort().join("")),R=t=>({"X-API-Secret":C,secret:O,timestamp:t,'
            "nonce:e,sign:P(t,e)})",
            id="destructured options",
        ),
        pytest.param(
            'class D{#e="<S>";#t;static salt="<P>";static defaults={apiSecret:"<K>"};'
            "constructor(e){this.options={...D.defaults,...e},this.#t=this.options.apiSecret}"
            'sign(e,t){return h([D.salt,e,t].sort().join(""))}headers(){const n={};return '
            'n["X-API-Secret"]=this.#t,n.secret=this.#e,n.timestamp=e,n.nonce=t,'
            "n.sign=this.sign(e,t),n}}",
            id="fields of a class",
        ),
        pytest.param(
            'class a{static names={key:"X-API-Secret",secret:"secret"};#t;constructor(t){this.#t=t}'
            "headers(){const{secret:e}=this.#t;return{[a.names.key]:k,[a.names.secret]:e,"
            "timestamp:t,nonce:n," + SORTED + '}}}var k="<K>",c=new a({secret:"<S>"})',
            id="a private field that new fills",
        ),
        pytest.param(
            'var f={base:"u",secret:"<S>"},o=function(){return r(function t(e){this.options='
            'Object.assign({},f,e)},[{key:"sign",value:function(t,e){var n=["<P>",t,e];return '
            'n.sort(),c()(n.join(""))}},{key:"ask",value:function(){var n=this;return new Promise('
            "function(r,o){var l=n.options,c=l.secret,x=new XMLHttpRequest;"
            'x.setRequestHeader("X-API-Secret","<K>"),x.setRequestHeader("secret",c),'
            'x.setRequestHeader("timestamp",t),x.setRequestHeader("nonce",n),'
            'x.setRequestHeader("sign",n.sign(f,h))})}}])}()',
            id="options of an older class",
        ),
        pytest.param(
            'var c=new Headers([["a","b"],["X-API-Secret",o.key],["secret",o.secret],'
            '["timestamp",t],["nonce",n],["sign",e([p,t,n].sort().join(""))]]),'
            'o=Object.freeze({key:"<K>",secret:"<S>"}),p="<P>"',
            id="pairs",
        ),
        pytest.param(
            "var _=Object.freeze({API:`X-API-Secret`,SECRET:`secret`,TIME:`timestamp`,"
            "NONCE:`nonce`,SIGN:`sign`}),v=`<K>`,y=`<S>`,b=`<P>`;function S(){return{[_.API]:v,"
            "[_.SECRET]:y,[_.TIME]:t,[_.NONCE]:n,[_.SIGN]:h([b,t,n].sort().join(``))}}",
            id="names in an enum",
        ),
        pytest.param(
            'var F={key:"X-API-Secret",secret:"secret"},Z="<K>",K="<S>",Q="<P>",p=new Headers;'
            'p.set(F.key,Z),p.set(F.secret,K),p.set("timestamp",d),p.set("nonce",M),'
            'p.set("sign",W([Q,d,M].sort().join("")))',
            id="names of an object, to set",
        ),
        pytest.param(
            'var b="X-API-Secret",a="<K>",c="<S>";function e(){var r={timestamp:t,nonce:n,'
            'sign:h(["<P>",t,n].sort().join(""))};return l(l(l({},b,a),"secret",c),r)}',
            id="babel: a helper defines the header",
        ),
        pytest.param(
            'const s=Object.assign({"Content-Type":"a"},{"X-API-Secret":A.k,secret:A.s},S());'
            'var A={k:"<K>",s:"<S>"};const S=()=>({timestamp:i,nonce:f,'
            'sign:b(["<P>",i,f].sort().join(""))})',
            id="objects that are merged",
        ),
        pytest.param(
            'var G=Object.freeze({headers:{"X-API-Secret":"<K>"},secret:"<S>"}),T=({t:e,n:t})=>'
            'A(["<P>",e,t].sort().join(""));for(const[s,o]of Object.entries({...G.headers,'
            "secret:G.secret,...n,sign:T(n)}))r.set(s,o);var n={timestamp:t,nonce:u}",
            id="entries of an object that others are spread into",
        ),
        pytest.param(
            'var h;return(h={a:1})["X-API-Secret"]="<K>",h.secret="<S>",h.timestamp=t,h.nonce=n,'
            'h.sign=g(["<P>"].concat([t,n]).sort().join("")),h',
            id="an object that is made where it is used, and a list that grows",
        ),
        pytest.param(
            'e.provide("options",{apiKey:"<K>",secret:"<S>"});var o=e.inject("options");f({headers:'
            '{"X-API-Secret":o.apiKey,secret:o.secret,timestamp:t,nonce:n,' + SORTED + "}})",
            id="options that a framework hands over",
        ),
        pytest.param(
            'var f="<S>";c.create({headers:{"X-API-Secret":"<K>"}}).interceptors.request.use('
            "e=>(e.headers.secret=f,e.headers.timestamp=t,e.headers.nonce=n,"
            'e.headers.sign=h(["<P>",t,n].sort().join("")),e))',
            id="the API secret elsewhere",
        ),
        pytest.param(
            'var n,h;!function(t){t.Api="X-API-Secret",t.Secret="secret"}(n||(n={})),'
            'function(t){t.api="<K>",t.secret="<S>",t.salt="<P>"}(h||(h={}));f({headers:'
            'd(d(d(d(d({},n.Api,h.api),n.Secret,h.secret),"timestamp",t),"nonce",c),'
            '"sign",o([h.salt,t,c].sort().join("")))})',
            id="TypeScript's enums",
        ),
        pytest.param(
            'var v="X-API-Secret",d="secret",y="timestamp",m="nonce",w="sign",O=Object(o.a)('
            'Object(o.a)({},v,"<K>"),d,"<S>");f({headers:q(O,Object(o.a)(Object(o.a)((0,o.a)('
            '{},y,n),m,c),w,h(["<P>",n,c].sort().join(""))))})',
            id="all names computed, ES5",
        ),
        pytest.param(
            'var l=function(){return{apiSecret:"<K>",secret:"<S>",salt:"<P>"}},v={ask:function(t){'
            "var r,a,s,p;r=t.state,a=r.apiSecret,s=r.secret,p=r.salt;f({headers:{"
            '"X-API-Secret":a,secret:s,timestamp:d,nonce:m,sign:h([p,d,m].sort().join(""))}})}}',
            id="a store's state",
        ),
        pytest.param(
            'var q=[["X-API-Secret","<K>"],["secret","<S>"]];q.concat([["timestamp",t],["nonce",n],'
            '["sign",h(["<P>",t,n].sort().join(""))]]).forEach(g)',
            id="a list and more pairs",
        ),
        pytest.param(
            '[["X-API-Secret","<K>"],["secret","<S>"]].concat([["timestamp",t],["nonce",n],'
            '["sign",h(["<P>",t,n].sort().join(""))]]).forEach(g)',
            id="pairs and more pairs",
        ),
        pytest.param(
            'var q=[["X-API-Secret","<K>"],["secret","<S>"]];[...q,["timestamp",t],["nonce",n],'
            '["sign",h(["<P>",t,n].sort().join(""))]].forEach(g)',
            id="a list that is spread, and more pairs",
        ),
        pytest.param(
            'n.setHeader("X-API-Secret","<K>"),n.setHeader("secret","<S>"),n.onRequest(function(e){'
            "e.headers.common.timestamp=t,e.headers.common.nonce=c,e.headers.common.sign="
            'function(a){return h(["<P>"].concat(a).sort().join(""))}(t,c)})',
            id="setHeader, and a salt that is extended",
        ),
        pytest.param(
            '(o={a:1})["X-API-Secret"]="<K>",o.secret="<S>",o.timestamp=t,o.nonce=n,'
            'o.sign=h(["<P>",t,n].sort().join(""))',
            id="an object that is named at its first use",
        ),
        pytest.param(
            'function T(){this.key="<K>",this.config={secret:"<S>"},this.salt="<P>"}C(T,[{'
            'key:"headers",value:function(){return{"X-API-Secret":this.key,'
            "secret:this.config.secret,timestamp:t,nonce:n,"
            'sign:h([this.salt,t,n].sort().join(""))}}}])',
            id="a class, ES5",
        ),
    ],
)
def test_the_constants_are_those_that_are_sent(source: str) -> None:
    assert found(source) == ALL


SEND = (
    "f({headers:{'X-API-Secret':%s,secret:%s,timestamp:t,nonce:n,"
    "sign:h([%s,t,n].sort().join(''))}})"
)
VALUES = 'var x="<K>",y="<S>",z="<P>";'
NAMES = SEND % ("c", "U", "j")
OF_A = SEND % ("a.X", "a.Y", "a.Z")
EXPORTED = VALUES + "export{x as X,y as Y,z as Z}"
OBJECT = '{X:"<K>",Y:"<S>",Z:"<P>"}'
IMPORTS = {
    "import": (
        'import{A as c,B as U,C as j}from"./b.js";' + NAMES,
        VALUES + "export{x as A,y as B,z as C}",
    ),
    "exported declarations": (
        'import{c,U,j}from"./b.js";' + NAMES,
        'export const c="<K>";export let U="<S>";export var j="<P>"',
    ),
    "namespace": ('import*as a from"./b.js";' + OF_A, EXPORTED),
    "default": ('import a from"./b.js";' + OF_A, f"export default{OBJECT}"),
    "default by name": (
        'import a from"./b.js";' + OF_A,
        f"var e={OBJECT};export{{e as default}}",
    ),
    "namespace handed on": ('import{b as a}from"./b.js";' + OF_A, 'export*as b from"./c.js"'),
    "all handed on": (
        'import*as a from"./b.js";' + OF_A,
        'export*from"./d.js";export*from"./c.js"',
    ),
    "handed on by name": (
        'import*as a from"./b.js";' + OF_A,
        'export{X,Q as Y,Z}from"./c.js"',
    ),
    "imported and exported": (
        'import*as a from"./b.js";' + OF_A,
        'import{X,Q as Y,Z}from"./c.js";export{X,Y,Z}',
    ),
    "dynamic import": (
        f"async function g(){{const{{X:c,Y:U,Z:j}}=await import('./b.js');{NAMES}}}",
        EXPORTED,
    ),
    "dynamic import of a namespace": (
        f"async function g(){{const a=await import('./b.js');{OF_A}}}",
        EXPORTED,
    ),
    "dynamic import of a default": (
        f"async function g(){{const{{default:a}}=await import('./b.js');{OF_A}}}",
        f"export default{OBJECT}",
    ),
    "a function": (
        'import{g as a}from"./b.js";' + SEND % ("a().X", "a().Y", "a().Z"),
        f"export function g(){{return{OBJECT}}}",
    ),
    "a class": (
        'import{g as a}from"./b.js";' + OF_A,
        'export class g{static X="<K>";static Y="<S>";static Z="<P>"}',
    ),
}


@pytest.mark.parametrize(("importing", "exporting"), IMPORTS.values(), ids=IMPORTS.keys())
def test_values_come_from_other_es_modules(importing: str, exporting: str) -> None:
    third = 'const X="<K>",Y="<S>",Z="<P>";export{X,Y,Y as Q,Z}'
    sources = {MAIN: importing, "/b.js": exporting, "/c.js": third, "/d.js": "export{}"}
    assert found(sources) == ALL


def test_a_module_that_was_not_read_is_missing() -> None:
    importing = 'import{A as c,B as U,C as j}from"./b.js";' + NAMES
    before = constants(importing)
    assert before == (None, None, None, False, (f"{ORIGIN}/b.js",))
    after = constants({MAIN: importing, "/b.js": VALUES + "export{x as A,y as B,z as C}"})
    assert after == (*ALL, True, ())


def test_imports_are_resolved_as_the_page_says() -> None:
    scripts = Scripts(lambda importer, name: f"{ORIGIN}/b.js" if name == "#entry" else "")
    importing = 'import{A as c,B as U,C as j}from"#entry";' + NAMES
    exporting = VALUES + "export{x as A,y as B,z as C}"
    for path, source in {MAIN: importing, "/b.js": exporting}.items():
        scripts.add(Module(ORIGIN + path, written(source)))
    assert scripts.constants()[:3] == ALL


EXPORTS = {
    "webpack 4": 'function(e,t,n){"use strict";n.d(t,"X",function(){return x}),'
    'n.d(t,"Y",function(){return y}),n.d(t,"Z",(function(){return z}));' + VALUES + "}",
    "webpack 5": "(e,t,n)=>{n.d(t,{X:()=>x,Y:()=>y,Z:()=>z});" + VALUES + "}",
    "webpack 5, ES5": "function(e,t,n){n.d(t,{X:function(){return x},Y:function(){return y},"
    "Z:function(){return z}});" + VALUES + "}",
    "webpack 5, list": '(e,t,n)=>{n.d(t,["X",0,"<K>","Y",0,"<S>","Z",()=>z]);' + VALUES + "}",
    "rspack": '(e,t,n)=>{n.d(t,{},{X:"<K>",Y:"<S>",Z:"<P>"})}',
    "members": 'function(e,t){t.X="<K>",t["Y"]="<S>",e.exports.Z="<P>"}',
    "one object": 'function(e){e.exports={X:"<K>",Y:"<S>",Z:"<P>"}}',
    "JSON": """function(e){e.exports=JSON.parse('{"X":"<K>","Y":"<S>","Z":"<P>"}')}""",
}


@pytest.mark.parametrize("exporting", EXPORTS.values(), ids=EXPORTS.keys())
@pytest.mark.parametrize("chunks", [1, 2], ids=["same chunk", "another chunk"])
@pytest.mark.parametrize("key", ["7", '"./b.js"'], ids=["number", "path"])
def test_values_come_from_other_modules_of_a_bundle(exporting: str, chunks: int, key: str) -> None:
    push = "(self.webpackChunk=self.webpackChunk||[]).push([[1],{%s}])"
    using = f"8:function(e,t,n){{var a=n({key});{OF_A}}}"
    parts = [f"{key}:{exporting}", using]
    sources = [push % ",".join(parts)] if chunks == 1 else [push % part for part in parts]
    assert found({f"/{number}.js": source for number, source in enumerate(sources)}) == ALL


def test_values_come_from_a_list_of_modules() -> None:
    using = "function(e,t,n){var r=n(2),a=n.n(r);" + SEND % ("a.a.X", "a.a.Y", "a.a.Z") + "}"
    exporting = 'function(e,t){e.exports={X:"<K>",Y:"<S>",Z:"<P>"}}'
    assert found(f"!function(e){{}}([{using},,{exporting}])") == ALL


def test_values_come_from_a_default_export() -> None:
    using = "8:(e,t,n)=>{var r=n(7);" + SEND % ("r.A.X", "r.A.Y", "r.A.Z") + "}"
    exporting = '7:(e,t,n)=>{n.d(t,{A:()=>o});const o={X:"<K>",Y:"<S>",Z:"<P>"}}'
    assert found(f"x({{{using},{exporting}}})") == ALL


def test_values_come_from_modules_that_parcel_registers() -> None:
    exporting = (
        'p.register("cSjYS",function(e,r){t(e.exports,"X",()=>x),t(e.exports,"Y",()=>y),'
        't(e.exports,"Z",()=>z);' + VALUES + "})"
    )
    using = 'p.register("l03tN",function(e,r){var a=p("cSjYS");' + OF_A + "})"
    assert found({"/a.js": using, "/b.js": exporting}) == ALL


@pytest.mark.parametrize(
    "sign",
    [
        'sign:h(["<P>",t,n].sort().join(""))',
        'sign:h([S,t,n].sort().join(""))',
        'sign:h([o.salt,t,n].sort().join(""))',
        "sign:h([t,`<P>`,n].toSorted().join(``))",
        'signature:h([t,n,"<P>"].sort().join(""))',
        "sign:g(t,n)",
        "sign:i.g(t,n)",
        "sign:u",
        "...s()",
    ],
)
def test_the_salt_is_sorted_and_joined_with_the_others(sign: str) -> None:
    source = (
        'var S="<P>",o={salt:S};function g(e,t){var n=[S,e,t];return n.sort(),h(n.join(""))}'
        'var i={g:function(e,t){var n=["<P>",e,t];return n.sort(),h(n.join(""))}},u=g(t,n);'
        'const s=()=>({sign:h([S,t,n].sort().join(""))});'
        'f({headers:{"X-API-Secret":"<K>",secret:"<S>",timestamp:t,nonce:n,' + sign + "}})"
    )
    assert found(source) == ALL


AVATAR = 'function k(e){var n=["identicon",e.id,e.name];return n.sort(),m(n.join(""))}'


@pytest.mark.parametrize("order", [1, -1], ids=["before", "after"])
def test_another_array_that_is_sorted_and_joined_has_no_salt(order: int) -> None:
    request = 'f({headers:{"X-API-Secret":"<K>",secret:"<S>",timestamp:t,nonce:n,' + SORTED + "}})"
    assert found(";".join([AVATAR, request][::order])) == ALL
    assert found({"/a.js": AVATAR, "/b.js": request}) == ALL


@pytest.mark.parametrize(
    "source",
    ['a=["<P>",t,n].toSorted().join("")', 'a=["<P>",t,n].sort().join(""'],
    ids=["toSorted", "cut off"],
)
def test_an_array_that_is_sorted_and_joined_has_the_salt(source: str) -> None:
    assert constants(source).salt == SALT


@pytest.mark.parametrize("order", [1, -1], ids=["before", "after"])
def test_a_function_that_makes_the_signature_leads_to_the_salt(order: int) -> None:
    make = 'function g(e,t){var n=["<P>",e,t];return n.sort(),h(n.join(""))}'
    request = 'f({headers:{"X-API-Secret":"<K>",secret:"<S>",timestamp:t,nonce:n,sign:i(g(t,n))}})'
    assert found(";".join([*[AVATAR, make][::order], request])) == ALL


@pytest.mark.parametrize(
    "source",
    [
        'a=["<P>",t,n].sort()',
        'a=["<P>",t,n].join("")',
        'a=["<P>",t,n].sort().join(",")',
        'a=["<P>",t].sort().join("")',
        'a=["<P>","other",n].sort().join("")',
        'a=["<P>",b,c,d,e,f,g,h,i].sort().join("")',
        'a=[t,n,m].sort().join("")',
        'a=["abc",t,n].sort().join("")',
        'a=["<P>",t,n].sort().join',
        'a=["<P>",t,n].sort().join(',
        f'a=["<P>",t,n].sort(){";b" * 50};x.join("")',
        'a=b.sort().join("")',
        'sort().join("")',
        'a=b().sort().join("")',
    ],
)
def test_other_arrays_have_no_salt(source: str) -> None:
    assert constants(source).salt is None


def test_of_several_arrays_that_nothing_leads_to_none_has_the_salt() -> None:
    other = 'x(["OTHER0000",t,n].sort().join(""))'
    apart = 'x(["<P>",t,n].sort().join(""))'
    request = 'f({headers:{"X-API-Secret":"<K>",secret:"<S>",timestamp:t,nonce:n,sign:y(t)}})'
    assert found({"/a.js": request, "/b.js": apart}) == ALL
    assert found({"/a.js": request, "/b.js": apart, "/c.js": other}) == (*ALL[:2], None)


REQUEST = 'f({headers:{"X-API-Secret":k,secret:s,timestamp:t,nonce:n,' + SORTED + "}})"
FORMAT = 'headers:{"X-API-Secret":"YOURAPISECRETHERE0",secret:"yourSecretHere",timestamp:1,nonce:2}'
DECOYS = {
    "a form's labels": 'var l={form:{user:"Name",secret:"Geheimnis",save:"Sichern"}};',
    "a session": 'var i={name:"ask.sid",secret:"pleaseChangeThisNow123",maxAge:86400};',
    "another name": 'var a={app_secret:"app_secret_value"};a.secret_="notTheSecret13";',
    "a text": f"var r='{FORMAT}';",
    "a template": f"var r=`{FORMAT}`;",
    "a template with substitutions": f"var r=`${{a}}{FORMAT}${{b}}`;",
    "a comment": f"/*! {FORMAT} */",
    "a line's comment": f"// {FORMAT}\n",
    "a regular expression": f"var r=/{FORMAT}/g;",
    "help about the headers": (
        "var n={header:'The header \"X-API-Secret\" holds 18 characters',"
        "secret:'The header \"secret\" is optional.'};"
    ),
    "local storage": (
        'localStorage.setItem("login",JSON.stringify({user:u,secret:p}));'
        'var u="somebody",p="hunter2hunter2";'
    ),
    "sample values": (
        'var o={key:"",secret:"",salt:""};g("u",{headers:{"X-API-Secret":o.key,secret:o.secret,'
        'timestamp:t,nonce:n,sign:h([o.salt,t,n].sort().join(""))}});'
    ),
    "an avatar": AVATAR + ";",
    "a sample": (
        'var e={headers:{"X-API-Secret":"YOURAPISECRETHERE0",secret:"yourClientSecretHere",'
        'timestamp:"1727913600000",nonce:"0.6163618327177592",sign:"7befab31b9a4083f"}};'
    ),
    "a sample with numbers": (
        'var e={headers:{"X-API-Secret":"YOURAPISECRETHERE0",secret:"yourClientSecretHere",'
        "timestamp:1727913600000,nonce:.6163618327177592}};"
    ),
    "a list": 'var q=[["X-API-Secret","LIST0000000000000"],["secret","listSecretHere"]];',
    "a header alone": 'g({headers:{"X-API-Secret":b}});',
}
REAL = 'var k="<K>",s="<S>";' + REQUEST


@pytest.mark.parametrize("decoy", DECOYS.values(), ids=DECOYS.keys())
def test_decoys_beside_the_constants_are_passed_over(decoy: str) -> None:
    assert found(decoy + REAL) == ALL
    assert found(REAL + ";" + decoy) == ALL
    assert found({"/a.js": decoy, "/b.js": REAL, "/c.js": decoy}) == ALL


@pytest.mark.parametrize("decoy", DECOYS.values(), ids=DECOYS.keys())
def test_decoys_alone_are_no_constants(decoy: str) -> None:
    told = constants(decoy, thorough=True)
    assert (told.x_api_secret, told.secret, told.sure) == (None, None, False)


def test_a_sample_beside_requests_that_are_not_signed_is_no_secret() -> None:
    sample = 'var e={headers:{"X-API-Secret":"YOURAPISECRETHERE0",secret:"yourClientSecretHere"}};'
    assert constants(sample + "g({headers:{timestamp:t,nonce:n}})", thorough=True).secret is None


def test_all_decoys_together_are_no_constants() -> None:
    assert found("".join(DECOYS.values()))[:2] == (None, None)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ('"X-API-Secret":"<K>",secret:"<S>",timestamp:t', (API_SECRET, SECRET)),
        ('"X-API-Secret":"<K>",secret:"<S>"', (API_SECRET, None)),
        ('secret:"<S>"', (None, None)),
    ],
)
def test_a_secret_without_a_signature_needs_other_headers_beside_it(
    headers: str, expected: tuple[str | None, str | None]
) -> None:
    told = constants(f"f({{headers:{{{headers}}}}})")
    assert told == (*expected, None, False, ())


@pytest.mark.parametrize("others", ["", ",timestamp:t(),nonce:n()"], ids=["alone", "signed"])
def test_the_api_secret_is_the_one_of_the_same_request(others: str) -> None:
    other = f'g({{headers:{{"X-API-Secret":"OTHER0000000000000"{others}}}}});'
    assert found(other + REAL) == ALL
    assert found(REAL + ";" + other) == ALL


@pytest.mark.parametrize("value", ["short", "x" * 7, "a b c d e f", "größergrößer", "x" * 257, ""])
def test_what_cannot_be_a_header_is_no_constant(value: str) -> None:
    source = f'f({{headers:{{"X-API-Secret":"<K>",secret:"{value}",timestamp:t,nonce:n}}}})'
    assert constants(source).secret is None


@pytest.mark.parametrize("length", [8, 256])
def test_a_constant_may_be_short_or_long(length: int) -> None:
    value = "x" * length
    source = f'f({{headers:{{"X-API-Secret":"<K>",secret:"{value}",timestamp:t,nonce:n}}}})'
    assert constants(source).secret == value


@pytest.mark.parametrize(("length", "is_salt"), [(3, False), (4, True), (64, True), (65, False)])
def test_a_salt_may_be_short_or_long(length: int, is_salt: bool) -> None:
    value = "x" * length
    assert constants(f'a=["{value}",t,n].sort().join("")').salt == (value if is_salt else None)


def test_names_that_are_computed_are_found_out_at_last() -> None:
    source = (
        'var l="X-API-Secret",d="secret",k="<K>",s="<S>";f({headers:{[l]:k,[d]:s,timestamp:t,'
        "nonce:n," + SORTED + "}})"
    )
    scripts = scripts_of({MAIN: source})
    assert scripts.constants()[:2] == (None, None)
    assert scripts.constants(thorough=True)[:3] == ALL
    assert scripts.constants()[:3] == ALL


def test_what_is_found_for_sure_needs_no_other_script() -> None:
    assert constants(REAL).sure is True
    assert constants('f({headers:{"X-API-Secret":"<K>",secret:"<S>"}});' + AVATAR).sure is False


PAIR = '{"X-API-Secret":"<K>",secret:"<S>"}'
SIGNATURE = "{timestamp:t,nonce:n," + SORTED + "}"


def test_a_secret_and_its_signature_may_stand_in_two_objects() -> None:
    told = constants(f"x={{headers:{PAIR}}};y={SIGNATURE}")
    assert told == (*ALL, True, ())


def test_a_secret_and_its_signature_may_stand_in_two_scripts() -> None:
    assert found({"/a.js": f"x={PAIR}", "/b.js": f"y={SIGNATURE}"}) == ALL


def test_one_header_beside_a_salt_is_no_signature() -> None:
    source = f"x={{headers:{PAIR}}};g({{headers:{{timestamp:t}}}});{AVATAR}"
    assert constants(source, thorough=True).secret is None


def test_a_secret_is_sure_without_the_api_secret_beside_it() -> None:
    signed = f'x={{secret:"<S>",{SIGNATURE[1:]}'
    assert constants(f'{signed};y={{"X-API-Secret":"<K>"}}') == (*ALL, True, ())


def test_a_secret_is_not_sure_with_the_api_secret_of_another_script() -> None:
    signed = f'f({{headers:{{secret:"<S>",{SIGNATURE[1:]}}})'
    other = 'g({headers:{"X-API-Secret":"<K>"}})'
    assert constants({MAIN: signed, "/b.js": other}) == (*ALL, False, ())
    assert constants(f"{signed};{other}") == (*ALL, True, ())


APART = 'f({headers:{"X-API-Secret":"<K>",secret:"<S>",timestamp:t,nonce:n,sign:y(t)}});'
SALTING = 'x(["<P>",t,n].sort().join(""))'


def test_a_salt_in_the_script_that_sends_the_secret_is_its_salt() -> None:
    assert constants(APART + SALTING) == (*ALL, True, ())
    other = 'z(["OTHER0000",t,n].sort().join(""))'
    assert found({MAIN: APART + SALTING, "/b.js": other}) == ALL
    assert found({"/b.js": other, MAIN: APART + SALTING}) == ALL


SIGNED_SECRET = f'f({{headers:{{secret:"<S>",{SIGNATURE[1:]}}})'
OTHER = '"OTHER0000000000000"'


@pytest.mark.parametrize("order", [1, -1], ids=["first", "last"])
@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ('f({headers:{"X-API-Secret":"<K>"}})', f'x={{"X-API-Secret":{OTHER}}}'),
        (
            'x={"X-API-Secret":"<K>",timestamp:t,nonce:n}',
            f'f({{headers:{{"X-API-Secret":{OTHER}}}}})',
        ),
    ],
    ids=["headers", "signed"],
)
def test_of_two_api_secrets_the_one_with_more_of_a_request_counts(
    better: str, worse: str, order: int
) -> None:
    candidates = [("/b.js", better), ("/c.js", worse)][::order]
    assert found({MAIN: SIGNED_SECRET, **dict(candidates)}) == ALL


@pytest.mark.parametrize("order", [1, -1], ids=["first", "last"])
def test_of_two_api_secrets_the_one_in_the_script_of_the_secret_counts(order: int) -> None:
    own = f'{SIGNED_SECRET};x={{"X-API-Secret":"<K>"}}'
    sources = [(MAIN, own), ("/b.js", f'x={{"X-API-Secret":{OTHER}}}')]
    assert found(dict(sources[::order])) == ALL


@pytest.mark.parametrize("order", [1, -1], ids=["first", "last"])
def test_of_two_secrets_the_one_in_headers_counts(order: int) -> None:
    other = 'x={secret:"otherSecretHere",timestamp:t,nonce:n}'
    api_secret = 'y={"X-API-Secret":"<K>"}'
    assert found(";".join([*[SIGNED_SECRET, other][::order], api_secret])) == ALL


@pytest.mark.parametrize("name", ["X-API-Secret", "X-Api-Secret", "x-api-secret"])
def test_an_api_secret_that_is_spread_beside_the_secret_counts_most(name: str) -> None:
    spread = (
        f"""var z=JSON.parse('{{"{name}":"<K>"}}');"""
        f'f({{headers:{{...z,secret:"<S>",{SIGNATURE[1:]}}})'
    )
    assert found(spread) == ALL
    assert found(f'g({{headers:{{"X-API-Secret":{OTHER}}}}});{spread}') == ALL


def test_a_script_that_takes_too_long_does_not_hide_the_others() -> None:
    scripts = scripts_of({"/b.js": REAL})
    module = Module(ORIGIN + MAIN, "x={secret:a}")
    module.script.work = Work(50)
    scripts.add(module)
    assert scripts.constants()[:3] == ALL


def test_the_bundle_is_the_script_that_the_value_is_written_in() -> None:
    scripts = scripts_of({"/a.js": "var a='other'", "/b.js": "var b=`<K>`"})
    assert scripts.bundle_of(API_SECRET) == f"{ORIGIN}/b.js"
    assert scripts.bundle_of(SECRET) == ""


def test_no_scripts_tell_nothing() -> None:
    assert Scripts().constants(thorough=True) == (None, None, None, False, ())


KEPT_IN = {
    "a function that looks up": (
        'var b={k:"<K>",s:"<S>",p:"<P>"};function d(e){return b[e]}<SEND>',
        'd("k") d("s") d("p")',
    ),
    "functions": (
        'var a=()=>"<K>",b=()=>"<S>";function c(){return"<P>"}<SEND>',
        "a() b() c()",
    ),
    "a key that is there twice": (
        'var c={k:"",s:"",p:"",k:"<K>",s:"<S>",p:"<P>"};<SEND>',
        "c.k c.s c.p",
    ),
    "defaults that are overridden": (
        'var d={k:"",s:"",p:""},o={k:"<K>",s:"<S>",p:"<P>"},c={...d,...o};<SEND>',
        "c.k c.s c.p",
    ),
    "what is there otherwise": (
        'var k=window.X||"<K>",s=window.Y??"<S>",p=void 0===e?"<P>":e;<SEND>',
        "k s p",
    ),
    "lowered nullish coalescing": (
        'var e,k=null!==(e=b.k)&&void 0!==e?e:"<K>",s=null!=e?e:"<S>",p=b.p||"<P>";<SEND>',
        "k s p",
    ),
    "options that may be given": (
        'function g(e){var c=void 0===e?{k:"<K>",s:"<S>",p:"<P>"}:e;<SEND>}',
        "c.k c.s c.p",
    ),
    "the production environment by a condition": (
        (
            'var c="localhost"===location.hostname?{k:"STAGING0000000000",s:"stagingSecret",'
            'p:"stagingSalt"}:{k:"<K>",s:"<S>",p:"<P>"};<SEND>'
        ),
        "c.k c.s c.p",
    ),
    "the production environment by a key": (
        (
            'var c={staging:{k:"STAGING0000000000",s:"stagingSecret",p:"stagingSalt"},'
            'production:{k:"<K>",s:"<S>",p:"<P>"}}["localhost"==='
            'location.hostname?"staging":"production"];<SEND>'
        ),
        "c.k c.s c.p",
    ),
    "made at the first use": (
        'var a;function g(){return a||(a={k:"<K>",s:"<S>",p:"<P>"})}<SEND>',
        "g().k g().s g().p",
    ),
    "loop variables of the same names": (
        (
            "(function({k:k,s:s,p:p}){return{ask(o){for(const k of[1,2])x+=k;for(let s=0;s<3;"
            's++)x+=s;for(let p in o)x+=p;<SEND>}}})({k:"<K>",s:"<S>",p:"<P>"})'
        ),
        "k s p",
    ),
    "an object that is filled": (
        'var o={};function r(e){Object.assign(o,e)}r({k:"<K>",s:"<S>",p:"<P>"});<SEND>',
        "o.k o.s o.p",
    ),
    "an enum": (
        'var c;(function(a){a.k="<K>",a.s="<S>",a.p="<P>"})(c||(c={}));<SEND>',
        "c.k c.s c.p",
    ),
    "a namespace object": (
        'var r={};i(r,{k:()=>a,s:()=>b,p:()=>c});var a="<K>",b="<S>",c="<P>";<SEND>',
        "r.k r.s r.p",
    ),
    "a namespace object, taken apart": (
        (
            'var r={};i(r,{k:()=>a,s:()=>b,p:()=>c});var a="<K>",b="<S>",c="<P>",{k:x,s:y,p:z}=r;'
            "<SEND>"
        ),
        "x y z",
    ),
    "a class that is used once": (
        (
            "new class{#k;#s;#p;constructor(e){this.#k=e.k,this.#s=e.s,this.#p=e.p}ask(){"
            '<SEND>}}({k:"<K>",s:"<S>",p:"<P>"}).ask()'
        ),
        "this.#k this.#s this.#p",
    ),
    "a class that is used once, by position": (
        (
            'new class{constructor(a,b,c){this.k=a,this.s=b,this.p=c}ask(){<SEND>}}("<K>","<S>",'
            '"<P>").ask()'
        ),
        "this.k this.s this.p",
    ),
    "an older class that is used once": (
        (
            'var c={k:"<K>",s:"<S>",p:"<P>"};new(function(){return e(function e(t){u(this,e),'
            'this.options=t},[{key:"ask",value:function(){var e=this.options;<SEND>}}])}())(c)'
        ),
        "e.k e.s e.p",
    ),
    "a base class": (
        (
            'class a{constructor(e){this.c=e}}class b extends a{ask(){<SEND>}}new b({k:"<K>",'
            's:"<S>",p:"<P>"})'
        ),
        "this.c.k this.c.s this.c.p",
    ),
    "fields of a base class beside namesakes": (
        (
            'window.user={k:"WRONG0000000000000",s:"wrongSecret",p:"wrongSalt"};'
            'class a{k="<K>";s="<S>";p="<P>"}class b extends a{ask(){<SEND>}}'
        ),
        "this.k this.s this.p",
    ),
    "static fields of a base class": (
        (
            'window.user={k:"WRONG0000000000000",s:"wrongSecret",p:"wrongSalt"};class a{static '
            'k="<K>";static s="<S>";static p="<P>"}class b extends a{ask(){<SEND>}}'
        ),
        "b.k b.s b.p",
    ),
    "fields of a base class": (
        'class a{k="<K>";s="<S>";p="<P>"}class b extends a{ask(){<SEND>}}',
        "this.k this.s this.p",
    ),
    "a class that is a function": (
        (
            'function a(e){this.c=e}a.prototype.ask=function(){<SEND>};new a({k:"<K>",s:"<S>",'
            'p:"<P>"})'
        ),
        "this.c.k this.c.s this.c.p",
    ),
    "members of a prototype": (
        (
            'function a(){}a.prototype.k="<K>",a.prototype.s="<S>",a.prototype.p="<P>",'
            "a.prototype.ask=function(){<SEND>}"
        ),
        "this.k this.s this.p",
    ),
    "getters": (
        'class a{get k(){return"<K>"}get s(){return"<S>"}get p(){return"<P>"}ask(){<SEND>}}',
        "this.k this.s this.p",
    ),
    "fields that a helper defines": (
        (
            'class a{constructor(){E(this,"k","<K>"),E(this,"s","<S>"),(0,r.a)(this,"p",'
            '"<P>")}ask(){<SEND>}}'
        ),
        "this.k this.s this.p",
    ),
    "a field of options that a helper defines": (
        (
            'class a{constructor(){E(this,"options",{k:"<K>",s:"<S>",p:"<P>"})}ask(){const{k:k,'
            "s:s,p:p}=this.options;<SEND>}}"
        ),
        "k s p",
    ),
    "static fields that a helper defines": (
        'const y=class y{ask(){<SEND>}};E(y,"K","<K>"),E(y,"S","<S>"),E(y,"P","<P>");let b=y',
        "y.K y.S y.P",
    ),
    "static fields by another name": (
        'const y=class y{ask(){<SEND>}};E(y,"K","<K>"),E(y,"S","<S>"),E(y,"P","<P>");let b=y',
        "b.K b.S b.P",
    ),
    "private fields in weak maps": (
        (
            'var A=new WeakMap,B=new WeakMap,C=new WeakMap;class a{constructor(){E(this,A,"<K>"),'
            'E(this,B,"<S>"),E(this,C,"<P>")}ask(){<SEND>}}'
        ),
        "q(this,A) q(this,B) q(this,C)",
    ),
    "private fields in weak maps, reversed": (
        (
            'var A=new WeakMap,B=new WeakMap,C=new WeakMap;class a{constructor(){E(this,A,"<K>"),'
            'E(this,B,"<S>"),E(this,C,"<P>")}ask(){<SEND>}}'
        ),
        "q(A,this) q(B,this) q(C,this)",
    ),
    "private fields that new fills": (
        (
            "var A,B,C,a=(b=class{constructor(e){E(this,A,e.k),E(this,B,e.s),E(this,C,e.p)}ask(){"
            '<SEND>}},A=new WeakMap,B=new WeakMap,C=new WeakMap,b);new a({k:"<K>",s:"<S>",'
            'p:"<P>"})'
        ),
        "q(this,A) q(this,B) q(this,C)",
    ),
    "references of a framework": (
        'const a=r("<S>"),b=i({k:"<K>"}),c=r("<P>");<SEND>',
        "b.k a.value c.value",
    ),
    "another name of a class": (
        'class a{static k="<K>";static s="<S>";static p="<P>"}var c=a;<SEND>',
        "c.k c.s c.p",
    ),
    "an immediate function's parameters": (
        '!function(k,s,p){<SEND>}("<K>","<S>","<P>")',
        "k s p",
    ),
}


@pytest.mark.parametrize(("source", "values"), KEPT_IN.values(), ids=KEPT_IN.keys())
def test_the_constants_may_be_kept_anywhere(source: str, values: str) -> None:
    assert found(source.replace("<SEND>", SEND % tuple(values.split()))) == ALL


SETTINGS = {
    "spread under a condition": (
        'var k="<K>",s="<S>";f({headers:{...k?{"X-API-Secret":k}:{},...s&&{secret:s},timestamp:t,'
        'nonce:n,sign:h(["<P>",t,n].sort().join(""))}})'
    ),
    "entries that are set one by one": (
        'c={"X-API-Secret":"<K>",secret:"<S>",timestamp:t,nonce:n,sign:h(["<P>",t,n].sort().join('
        '""))};Object.entries(c).forEach(([e,v])=>x.setRequestHeader(e,v))'
    ),
    "shorthand": (
        'const secret="<S>";f({headers:{"X-API-Secret":"<K>",secret,timestamp,nonce,sign:h('
        '["<P>",timestamp,nonce].sort().join(""))}})'
    ),
    "shorthand alone": (
        'const secret="<S>",timestamp=g(),nonce=g(),sign=h(["<P>",timestamp,nonce].sort().join('
        '""));f({headers:{"X-API-Secret":"<K>",secret,timestamp,nonce,sign}})'
    ),
    "three objects that are merged": (
        'f({headers:Object.assign({a:1},{"X-API-Secret":"<K>",secret:"<S>"},{timestamp:t,nonce:n,'
        'sign:h(["<P>",t,n].sort().join(""))})})'
    ),
    "functions that are spread": (
        'var a=()=>({"X-API-Secret":"<K>",secret:"<S>"}),b=()=>({timestamp:t,nonce:n,sign:h('
        '["<P>",t,n].sort().join(""))});f({headers:{...a(),...b()}})'
    ),
    "a function that builds them": (
        'function b(e,r){return{"X-API-Secret":e.key,secret:e.value,timestamp:r.timestamp,'
        'nonce:r.nonce,sign:r.sign}}var c={key:"<K>",value:"<S>"};f({headers:b(c,{timestamp:t,'
        'nonce:n,sign:h(["<P>",t,n].sort().join(""))})})'
    ),
    "a client's defaults": (
        'a.defaults.headers.common["X-API-Secret"]="<K>",a.interceptors.request.use(e=>('
        'e.headers.secret="<S>",e.headers.timestamp=t,e.headers.nonce=n,e.headers.sign=h(["<P>",'
        't,n].sort().join("")),e))'
    ),
    "a client's defaults and headers that are spread": (
        'a.defaults.headers.common["X-API-Secret"]="<K>";f({headers:{...o.headers,secret:"<S>",'
        'timestamp:t,nonce:n,sign:h(["<P>",t,n].sort().join(""))}})'
    ),
    "a chain of setters": (
        'E.post(u).set("Content-Type","a").set("X-API-Secret","<K>").set("secret","<S>").set('
        '"timestamp",t).set("nonce",n).set("sign",h(["<P>",t,n].sort().join("")))'
    ),
    "a chain after an object": (
        'new K({"X-API-Secret":c.k}).set("secret",c.s).set("timestamp",t).set("nonce",n).set('
        '"sign",h([c.p,t,n].sort().join("")));var c={k:"<K>",s:"<S>",p:"<P>"}'
    ),
    "headers that are made of a part": (
        'var q=new Headers({"X-API-Secret":"<K>",secret:"<S>"});q.set("timestamp",t),q.set('
        '"nonce",n),q.set("sign",h(["<P>",t,n].sort().join("")))'
    ),
    "a builder": (
        '(new B).with("X-API-Secret","<K>").with("secret","<S>").with("timestamp",t).with('
        '"nonce",n).with("sign",h(["<P>",t,n].sort().join(""))).build()'
    ),
    "pairs that are pushed": (
        'var q=[];q.push(["X-API-Secret","<K>"]),q.push(["secret","<S>"]),q.push(["timestamp",'
        't]),q.push(["nonce",n]),q.push(["sign",h(["<P>",t,n].sort().join(""))])'
    ),
    "entries of a list and more": (
        'var q=[["X-API-Secret","<K>"],["secret","<S>"]];Object.fromEntries(q.concat('
        '[["timestamp",t],["nonce",n],["sign",h(["<P>",t,n].sort().join(""))]]))'
    ),
    "defineProperty": (
        'var q={};Object.defineProperty(q,"X-API-Secret",{value:"<K>",enumerable:!0}),'
        'Object.defineProperty(q,"secret",{value:"<S>"}),Object.defineProperty(q,"timestamp",{'
        'value:t}),Object.defineProperty(q,"nonce",{value:n}),Object.defineProperty(q,"sign",{'
        'value:h(["<P>",t,n].sort().join(""))})'
    ),
    "a name in a template": (
        'var a="X-API",b="sec";f({headers:{[`${a}-Secret`]:"<K>",[`${b}ret`]:"<S>",timestamp:t,'
        'nonce:n,sign:h(["<P>",t,n].sort().join(""))}})'
    ),
    "a name that is a sum": (
        'var a="API-Secret",b="sec";f({headers:{["X-"+a]:"<K>",[b+"ret"]:"<S>",timestamp:t,'
        'nonce:n,sign:h(["<P>",t,n].sort().join(""))}})'
    ),
    "a name that a function makes": (
        'var e={name:function(a){return"X-"+a}};f({headers:{[e.name("API-Secret")]:"<K>",'
        'secret:"<S>",timestamp:t,nonce:n,sign:h(["<P>",t,n].sort().join(""))}})'
    ),
    "a name that a helper defines": (
        'var e={name:"X-API-Secret"};f({headers:l(l({"Content-Type":"a"},e.name,"<K>"),{'
        'secret:"<S>",timestamp:t,nonce:n,sign:h(["<P>",t,n].sort().join(""))})})'
    ),
}


@pytest.mark.parametrize("source", SETTINGS.values(), ids=SETTINGS.keys())
def test_the_headers_may_be_set_in_any_way(source: str) -> None:
    assert found(source) == ALL


SALTINGS = {
    "a loop over the list": (
        'function g(a,b){let e="";for(const c of["<P>",a,b].sort())e+=c;return h(e)}'
    ),
    "all arguments": 'var g=(a,b)=>((...e)=>h(e.sort().join("")))("<P>",a,b)',
    "the salt is pushed": 'function g(a,b){var e=[a,b];return e.push("<P>"),h(e.sort().join(""))}',
    "the salt is put first": (
        'function g(a,b){var e=[a,b];return e.unshift("<P>"),h(e.sort().join(""))}'
    ),
    "the others are pushed": (
        'function g(a,b){var e=["<P>"];return e.push(a,b),e.sort(),h(e.join(""))}'
    ),
    "a copy by spreading": 'function g(a,b){var e=["<P>",a,b];return h([...e].sort().join(""))}',
    "a copy by slice": 'function g(a,b){var e=["<P>",a,b];return h(e.slice().sort().join(""))}',
    "a copy by map": 'function g(a,b){return h(["<P>",a,b].map(String).sort().join(""))}',
    "Array.of": 'function g(a,b){return h(Array.of("<P>",a,b).sort().join(""))}',
    "reduce": 'function g(a,b){return h(["<P>",a,b].sort().reduce((c,d)=>c+d,""))}',
    "a template": 'function g(a,b){var e=["<P>",a,b].sort();return h(`${e[0]}${e[1]}${e[2]}`)}',
    "the values of an object": (
        'function g(a,b){return h(Object.values({c:"<P>",d:a,e:b}).sort().join(""))}'
    ),
    "an older default of a parameter": (
        'function g(a,b){var c=arguments.length>2&&void 0!==arguments[2]?arguments[2]:"<P>";'
        'return h([c,a,b].sort().join(""))}'
    ),
    "a hash between sort and join": (
        'function g(a,b){var e=["<P>",a,b];return e.sort(),function(c){var d=1;d=d+c;d=d+c;d=d+c;'
        'd=d+c;d=d+c;d=d+c;return d}(e.join(""))}'
    ),
    "a function that remembers the salt": 'var g=(e=>(a,b)=>h([e,a,b].sort().join("")))("<P>")',
    "an object of parameters": (
        'var E={timestamp:"timestamp",nonce:"nonce"};function v({timestamp:a,nonce:b,salt:c}){'
        'return h([c,a,b].sort().join(""))}function g(a,b){return v({timestamp:a,nonce:b,'
        'salt:"<P>"})}'
    ),
}


@pytest.mark.parametrize("order", [1, -1], ids=["first", "last"])
@pytest.mark.parametrize("make", SALTINGS.values(), ids=SALTINGS.keys())
def test_the_salt_may_be_signed_with_in_any_way(make: str, order: int) -> None:
    request = 'f({headers:{"X-API-Secret":"<K>",secret:"<S>",timestamp:t,nonce:n,sign:g(t,n)}})'
    assert found(";".join([make, request][::order])) == ALL


ELSEWHERE = {
    "Nuxt's configuration": (
        "function g(){let e=u().public;<SEND>}",
        "e.apiSecret e.secret e.salt",
        (
            'window.__NUXT__={};window.__NUXT__.config={public:{apiSecret:"<K>",secret:"<S>",'
            'salt:"<P>"},app:{baseURL:"/"}}'
        ),
    ),
    "Nuxt's configuration with the data": (
        'import{u}from"./c.js";function g(){let e=u().public;<SEND>}',
        "e.apiSecret e.secret e.salt",
        (
            'window.__NUXT__={data:{},config:{public:{apiSecret:"<K>",secret:"<S>",salt:"<P>"},'
            'app:{baseURL:"/"}}}'
        ),
        "function x(){return q(r).$config}export{x as u}",
    ),
    "a part of Nuxt's configuration": (
        "let{public:{ask:e}}=u();<SEND>",
        "e.apiSecret e.secret e.salt",
        (
            'window.__NUXT__={};window.__NUXT__.config={public:{ask:{apiSecret:"<K>",'
            'secret:"<S>",salt:"<P>"}}}'
        ),
    ),
    "Nuxt 2's configuration": (
        "x={7:function(e,t,r){r.a=function(t,r){var e=t.$config;<SEND>}}}",
        "e.apiSecret e.secret e.salt",
        (
            'window.__NUXT__=(function(a,b){return{data:a,config:{apiSecret:"<K>",secret:"<S>",'
            'salt:"<P>",_app:{b:1}}}}(1,2))'
        ),
    ),
    "a global of the page": (
        "<SEND>",
        "window.CONFIG.apiSecret self.CONFIG.secret globalThis.CONFIG.salt",
        'window.CONFIG={"apiSecret":"<K>",secret:"<S>",salt:"<P>"}',
    ),
    "three globals": (
        "<SEND>",
        "window.K window.S window.P",
        'window.K="<K>",window.S="<S>";window.P="<P>"',
    ),
    "what a plugin provides": (
        "let{$credentials:e}=u();<SEND>",
        "e.apiSecret e.secret e.salt",
        'p(()=>({provide:{credentials:{apiSecret:"<K>",secret:"<S>",salt:"<P>"}}}))',
    ),
    "a module that is registered": (
        (
            'System.register(["./b.js"],function(e,t){var k,s,p;return{setters:[e=>{k=e.a,s=e.b,'
            "p=e.c}],execute:function(){<SEND>}}})"
        ),
        "k s p",
        (
            'System.register([],function(e,t){return{execute:function(){e("a","<K>"),e({b:"<S>",'
            'c:"<P>"})}}})'
        ),
    ),
    "an object of a module that is registered": (
        (
            'System.register(["./d.js","./b.js"],(function(e,t){"use strict";var c;return{setters:'
            "[null,function(e){c=e.default}],execute:function(){<SEND>}}}))"
        ),
        "c.k c.s c.p",
        (
            "System.register([],(function(e){return{execute:function(){var o={"
            'k:"<K>",s:"<S>",p:"<P>"};e("default",o)}}}))'
        ),
    ),
    "a class with members": (
        'import{c}from"./b.js";<SEND>',
        "c.k c.s c.p",
        'class e{}e.k="<K>",e.s="<S>",e.p="<P>";export{e as c}',
    ),
    "a function that looks up": (
        'import{a}from"./b.js";<SEND>',
        'a("k") a("s") a("p")',
        'var t={k:"<K>",s:"<S>",p:"<P>"};function a(e){return t[e]}export{a}',
    ),
    "a base class": (
        ('import{a}from"./b.js";class b extends a{ask(){<SEND>}}new b({k:"<K>",s:"<S>",p:"<P>"})'),
        "this.c.k this.c.s this.c.p",
        "class a{constructor(e){this.c=e}}export{a}",
    ),
}


@pytest.mark.parametrize(
    ("importing", "values", "others"),
    [(*row[:2], row[2:]) for row in ELSEWHERE.values()],
    ids=ELSEWHERE.keys(),
)
@pytest.mark.parametrize("order", [1, -1], ids=["first", "last"])
def test_the_constants_may_be_in_another_script(
    importing: str, values: str, others: tuple[str, ...], order: int
) -> None:
    main = importing.replace("<SEND>", SEND % tuple(values.split()))
    sources = [(MAIN, main), *zip(("/b.js", "/c.js"), others, strict=False)]
    assert found(dict(sources[::order])) == ALL


NEIGHBOURS = {
    "another list that is sorted": (
        'window.avatar=e=>"/a/"+md5(["identicon",e.id,e.name].sort().join(""));'
    ),
    "another list, with the same hash": (
        "function h(e){for(var t=[],r=0;r<e.length;r++)t.push(e[r]);return t.join('')}"
        'window.avatar=e=>h(["identicon",e.id,e.name].sort().join(""));'
    ),
    "a table of translations": (
        'var l={en:{secret:"YourSecretKey","X-API-Secret":"APIsecretHeader"},de:{'
        'secret:"DeinGeheimnis","X-API-Secret":"APIGeheimnis"}};'
    ),
    "an object that is printed": (
        'var q={headers:{"X-API-Secret":"YOURAPISECRETHERE0",secret:"yourClientSecretHere"}};'
        "x.append(JSON.stringify(q));"
    ),
    "another service": 'fetch(u,{headers:{"X-API-Secret":"OTHER0000000000000"}});',
    "another service that is signed": (
        'g(u,{headers:{"X-App-Id":"1",secret:"foreignSecret",timestamp:t,nonce:n,sign:md5('
        '["foreignSalt",t,n,a].sort().join(""))}});'
    ),
    "a script's nonce": (
        'var m={nonce:Math.random(),secret:"scriptNonceSecret",timestamp:Date.now()};'
    ),
    "a live sample": (
        'v.textContent=JSON.stringify({headers:{"X-API-Secret":"YOURAPISECRETHERE0",'
        'secret:"yourClientSecretHere",timestamp:Date.now(),nonce:Math.random()}});'
    ),
    "a live sample that is signed": (
        "const y0=Date.now().toString(),y1=Math.random().toString(),z={url:u,headers:{"
        '"X-API-Secret":"YOURAPISECRETHERE0",secret:"yourClientSecretHere",timestamp:y0,nonce:y1,'
        'sign:md5(["sampleSalt",y0,y1].sort().join(""))}};v.textContent=JSON.stringify(z,null,2);'
    ),
    "a sample of which the keys are shown": (
        'const w={headers:{"X-API-Secret":"YOURAPISECRETHERE0",secret:"yourClientSecretHere",'
        "timestamp:Date.now(),nonce:Math.random()}};for(const e of Object.keys(w.headers))v(e);"
        "x.innerHTML=`<pre>${w}</pre>`;"
    ),
    "namesakes": (
        'window.user={id:7,apiSecret:"WRONG0000000000000",secret:"wrongSecret",salt:"wrongSalt"};'
    ),
}
COMPUTED = (
    'var r="X-API-Secret";function i(a,b){return h(["<P>",a,b].sort().join(""))}'
    'function c(a,b){var e=i(a,b);f({headers:{[r]:"<K>",secret:"<S>",timestamp:a,nonce:b,'
    "signature:e}})}"
)


@pytest.mark.parametrize("order", [1, -1], ids=["before", "after"])
@pytest.mark.parametrize(
    "request_", [SEND % ('"<K>"', '"<S>"', '"<P>"'), COMPUTED], ids=["plain", "computed"]
)
@pytest.mark.parametrize("neighbour", NEIGHBOURS.values(), ids=NEIGHBOURS.keys())
def test_what_looks_like_a_request_does_not_stand_in_for_it(
    neighbour: str, request_: str, order: int
) -> None:
    assert found(";".join([neighbour, request_][::order])) == ALL
    assert found(dict([("/b.js", neighbour), (MAIN, request_)][::order])) == ALL


@pytest.mark.parametrize("order", [1, -1], ids=["forwards", "backwards"])
@pytest.mark.parametrize("names", list(combinations(NEIGHBOURS, 2)), ids=" and ".join)
def test_what_looks_like_a_request_makes_none_with_something_else(
    names: tuple[str, str], order: int
) -> None:
    sources = [NEIGHBOURS[name] for name in names][::order]
    for told in (
        constants("".join(sources), thorough=True),
        constants(dict(zip(("/a.js", "/b.js"), sources, strict=True)), thorough=True),
    ):
        assert None in (told.x_api_secret, told.secret)
        assert not told.sure


def read_everything(text: str) -> None:
    """Do all that is done with a text that a site sends."""
    read_page(text, f"{ORIGIN}/", Work(len(text)))
    scripts = scripts_of({"/b.js": REAL})
    module = Module(ORIGIN + MAIN, text)
    scripts.add(module)
    scripts.constants()
    told = scripts.constants(thorough=True)
    scripts.bundle_of(API_SECRET)
    list(ScriptLinks(f"{ORIGIN}/", urljoin).of(module))
    assert len(told) == 5


BUNDLES = [
    written(source)
    for source in [
        REAL,
        'import{A as c,B as U,C as j}from"./b.js";' + NAMES,
        'x={7:function(e,t,n){n.d(t,"X",function(){return x});' + VALUES + "},8(e,t,n){n(7)}}",
        'r.u=e=>"js/"+({1:"a"}[e]||e)+"."+{1:"b"}[e]+".js";r.p=e+"../"',
        'class D extends B{#e="<S>";static a={...b,[c]:`${d}`};constructor({f:g=1},[h]){'
        "this.#e=g;headers.secret=this.#e;headers.timestamp=1;headers.nonce=2}}new D({f:1},[2])",
        'l(l({},i.b,i.a),"secret",i.c);new Headers([["secret",a]]);p.set(F.key,Z);'
        'e.exports=JSON.parse(\'{"a":1}\');"a".concat(b,"c");a?b:c||d??e&&f',
        '<base href="/a/"><script type="importmap">{"imports":{}}</script><!-- a --><link rel="'
        'modulepreload" href="b.js"><script src=\'c.js\' nomodule></script><script>d</script>',
    ]
]
PIECES = [
    *"(){}[]`\"'/\\.,;:=+?<>!#*\n&|",
    *("${", "=>", "?.", "...", "||", "//", "/*", "*/", "<!--", "<script", "</script>"),
    *(".js", "secret", "import", "export", "from", "as", "function", "class", "new", "return"),
    *("var", "let", "async", "static", "get", "extends", "this", "sort", "join", "exports", "a"),
]
edits = st.lists(
    st.tuples(
        st.sampled_from(["delete", "double", "swap", "insert", "cut"]),
        st.integers(0, 10_000),
        st.integers(1, 30),
        st.sampled_from(PIECES),
    ),
    max_size=12,
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


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(BUNDLES), min_size=1, max_size=2), edits)
def test_a_damaged_bundle_is_no_error(
    bundles: list[str], changes: list[tuple[str, int, int, str]]
) -> None:
    read_everything(edited(";".join(bundles), changes))


@settings(deadline=None, max_examples=100)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=40))
def test_whatever_a_site_sends_is_no_error(pieces: list[str]) -> None:
    read_everything("".join(pieces))


def numbered(piece: str, times: int) -> str:
    """Return a piece many times, with a number in place of `#`, and the next one of `@`."""
    numbers = zip(range(times), count(1), strict=False)
    return "".join(piece.replace("#", str(a)).replace("@", str(b)) for a, b in numbers)


SENT = 'f({"X-API-Secret":%s,secret:%s,timestamp:t,nonce:n,sign:f(a,t,n)})'
HOSTILE = {
    **{
        f"20,000 times {piece}": piece * 20_000
        for piece in [
            *("(", "[", "{", "([{", ")", "}", "`${", "`", '"', "'", "/*", "/", "=/[", "\\", "."),
            *("secret:", "{secret:", "{secret,", "headers:{secret:", 'import("./a.js");'),
            *("import{", "export{", "function(){return ", "a=>", "class A{", "let{a:", "new "),
            *("async ", "...", "a.", "a[", "a(", "a?", "a||", "a+", "x.secret=", "this.", "l(l("),
            *(".sort().join('')", "function(){l(a,'secret',b);"),
            *('.set("secret",b)', ',"secret",b', "...c&&{secret:b},", 'q.push(["secret",b]);'),
        ]
    },
    "cycles": "a=b,b=a;" * 5_000 + SENT % ("a", "b"),
    "a cycle of declarations": "var a=b,b=c,c=a;" + SENT % ("a", "b"),
    "a cycle of functions": "var a=()=>b(),b=()=>a();" + SENT % ("a()", "b"),
    "a cycle of members": "var a={b:c.d},c={d:a.b};" + SENT % ("a.b", "c.d"),
    "a cycle of imports": 'import{a,b}from"./a.js";export{a};export*from"./a.js";'
    + SENT % ("a", "b"),
    "a chain of names": numbered("var a#=a@;", 5_000) + SENT % ("a0", "a1"),
    "doubled texts": 'var a0="0123456789";'
    + numbered("var a@=a#+a#;", 5_000)
    + SENT % ("a35", "a9"),
    "doubled objects": "var a0={};"
    + numbered("var a@={...a#,...a#};", 5_000)
    + SENT % ("a36.b", "a37.b"),
    "doubled calls": "var a0={};" + numbered("var a@=f(a#,a#);", 5_000) + SENT % ("a18.b", "a17.b"),
    "a list of functions": "x],[function(){}," + "function," * 5_000,
    "sums": 'var a="a";' + SENT % ("a" + "+a" * 5_000, "a" + "+x" * 5_000),
    "members": "var a={a};" + SENT % ("a" + ".a" * 5_000, "a" + "[0]" * 5_000),
    "calls": "var a=()=>a;" + SENT % ("a" + "()" * 5_000, "b" + "()" * 5_000),
    "parentheses": SENT % ("(" * 5_000 + "a" + ")" * 5_000, "a"),
    "nested templates": SENT % ("`${" * 5_000 + "a" + "}`" * 5_000, "a"),
    "nested functions": "function(){return " * 5_000 + "a" + "}" * 5_000,
    "nested objects": SENT % ("{a:" * 5_000 + "a" + "}" * 5_000 + ".a" * 50, "a"),
    "nested patterns": "let " + "{a:[" * 5_000 + "b" + "]}" * 5_000 + "=c;" + SENT % ("b", "c"),
    "calls of one function": "function g(k,s){return "
    + SENT % ("k", "s")
    + "}"
    + "g(x,y);" * 5_000,
    "requests of one name": (SENT % ("k", "s") + ";") * 2_000 + "function g(k,s){}",
    "a long import": f'import{{{numbered("a# as b#,", 5_000)}}}from"./b.js";' + SENT % ("b1", "b2"),
    "a long export": f"export{{{numbered('a# as b#,', 5_000)}}};",
    "imports": numbered('import("./#.js");', 5_000),
    "arrays": numbered('["a#",t,n].sort().join(""),', 2_000),
    "lists that are spread twice": 'var a0=["a",t,n];'
    + numbered("var a@=[...a#,...a#];", 40)
    + 'a40.sort().join("")',
    "lists that are joined twice": 'var a0=["a",t,n];'
    + numbered("var a@=a#.concat(a#);", 40)
    + 'a40.sort().join("")',
    "lists in each other": "x=" + "[..." * 5_000 + "]" * 5_000 + '.sort().join("")',
    "members of members": SENT % ("a" + ".b" * 20_000, "a" + "?.b" * 20_000),
    "conditionals in each other": SENT % ("a?" * 10_000 + "b" + ":c" * 10_000, "b"),
    "what is denied": SENT % ("!" * 20_000 + "a", "void " * 20_000 + "0"),
    "a deep import map": '<script type="importmap">' + "[" * 20_000 + "</script>",
    "deep JSON": f"x={{1(e){{e.exports=JSON.parse('{'[' * 20_000}')}}}};" + SENT % ("n(1).a", "b"),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_a_hostile_site_sends_is_no_error(text: str) -> None:
    read_everything(text)
