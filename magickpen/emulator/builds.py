"""The files of the site, as each kind of build spells them: a page, and bundles with hashed names.

Each carries the two constants and the salt where docs/protocol.md, section 2, has seen them. In a
browser it signs, and leaves the page a function `ask(path, body, signal)`.
"""

from __future__ import annotations

import hashlib
import importlib.resources
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, TypeAlias, get_args

SiteKind: TypeAlias = Literal["nuxt2", "nuxt4", "vite", "webpack5", "bare"]
KINDS: tuple[str, ...] = get_args(SiteKind)


Constants: TypeAlias = Mapping[str, str]
"""What a build carries: `x_api_secret`, `secret` and `salt`."""


class Build(NamedTuple):
    """The files of a site.

    Attributes:
        page: the page at `/`.
        bundles: the scripts, by path.
    """

    page: str
    bundles: dict[str, str]


_FILES = importlib.resources.files("magickpen.emulator") / "page"
_MD5 = (_FILES / "md5.js").read_text("utf-8")
_STYLE = (_FILES / "page.css").read_text("utf-8")
_SCRIPT = "".join((_FILES / name).read_text("utf-8") for name in ("page.js", "console.js"))

_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8"><title>MagickPen emulator</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="icon" href="data:,">
    <style>{style}</style>
    {head}
  </head>
  <body>
    <main id="{root}">
      <h1>MagickPen emulator</h1>
      <p>A local stand-in for the service. This page signs its questions as the site does.</p>
      <div role="tablist" aria-label="Views">
        <button role="tab" id="ask-tab" aria-controls="ask-panel" aria-selected="true">Ask</button>
        <button role="tab" id="service-tab" aria-controls="service-panel" aria-selected="false">
          What the service sees
        </button>
      </div>
      <section id="ask-panel" role="tabpanel" aria-labelledby="ask-tab">
      <ol id="conversation" aria-label="Conversation" aria-live="polite"></ol>
      <p id="state" role="status"></p>
      <form id="question">
        <label for="prompt">Your question (Enter asks, Shift and Enter begin a line)</label>
        <textarea id="prompt" rows="3" autofocus></textarea>
        <fieldset>
          <legend>Endpoint</legend>
          <label><input type="radio" name="endpoint" value="/ask" checked> /ask</label>
          <label><input type="radio" name="endpoint" value="/chat/free"> /chat/free</label>
        </fieldset>
        <button id="send">Ask</button>
        <button id="stop" type="button" disabled>Stop</button>
        <button id="retry" type="button" disabled>Retry</button>
        <button id="copy" type="button" disabled>Copy the answer</button>
        <button id="clear" type="button">New conversation</button>
      </form>
      </section>
      <section id="service-panel" role="tabpanel" aria-labelledby="service-tab" hidden>
      <form id="faults">
        <label>Fault <select id="fault"></select></label>
        <button>Play it on the next question</button>
      </form>
      <form id="deploy">
        <label>Build <select id="kind"></select></label>
        <button>Deploy the site anew</button>
      </form>
      <p id="done" role="status"></p>
      <table>
        <caption>The last requests</caption>
        <thead>
          <tr><th scope="col">Request</th><th scope="col">Status</th>
          <th scope="col">Verdict on each header</th></tr>
        </thead>
        <tbody id="requests"></tbody>
      </table>
      </section>
    </main>
    {scripts}
    <script type="module">{script}</script>
  </body>
</html>
"""


def _page(root: str, head: str, scripts: str = "") -> str:
    return _PAGE.format(root=root, head=head, scripts=scripts, style=_STYLE, script=_SCRIPT)


_WEBPACK_4_RUNTIME = """!function(e){var t={};function n(r){if(t[r])return t[r].exports;\
var o=t[r]={i:r,l:!1,exports:{}};return e[r].call(o.exports,o,o.exports,n),o.l=!0,o.exports}\
n.n=function(e){return function(){return e}},n.p="/_nuxt/";\
var r=window.webpackJsonp=window.webpackJsonp||[];function o(t){Object.assign(e,t[1]),n(0)}\
r.forEach(o),r.push=o}({1:function(e,t){t.create=function(e){var t=[];return{interceptors:\
{request:{use:function(e){t.push(e)}}},post:function(n,r,o){var i={method:"POST",body:r,signal:o,\
headers:Object.assign({},e.headers)};return t.forEach(function(e){i=e(i)}),fetch(n,i)}}}},\
2:function(e){%(md5)se.exports=md5}});
"""

_WEBPACK_4_APP = """(window.webpackJsonp=window.webpackJsonp||[]).push([[0],{0:function(e,t,n){\
"use strict";var o=n(1),c=n(2),i=n.n(c),l={baseURL:"/",timeout:6e4,secret:"%(secret)s"},\
u=o.create(Object.assign({},l,{headers:{"Content-Type":"application/json",\
"X-API-Secret":"%(x_api_secret)s"}}));u.interceptors.request.use(function(e){\
var t=Date.now().toString(),n=Math.random().toString();return e.headers.secret=l.secret,\
e.headers.timestamp=t,e.headers.nonce=n,e.headers.signature=function(e,t){\
var n=["%(salt)s",e,t];return n.sort(),i()(n.join(""))}(t,n),e}),\
window.ask=function(e,t,n){return u.post(e,t,n)}}}]);
"""


def _nuxt2(constants: Constants) -> Build:
    """Nuxt 2: webpack 4 and terser; the page names both bundles."""
    runtime, app = _WEBPACK_4_RUNTIME % {"md5": _MD5}, _WEBPACK_4_APP % constants
    bundles = {_path("/_nuxt/", "", source): source for source in (runtime, app)}
    preloads = "".join(f'<link rel="preload" href="{path}" as="script">' for path in bundles)
    state = '<script>window.__NUXT__={serverRendered:!0,routePath:"/"}</script>'
    scripts = "".join(f'<script src="{path}" defer></script>' for path in bundles)
    return Build(_page("__nuxt", preloads, state + scripts), bundles)


_WEBPACK_5_RUNTIME = """(()=>{"use strict";var e={},t={};function r(o){var n=t[o];if(void 0!==n)\
return n.exports;var i=t[o]={exports:{}};return e[o](i,i.exports,r),i.exports}r.m=e,\
r.n=e=>()=>e,r.d=(e,t)=>{for(var o in t)Object.defineProperty(e,o,{enumerable:!0,get:t[o]})},\
r.f={},r.e=e=>Promise.all(Object.keys(r.f).reduce((t,o)=>(r.f[o](e,t),t),[])),\
r.u=e=>"_nuxt/"+({150:"%(chunk)s"})[e]+".js",r.p="/",r.l=(e,t)=>{var o=document.\
createElement("script");o.src=e,o.onload=t,document.head.appendChild(o)},\
r.f.j=(e,t)=>{t.push(new Promise(o=>r.l(r.p+r.u(e),o)))},\
(self.webpackChunksite=self.webpackChunksite||[]).push=t=>Object.assign(e,t[1]),\
r.e(150).then(()=>{self.ask=r(612).A})})();
"""

_WEBPACK_5_CHUNK = """"use strict";(self.webpackChunksite=self.webpackChunksite||[]).push([[150],{\
9:e=>{%(md5)se.exports=md5},\
612:(e,t,r)=>{r.d(t,{A:()=>s});var o=r(9),n=r.n(o);const i="%(secret)s",\
a={"Content-Type":"application/json","X-API-Secret":"%(x_api_secret)s"};\
function s(e,t,u){const r=Date.now().toString(),o=Math.random().toString(),\
s=["%(salt)s",r,o];s.sort();const c=new Headers(a);\
return c.set("secret",i),c.set("timestamp",r),c.set("nonce",o),\
c.set("signature",n()(s.join(""))),fetch(e,{method:"POST",headers:c,body:t,signal:u})}}}]);
"""


def _webpack5(constants: Constants) -> Build:
    """Build with webpack 5 and terser; only the map in the runtime names the chunk."""
    chunk = _WEBPACK_5_CHUNK % {**constants, "md5": _MD5}
    path = _path("/_nuxt/", "", chunk)
    runtime = _WEBPACK_5_RUNTIME % {"chunk": path.removeprefix("/_nuxt/").removesuffix(".js")}
    start = _path("/_nuxt/", "", runtime)
    script = f'<script src="{start}" defer></script>'
    return Build(_page("app", script), {start: runtime, path: chunk})


_VITE_CONFIG = """const e="%(x_api_secret)s",t={base:"",secret:"%(secret)s"},\
n=["%(salt)s"];export{t as c,e as A,n as s};
"""

_VITE_INDEX = """import{c as U,A as j,s as k}from"./%(config)s";import{m as x}from"./%(md5)s";\
const h={"Content-Type":"application/json","X-API-Secret":j};function g(l,F){const p=[k[0],l,F];\
return p.sort(),x(p.join(""))}async function q(l,v,y){const p=`${Date.now()}`,b=`${Math.random()}`;\
return fetch(U.base+l,{method:"POST",headers:{...h,secret:U.secret,timestamp:p,nonce:b,\
signature:g(p,b)},body:v,signal:y})}globalThis.ask=q;
"""

_VITE_MD5 = f"{_MD5}export{{md5 as m}};\n"


def _vite(constants: Constants) -> Build:
    """Build with Vite and rollup; the constants come from another module."""
    config = _VITE_CONFIG % constants
    config_path, md5_path = (
        _path("/assets/", "config-", config),
        _path("/assets/", "md5-", _VITE_MD5),
    )
    names = {"config": config_path, "md5": md5_path}
    index = _VITE_INDEX % {key: path.removeprefix("/assets/") for key, path in names.items()}
    path = _path("/assets/", "index-", index)
    head = (
        f'<script type="module" crossorigin src="{path}"></script>'
        f'<link rel="modulepreload" crossorigin href="{config_path}">'
    )
    bundles = {path: index, config_path: config, md5_path: _VITE_MD5}
    return Build(_page("app", head), bundles)


_NUXT_4_ENTRY = """const e={api:``,secret:`%(secret)s`};%(md5)s\
const n=()=>import(`./%(chunk)s`);globalThis.ask=async(...e)=>(await n()).a(...e);\
export{e as c,md5 as m};
"""

_NUXT_4_CHUNK = """import{c as e,m as t}from"#entry";function n(e,n){let r=[`%(salt)s`,e,n];\
return r.sort(),t(r.join(``))}function r(t={}){let r=`${Date.now()}`,i=`${Math.random()}`,\
a={"Content-Type":`application/json`,...t};return a[`X-API-Secret`]=`%(x_api_secret)s`,\
a.secret=e.secret,a.timestamp=r,a.nonce=i,a.signature=n(r,i),a}async function i(t,n,o){\
return fetch(e.api+t,{method:`POST`,headers:r(),body:n,signal:o})}export{i as a};
"""


def _nuxt4(constants: Constants) -> Build:
    """Nuxt 4: Vite, rolldown and oxc; an import map names the entry for the chunk."""
    chunk = _NUXT_4_CHUNK % constants
    chunk_path = _path("/_nuxt/", "", chunk)
    named = {**constants, "md5": _MD5, "chunk": chunk_path.removeprefix("/_nuxt/")}
    entry = _NUXT_4_ENTRY % named
    path = _path("/_nuxt/", "", entry)
    head = (
        f'<script type="importmap">{{"imports":{{"#entry":"{path}"}}}}</script>'
        f'<link rel="modulepreload" as="script" crossorigin href="{path}">'
        f'<script type="module" src="{path}" crossorigin></script>'
    )
    bundles = {path: entry, chunk_path: chunk}
    return Build(_page("__nuxt", head), bundles)


_BARE = """// The service asks for these headers.
const apiSecret = "%(x_api_secret)s";
const config = { secret: "%(secret)s", salt: "%(salt)s" };

%(md5)s
async function ask(path, body, signal) {
  const timestamp = String(Date.now());
  const nonce = String(Math.random());
  const signature = md5([config.salt, timestamp, nonce].sort().join(""));
  return fetch(path, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-API-Secret": apiSecret,
      secret: config.secret,
      timestamp,
      nonce,
      signature,
    },
    body,
    signal,
  });
}
"""


def _bare(constants: Constants) -> Build:
    """Write one script by hand, without a bundler."""
    source = _BARE % {**constants, "md5": _MD5}
    path = _path("/", "app-", source)
    script = f'<script src="{path}"></script>'
    return Build(_page("app", "", script), {path: source})


_MAKERS: dict[str, Callable[[Constants], Build]] = {
    "nuxt2": _nuxt2,
    "nuxt4": _nuxt4,
    "vite": _vite,
    "webpack5": _webpack5,
    "bare": _bare,
}


def build(kind: SiteKind, constants: Constants) -> Build:
    """Return the files of a site of that kind."""
    return _MAKERS[kind](constants)


def _path(folder: str, stem: str, source: str) -> str:
    return f"{folder}{stem}{hashlib.sha256(source.encode()).hexdigest()[:20]}.js"
