"""The chunks that a bundler's runtime loads by their keys, and the files that they are in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from magickpen.discovery.javascript.literals import (
    end_of_expression,
    is_string,
    occurrences,
    start_of_operand,
    string_value,
)
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import OBJECT, Script, WorkLimitError, is_name
from magickpen.discovery.page import joined

MAX_CHUNKS = 1000
MAX_DEPTH = 4
STEPS_PER_CHUNK = 50

_FILE = re.compile(r"[\w$@~./+%-]*\.m?js(?:\?[\w=&.-]*)?")
_BEFORE_FILE_NAME = frozenset(["return", "=>", ":", "?"])


class FileName(NamedTuple):
    """An expression for the file of any chunk: `e + ".js"`.

    Attributes:
        module: the script that it stands in.
        start: the index of its first token.
        end: the index after its last one.
    """

    module: Module
    start: int
    end: int

    def of(self, key: str) -> str | None:
        """Return the file of the chunk that has a key; None where the expression is another."""
        with suppress(WorkLimitError):
            self.module.script.work.spend(STEPS_PER_CHUNK)
            return _text_for_key(self.module, self.start, self.end, key)
        return None


@dataclass(slots=True)
class Chunks:
    """What a script says of chunks.

    Attributes:
        files: the files that it names.
        file_names: what names a file for any key: which keys there are is said elsewhere.
        keys: those of the chunks that it loads.
    """

    files: list[str] = field(default_factory=list[str])
    file_names: list[FileName] = field(default_factory=list[FileName])
    keys: list[str] = field(default_factory=list[str])


def read_chunks(module: Module) -> Chunks:
    """Return what a script says of chunks."""
    found = Chunks()
    with suppress(WorkLimitError):
        found.keys += _loaded_keys(module)
        has_runtime = bool(_public_path_places(module))
        for file_name in _file_names(module):
            keys = _keys_of_maps(file_name)
            if keys:
                found.files += filter(None, map(file_name.of, keys))
            elif has_runtime:
                found.file_names.append(file_name)
        if has_runtime:
            found.files += _single_files(module)
    return found


def public_paths(module: Module, base: str) -> list[str]:
    """Return the URLs that a runtime says its files are relative to, the likeliest first.

    Args:
        module: the script of the runtime.
        base: the URL that the page's links are relative to.
    """
    tokens = module.script.tokens
    folder = joined(module.url, ".")
    paths: list[str] = []
    with suppress(WorkLimitError):
        for index in _public_path_places(module):
            value = tokens[index + 2 : end_of_expression(module.script, index + 2)]
            first, operator, last = value[:1], value[-2:-1], value[-1:]
            if first and is_string(first[0]):
                paths.append(string_value(first[0]))
            elif operator == ["||"] and is_string(last[0]):
                paths.append(string_value(last[0]))
            elif operator == ["+"] and is_string(last[0]):
                # The folder of the script itself, and from there.
                paths.append(joined(folder, string_value(last[0])))
    # A runtime that knows none is told one by the site's own code.
    paths.sort(key=lambda path: not path)
    return [url for path in paths if (url := joined(base, path))]


def _public_path_places(module: Module) -> list[int]:
    """Return where a script sets `__webpack_public_path__`, which minifiers call `x.p`."""
    tokens = module.script.tokens
    places = occurrences(module.script, "p")
    return [i for i in places if tokens[i - 1] == "." and tokens[i + 1 : i + 2] == ["="]]


def _loaded_keys(module: Module) -> Iterator[str]:
    """Yield the keys of the chunks that a script loads, which minifiers write as `x.e(key)`."""
    tokens = module.script.tokens
    for index in occurrences(module.script, "e", 1):
        call = tokens[index - 1 : index + 4]
        if len(call) == 5 and call[0] == "." and call[2] == "(" and call[4] == ")":
            if is_string(call[3]):
                yield string_value(call[3])
            elif call[3].isdecimal():
                yield call[3]


def _file_names(module: Module) -> Iterator[FileName]:
    """Yield the sums and templates that end with `.js`."""
    script = module.script
    for token, places in script.places.items():
        if ".js" not in token and ".mjs" not in token:
            continue
        for index in places:
            if token[0] == "}" and script.partner[index] >= 0:
                yield FileName(module, script.partner[index], index + 1)
            elif index and script.tokens[index - 1] == "+" and is_string(token):
                end = end_of_expression(script, index)
                yield FileName(module, _start_of_sum(script, index), end)


def _single_files(module: Module) -> Iterator[str]:
    """Yield the files that a runtime names for single keys: `291 === e ? "home.js" : …`."""
    script = module.script
    for token, places in script.places.items():
        if "js" in token and is_string(token) and _FILE.fullmatch(string_value(token)):
            for index in places:
                if index and script.tokens[index - 1] in _BEFORE_FILE_NAME:
                    yield string_value(token)


def _start_of_sum(script: Script, index: int) -> int:
    """Return where the sum begins that the operand at an index belongs to."""
    while index > 1 and script.tokens[index - 1] == "+":
        index = start_of_operand(script, index - 1)
    return index


def _keys_of_maps(file_name: FileName) -> list[str]:
    """Return the keys of the maps in the name of a file."""
    module, index, end = file_name
    script = module.script
    script.work.spend(end - index)
    keys: dict[str, None] = {}
    while index < end:
        if script.tokens[index] == "{" and script.kind[index] == OBJECT:
            keys |= dict.fromkeys(module.properties(index).named)
            index = script.partner[index]
        index += 1
    return list(keys)[:MAX_CHUNKS]


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
