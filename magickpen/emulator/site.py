"""The site: an index page, and bundles with hashed names that contain the secrets."""

from __future__ import annotations

import hashlib
import random
import string
from dataclasses import dataclass, field

_random = random.SystemRandom()

_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8"><title>MagickPen emulator</title>
    <link rel="preload" href="{runtime}" as="script"><link rel="preload" href="{app}" as="script">
  </head>
  <body>
    <div id="__nuxt"><h1>MagickPen emulator</h1><p>A local stand-in for the service.</p></div>
    <script>window.__NUXT__={{serverRendered:!0,routePath:"/"}}</script>
    <script src="{runtime}" defer></script><script src="{app}" defer></script>
  </body>
</html>
"""

_RUNTIME = """!function(e){var t={};function n(r){if(t[r])return t[r].exports;\
var o=t[r]={i:r,l:!1,exports:{}};return e[r].call(o.exports,o,o.exports,n),o.l=!0,o.exports}\
n.p="/_nuxt/",n(n.s=0)}([]);
"""

_APP = """(window.webpackJsonp=window.webpackJsonp||[]).push([[0],{0:function(e,t,n){"use strict";\
var o=n(1),c=n(2),i=n.n(c),l={baseURL:"/",timeout:6e4,secret:"%(secret)s"},\
u=o.create(Object.assign({},l,{headers:{"Content-Type":"application/json",\
"X-API-Secret":"%(x_api_secret)s"}}));u.interceptors.request.use(function(e){\
var t=Date.now().toString(),n=Math.random().toString();return e.headers.secret=l.secret,\
e.headers.timestamp=t,e.headers.nonce=n,e.headers.signature=function(e,t){\
var n=["%(salt)s",e,t];return n.sort(),i()(n.join(""))}(t,n),e}),t.a=u}}]);
"""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of a deployment of the site. The repr does not show them."""

    x_api_secret: str = field(repr=False)
    secret: str = field(repr=False)
    salt: str = field(repr=False)


def _letters(alphabet: str, length: int) -> str:
    return "".join(_random.choices(alphabet, k=length))


class Deployment:
    """One deployment of the site: its secrets, and the files that it serves by path."""

    def __init__(self, salt: str) -> None:
        self.secrets: Secrets = Secrets(
            x_api_secret=_letters(string.ascii_uppercase + string.digits, 18),
            secret=_letters(string.ascii_letters + string.digits, 20),
            salt=salt,
        )
        app = _APP % {
            "x_api_secret": self.secrets.x_api_secret,
            "secret": self.secrets.secret,
            "salt": salt,
        }
        self.bundles: dict[str, str] = {_hashed_path(source): source for source in (_RUNTIME, app)}
        runtime_path, app_path = self.bundles
        self.index: str = _PAGE.format(runtime=runtime_path, app=app_path)


def _hashed_path(source: str) -> str:
    return f"/_nuxt/{hashlib.sha256(source.encode()).hexdigest()[:20]}.js"
