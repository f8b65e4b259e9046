from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magickpen.core.constants import Constants, Scripts
from magickpen.core.javascript.module import Module
from magickpen.core.javascript.script import Work
from magickpen.core.page import ImportMap, read_page
from magickpen.core.script_links import ScriptLinks
from magickpen.core.signing import KNOWN_SALT

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


def test_the_known_salt_counts_more() -> None:
    source = f'var a=["first",t,n].sort().join(""),b=["{KNOWN_SALT}",t,n].sort().join("")'
    assert constants(source).salt == KNOWN_SALT


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


def read_everything(text: str) -> None:
    """Do all that is done with a text that a site sends."""
    read_page(text, f"{ORIGIN}/")
    scripts = scripts_of({"/b.js": REAL})
    module = Module(ORIGIN + MAIN, text)
    scripts.add(module)
    scripts.constants()
    told = scripts.constants(thorough=True)
    scripts.bundle_of(API_SECRET)
    list(ScriptLinks(f"{ORIGIN}/", ImportMap()).of(module))
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
    "a deep import map": '<script type="importmap">' + "[" * 20_000 + "</script>",
    "deep JSON": f"x={{1(e){{e.exports=JSON.parse('{'[' * 20_000}')}}}};" + SENT % ("n(1).a", "b"),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_a_hostile_site_sends_is_no_error(text: str) -> None:
    read_everything(text)
