"""The files of the site, as each kind of build spells them: a page, and bundles with hashed names.

Each carries the two constants and the salt where docs/protocol.md, section 2, has seen them.
"""

from __future__ import annotations

import hashlib
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


_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8"><title>MagickPen emulator</title>
    {head}
  </head>
  <body>
    <div id="{root}"><h1>MagickPen emulator</h1><p>A local stand-in for the service.</p></div>
    {scripts}
  </body>
</html>
"""

_WEBPACK_4_RUNTIME = """!function(e){var t={};function n(r){if(t[r])return t[r].exports;\
var o=t[r]={i:r,l:!1,exports:{}};return e[r].call(o.exports,o,o.exports,n),o.l=!0,o.exports}\
n.p="/_nuxt/",n(n.s=0)}([]);
"""

_WEBPACK_4_APP = """(window.webpackJsonp=window.webpackJsonp||[]).push([[0],{0:function(e,t,n){\
"use strict";var o=n(1),c=n(2),i=n.n(c),l={baseURL:"/",timeout:6e4,secret:"%(secret)s"},\
u=o.create(Object.assign({},l,{headers:{"Content-Type":"application/json",\
"X-API-Secret":"%(x_api_secret)s"}}));u.interceptors.request.use(function(e){\
var t=Date.now().toString(),n=Math.random().toString();return e.headers.secret=l.secret,\
e.headers.timestamp=t,e.headers.nonce=n,e.headers.signature=function(e,t){\
var n=["%(salt)s",e,t];return n.sort(),i()(n.join(""))}(t,n),e}),t.a=u}}]);
"""


def _nuxt2(constants: Constants) -> Build:
    """Nuxt 2: webpack 4 and terser; the page names both bundles."""
    runtime, app = _WEBPACK_4_RUNTIME, _WEBPACK_4_APP % constants
    bundles = {_path("/_nuxt/", "", source): source for source in (runtime, app)}
    preloads = "".join(f'<link rel="preload" href="{path}" as="script">' for path in bundles)
    state = '<script>window.__NUXT__={serverRendered:!0,routePath:"/"}</script>'
    scripts = "".join(f'<script src="{path}" defer></script>' for path in bundles)
    return Build(_PAGE.format(head=preloads, root="__nuxt", scripts=state + scripts), bundles)


_WEBPACK_5_RUNTIME = """(()=>{"use strict";var e={},t={};function r(o){var n=t[o];if(void 0!==n)\
return n.exports;var i=t[o]={exports:{}};return e[o](i,i.exports,r),i.exports}r.m=e,\
r.f={},r.e=e=>Promise.all(Object.keys(r.f).reduce((t,o)=>(r.f[o](e,t),t),[])),\
r.u=e=>"_nuxt/"+({150:"%(chunk)s"})[e]+".js",r.p="/",r.l=(e,t)=>{var o=document.\
createElement("script");o.src=e,o.onload=t,document.head.appendChild(o)},\
r.f.j=(e,t)=>{t.push(new Promise(o=>r.l(r.p+r.u(e),o)))},r.e(150).then(()=>r(612))})();
"""

_WEBPACK_5_CHUNK = """"use strict";(self.webpackChunksite=self.webpackChunksite||[]).push([[150],{\
612:(e,t,r)=>{r.d(t,{A:()=>s});var o=r(9),n=r.n(o);const i="%(secret)s",\
a={"Content-Type":"application/json","X-API-Secret":"%(x_api_secret)s"};\
function s(e,t){const r=Date.now().toString(),o=Math.random().toString(),\
s=["%(salt)s",r,o];s.sort();const c=new XMLHttpRequest;c.open("POST","/ask",!0);\
for(const e in a)c.setRequestHeader(e,a[e]);c.setRequestHeader("secret",i),\
c.setRequestHeader("timestamp",r),c.setRequestHeader("nonce",o),\
c.setRequestHeader("signature",n()(s.join(""))),c.onload=()=>t(c.responseText),\
c.send(JSON.stringify({query:e}))}}}]);
"""


def _webpack5(constants: Constants) -> Build:
    """Build with webpack 5 and terser; only the map in the runtime names the chunk."""
    chunk = _WEBPACK_5_CHUNK % constants
    path = _path("/_nuxt/", "", chunk)
    runtime = _WEBPACK_5_RUNTIME % {"chunk": path.removeprefix("/_nuxt/").removesuffix(".js")}
    start = _path("/_nuxt/", "", runtime)
    script = f'<script src="{start}" defer></script>'
    return Build(_PAGE.format(head=script, root="app", scripts=""), {start: runtime, path: chunk})


_VITE_CONFIG = """const e="%(x_api_secret)s",t={base:"",secret:"%(secret)s"},\
n=["%(salt)s"];export{t as c,e as A,n as s};
"""

_VITE_INDEX = """import{c as U,A as j,s as k}from"./%(config)s";import{m as x}from"./%(md5)s";\
const h={"Content-Type":"application/json","X-API-Secret":j};function g(l,F){const p=[k[0],l,F];\
return p.sort(),x(p.join(""))}async function q(l){const p=`${Date.now()}`,b=`${Math.random()}`,\
w=await fetch(`${U.base}/ask`,{method:"POST",headers:{...h,secret:U.secret,timestamp:p,nonce:b,\
signature:g(p,b)},body:JSON.stringify({query:l})});return w.text()}globalThis.ask=q;
"""

_MD5 = """function m(e){return globalThis.md5(e)}export{m};
"""


def _vite(constants: Constants) -> Build:
    """Build with Vite and rollup; the constants come from another module."""
    config = _VITE_CONFIG % constants
    config_path, md5_path = _path("/assets/", "config-", config), _path("/assets/", "md5-", _MD5)
    names = {"config": config_path, "md5": md5_path}
    index = _VITE_INDEX % {key: path.removeprefix("/assets/") for key, path in names.items()}
    path = _path("/assets/", "index-", index)
    head = (
        f'<script type="module" crossorigin src="{path}"></script>'
        f'<link rel="modulepreload" crossorigin href="{config_path}">'
    )
    bundles = {path: index, config_path: config, md5_path: _MD5}
    return Build(_PAGE.format(head=head, root="app", scripts=""), bundles)


_NUXT_4_ENTRY = """const e={api:``,secret:`%(secret)s`};function t(t){return globalThis.md5(t)}\
const n=()=>import(`./%(chunk)s`);globalThis.ask=async e=>(await n()).a(e);export{e as c,t as m};
"""

_NUXT_4_CHUNK = """import{c as e,m as t}from"#entry";function n(e,n){let r=[`%(salt)s`,e,n];\
return r.sort(),t(r.join(``))}function r(t={}){let r=`${Date.now()}`,i=`${Math.random()}`,\
a={"Content-Type":`application/json`,...t};return a[`X-API-Secret`]=`%(x_api_secret)s`,\
a.secret=e.secret,a.timestamp=r,a.nonce=i,a.signature=n(r,i),a}async function i(t){\
let n=await fetch(`${e.api}/ask`,{method:`POST`,headers:r(),body:JSON.stringify({query:t})});\
return n.text()}export{i as a};
"""


def _nuxt4(constants: Constants) -> Build:
    """Nuxt 4: Vite, rolldown and oxc; an import map names the entry for the chunk."""
    chunk = _NUXT_4_CHUNK % constants
    chunk_path = _path("/_nuxt/", "", chunk)
    named = {**constants, "chunk": chunk_path.removeprefix("/_nuxt/")}
    entry = _NUXT_4_ENTRY % named
    path = _path("/_nuxt/", "", entry)
    head = (
        f'<script type="importmap">{{"imports":{{"#entry":"{path}"}}}}</script>'
        f'<link rel="modulepreload" as="script" crossorigin href="{path}">'
        f'<script type="module" src="{path}" crossorigin></script>'
    )
    bundles = {path: entry, chunk_path: chunk}
    return Build(_PAGE.format(head=head, root="__nuxt", scripts=""), bundles)


_BARE = """// The service asks for these headers.
const apiSecret = "%(x_api_secret)s";
const config = { secret: "%(secret)s", salt: "%(salt)s" };

async function ask(query) {
  const timestamp = String(Date.now());
  const nonce = String(Math.random());
  const signature = md5([config.salt, timestamp, nonce].sort().join(""));
  const response = await fetch("/ask", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-API-Secret": apiSecret,
      secret: config.secret,
      timestamp,
      nonce,
      signature,
    },
    body: JSON.stringify({ query }),
  });
  return response.text();
}
"""


def _bare(constants: Constants) -> Build:
    """Write one script by hand, without a bundler."""
    source = _BARE % constants
    path = _path("/", "app-", source)
    script = f'<script src="{path}"></script>'
    return Build(_PAGE.format(head="", root="app", scripts=script), {path: source})


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
