"""How long it takes to read JavaScript: a MiB of a real bundle, and of what is meant to be slow.

    python benchmarks/discovery.py BUNDLE.js [BUNDLE.js ...]

A bundle is repeated up to its MiB. The hostile sources are read at 1 and at 4 MiB; a factor of
about 4 between the two says that the time is linear.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from magickpen.discovery.constants import Scripts
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.links import ScriptLinks
from magickpen.discovery.page import ImportMap

MIB = 1024 * 1024
RUNS = 5

HOSTILE = {
    "unclosed strings": '"\n',
    "unclosed templates": "`${",
    "nested brackets": "([{",
    "nested functions": "function(a){return ",
    "secret:": "secret:",
    "objects with a secret": '{secret:"aaaaaaaa",',
    "headers": '"X-API-Secret":"W252GY255JVYBS9NAM",',
    "spaces": " ",
    "quotes": "'\"`",
    "backslashes": "\\",
    "slashes": "=/[",
    "comments": "/*",
    "computed names": "a[b]=c,",
    "names that name each other": "var a=b,b=a;",
    "members": "a.b.c",
    "sums": "a+",
    "calls": "f(a)(",
    "sorted arrays": '[a,b,"salt"].sort().join("");',
    "imports": 'import{a as b}from"./c.js";',
    "maps of chunks": '{1:"a"}[e]+".js";',
}


def seconds(source: str, *, thorough: bool) -> float:
    """Return the time that it takes to say what a script sends and loads."""
    start = time.perf_counter()
    module = Module("https://host/a.js", source)
    scripts = Scripts()
    scripts.add(module)
    list(ScriptLinks("https://host/", ImportMap()).of(module))
    scripts.constants(thorough=thorough)
    return time.perf_counter() - start


def repeated(source: str, length: int) -> str:
    """Return a source as often as fits in a length."""
    return (source * (length // len(source) + 1))[:length]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("bundles", nargs="*", type=Path)
    parser.add_argument("--hostile", action="store_true", help="read the hostile sources, too")
    arguments = parser.parse_args()
    for path in arguments.bundles:
        source = path.read_text(encoding="utf-8")
        mib = repeated(f"{source};", MIB)
        for thorough in (False, True):
            runs = [seconds(mib, thorough=thorough) for _ in range(RUNS)]
            print(
                f"{path.name} ({len(source)} bytes, repeated){', thoroughly' * thorough}:"
                f" {min(runs):.3f} s at the least, {statistics.median(runs):.3f} s in the median"
            )
    if arguments.hostile or not arguments.bundles:
        for name, piece in HOSTILE.items():
            one, four = (seconds(repeated(piece, size * MIB), thorough=True) for size in (1, 4))
            print(f"{name:<28} {one:6.2f} s {four:6.2f} s  x {four / one:.1f}")


if __name__ == "__main__":
    main()
