"""Which other scripts a script loads: by imports, or by a bundler's map of its chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from magickpen.core.javascript.literals import (
    end_of_expression,
    is_string,
    occurrences,
    string_value,
)
from magickpen.core.javascript.module import Module
from magickpen.core.javascript.script import OBJECT, Script, WorkLimitError, is_name
from magickpen.core.page import ImportMap, Likelihood, Link, joined

MAX_CHUNKS = 1000
MAX_DEPTH = 4
STEPS_PER_CHUNK = 50

_FILE = re.compile(r"[\w$@~./+%-]*\.m?js(?:\?[\w=&.-]*)?")
_BEFORE_FILE_NAME = frozenset(["return", "=>", ":", "?"])


def script_links(module: Module, base: str, import_map: ImportMap) -> Iterator[Link]:
    """Yield the scripts that a script loads.

    Args:
        module: the script.
        base: the URL that the page's links are relative to.
        import_map: the page's import map.
    """
    with suppress(WorkLimitError):
        yield from _imports(module, import_map)
        folder = _public_path(module, base)
        for name in _chunk_files(module):
            yield Link(joined(folder or joined(module.url, "."), name), Likelihood.ON_DEMAND)


def _imports(module: Module, import_map: ImportMap) -> Iterator[Link]:
    script = module.script
    tokens = script.tokens
    found: list[tuple[str, Likelihood]] = []
    for keyword in ("from", "import"):
        for index in occurrences(script, keyword):
            following = tokens[index + 1 : index + 3]
            if following and is_string(following[0]):
                found.append((string_value(following[0]), Likelihood.IMPORTED))
            elif len(following) == 2 and following[0] == "(" and is_string(following[1]):
                found.append((string_value(following[1]), Likelihood.ON_DEMAND))
    for name, likelihood in found:
        url = import_map.resolve(module.url, name)
        if url:
            yield Link(url, likelihood)


def _public_path(module: Module, base: str) -> str:
    """Return the URL that the names of chunks are relative to; "" where a script sets none."""
    tokens = module.script.tokens
    for index in _public_path_places(module):
        value = tokens[index + 2 : index + 5]
        if value and is_string(value[0]):
            return joined(base, string_value(value[0]))
        if len(value) == 3 and is_name(value[0]) and value[1] == "+" and is_string(value[2]):
            # The folder of the script itself, and from there.
            return joined(joined(module.url, "."), string_value(value[2]))
    return ""


def _public_path_places(module: Module) -> list[int]:
    """Return where a script sets `__webpack_public_path__`, which minifiers call `x.p`."""
    tokens = module.script.tokens
    places = occurrences(module.script, "p")
    return [i for i in places if tokens[i - 1] == "." and tokens[i + 1 : i + 2] == ["="]]


def _chunk_files(module: Module) -> Iterator[str]:
    """Yield the names of chunks: of `{2: "ace6895", …}[e] + ".js"` one for each key."""
    script = module.script
    for token, places in script.places.items():
        if ".js" not in token and ".mjs" not in token:
            continue
        for index in places:
            before = script.tokens[index - 1] if index else ""
            if token[0] == "}" and script.partner[index] >= 0:
                yield from _names_by_key(module, script.partner[index], index + 1)
            elif before == "+" and is_string(token):
                end = end_of_expression(script, index)
                yield from _names_by_key(module, _start_of_sum(script, index), end)
            elif before in _BEFORE_FILE_NAME and is_string(token):
                # 291 === e ? "home.js" : …
                name = string_value(token)
                if _FILE.fullmatch(name) and _public_path_places(module):
                    yield name


def _start_of_sum(script: Script, index: int) -> int:
    """Return where the sum begins that the operand at an index belongs to."""
    tokens, partner = script.tokens, script.partner
    while index > 1 and tokens[index - 1] == "+":
        script.work.spend(1)
        index -= 2
        while index > 0:
            if 0 <= partner[index] < index:
                index = partner[index]
                has_owner = is_name(tokens[index - 1]) or tokens[index - 1] in (")", "]", "}")
                if tokens[index] in ("[", "(") and has_owner:
                    index -= 1
                    continue
            if tokens[index - 1] != ".":
                break
            index -= 2
    return max(index, 0)


def _names_by_key(module: Module, start: int, end: int) -> Iterator[str]:
    script = module.script
    script.work.spend(end - start)
    keys: dict[str, None] = {}
    index = start
    while index < end:
        if script.tokens[index] == "{" and script.kind[index] == OBJECT:
            keys |= dict.fromkeys(module.properties(index).named)
            index = script.partner[index]
        index += 1
    for key in list(keys)[:MAX_CHUNKS]:
        script.work.spend(STEPS_PER_CHUNK)
        name = _text_for_key(module, start, end, key)
        if name:
            yield name


def _text_for_key(module: Module, start: int, end: int, key: str, depth: int = 0) -> str | None:
    """Return what a sum of texts, maps and the key itself is for a key; None if it is not that."""
    script = module.script
    tokens, partner = script.tokens, script.partner
    text = ""
    index = start
    while index < end:
        token = tokens[index]
        after = max(partner[index], index) + 1
        part: str | None = None
        if token == "+":
            part = ""
        elif token == "||":
            # A template goes on after what is there otherwise.
            part = ""
            while after < end and tokens[after][0] != "}":
                after = max(partner[after], after) + 1
        elif is_string(token):
            part = string_value(token)
        elif token[0] == "`" or token[0] == "}":
            part = string_value(token)
            after = index + 1
        elif token in ("{", "(") and tokens[after : after + 1] == ["["]:
            brace = index if token == "{" else index + 1
            part = _entry(module, brace, key)
            after = partner[after] + 1
        elif token == "(" and depth + 1 < MAX_DEPTH:
            part = _text_for_key(module, index + 1, after - 1, key, depth + 1)
        elif tokens[index + 1 : index + 3] == [".", "p"]:
            part, after = "", index + 3
        elif is_name(token) and tokens[after : after + 1] != ["("]:
            part = key
        if part is None:
            if tokens[after : after + 1] != ["||"]:
                return None
            part, after = "", after + 1
        text += part
        index = after
    return text


def _entry(module: Module, brace: int, key: str) -> str | None:
    """Return the text under a key of an object literal."""
    value = module.properties(brace).named.get(key) if module.script.kind[brace] == OBJECT else None
    token = module.script.tokens[value] if value is not None else ""
    return string_value(token) if token and is_string(token) else None
