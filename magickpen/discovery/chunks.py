"""The chunks that a bundler's runtime loads by their keys, and the files that they are in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from magickpen.core.addresses import MAX_URL_LENGTH
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import OBJECT, Script
from magickpen.discovery.javascript.tokens import WorkLimitError, is_name, is_string, string_value
from magickpen.discovery.urls import joined

MAX_CHUNKS = 1000
"""How many chunks of a script are kept: ten times as many as scripts are read by default."""

MAX_PUBLIC_PATHS = 3
"""How many folders of a runtime's chunks are tried, one after another."""

MAX_OPERANDS = 20
"""How many operands the name of a file has at most; a dozen is known."""

MAX_TOKENS = 5 * MAX_OPERANDS
"""How many tokens the name of a file has at most, without those of its maps."""

_FILE = re.compile(r"[\w$@~./+%-]*\.m?js(?:\?[\w=&.-]*)?")
_BEFORE_FILE = frozenset(["return", "=>", ":", "?"])


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

    def of(self, key: str) -> str:
        """Return the file of the chunk that has a key; "" if the expression is another."""
        with suppress(WorkLimitError):
            return _text_for_key(self, key)
        return ""


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


def text_at(script: Script, index: int) -> str | None:
    """Return the text of a string that may be a part of a URL; None if none is at the index."""
    token = script.tokens[index] if index < len(script.tokens) else ""
    return string_value(token) if 1 < len(token) <= MAX_URL_LENGTH and is_string(token) else None


def read_chunks(module: Module) -> Chunks:
    """Return what a script says of chunks."""
    found = Chunks()
    with suppress(WorkLimitError):
        found.keys += islice(dict.fromkeys(_loaded_keys(module)), MAX_CHUNKS)
        has_runtime = bool(_public_path_places(module))
        for index in _file_places(module.script):
            file_name = FileName(module, _start_of_file_name(module.script, index), index + 1)
            keys = _keys_of_maps(file_name)
            if keys:
                found.files += filter(None, map(file_name.of, keys))
            elif has_runtime and keys is not None and file_name.start < index:
                found.file_names.append(file_name)
            elif has_runtime and module.script.tokens[index - 1] in _BEFORE_FILE:
                # A single key: 291 === e ? "home.js" : …
                file = text_at(module.script, index) or ""
                found.files += [file] * bool(_FILE.fullmatch(file))
            if max(len(found.files), len(found.file_names)) >= MAX_CHUNKS:
                break
    return found


def public_paths(module: Module, base: str) -> list[str]:
    """Return the URLs that a runtime says its files are relative to, the likeliest first.

    Args:
        module: the script of the runtime.
        base: the URL that the page's links are relative to.
    """
    script = module.script
    paths: list[str] = []
    with suppress(WorkLimitError):
        for index in _public_path_places(module):
            start, last = index + 2, _last_of_expression(script, index + 2)
            operator = script.tokens[last - 1] if last > start else ""
            if (path := text_at(script, start)) is not None:
                paths.append(path)
            elif operator in ("||", "+") and (path := text_at(script, last)) is not None:
                # What is added to something is added to the folder of the script itself.
                paths.append(path if operator == "||" else joined(joined(module.url, "."), path))
    # A runtime that knows none is told one by the site's own code.
    paths.sort(key=lambda path: not path)
    return list(islice(filter(None, (joined(base, path) for path in paths)), MAX_PUBLIC_PATHS))


def _public_path_places(module: Module) -> list[int]:
    """Return where a script sets `__webpack_public_path__`, which minifiers call `x.p`."""
    tokens = module.script.tokens
    places = module.script.occurrences("p")
    return [i for i in places if tokens[i - 1] == "." and tokens[i + 1 : i + 2] == ["="]]


def _loaded_keys(module: Module) -> Iterator[str]:
    """Yield the keys of the chunks that a script loads, which minifiers write as `x.e(key)`."""
    script, tokens = module.script, module.script.tokens
    for index in script.occurrences("e", 1):
        if tokens[index - 1] == "." and tokens[index + 1 : index + 4 : 2] == ["(", ")"]:
            token = tokens[index + 2]
            key = token if token[:20].isdecimal() else text_at(script, index + 2)
            if key is not None and len(key) <= MAX_URL_LENGTH:
                yield key


def _file_places(script: Script) -> Iterator[int]:
    """Yield where the texts stand that may end the name of a file."""
    script.work.spend(len(script.places))
    for token, places in script.places.items():
        if len(token) <= MAX_URL_LENGTH and (".js" in token or ".mjs" in token):
            script.work.spend(len(places))
            yield from places


def _start_of_file_name(script: Script, index: int) -> int:
    """Return where the sum or the template begins that ends at an index; the index if none does."""
    tokens = script.tokens
    if tokens[index][0] == "}":
        return script.partner[index] if script.partner[index] >= 0 else index
    start, operands = index, MAX_OPERANDS * is_string(tokens[index])
    while operands and start > 1 and tokens[start - 1] == "+":
        start = script.start_of_operand(start - 1)
        operands -= 1
    return start if operands else index


def _last_of_expression(script: Script, index: int, ends: str = ",;)]}") -> int:
    """Return the index of the last token of an expression, or of its first operands."""
    tokens = script.tokens
    for _ in range(MAX_TOKENS):
        if index >= len(tokens) or tokens[index][0] in ends:
            break
        script.work.spend(1)
        index = max(script.partner[index], index) + 1
    return index - 1


def _keys_of_maps(file_name: FileName) -> list[str] | None:
    """Return the keys of the maps in the name of a file; None if it is too long to be one."""
    module, index, end = file_name
    script = module.script
    keys: dict[str, None] = {}
    for _ in range(MAX_TOKENS):
        if index >= end:
            return list(keys)[:MAX_CHUNKS]
        script.work.spend(1)
        if script.tokens[index] == "{" and script.kind[index] == OBJECT:
            keys |= dict.fromkeys(islice(module.named(index), MAX_CHUNKS))
            index = script.partner[index]
        index += 1
    return None


def _text_for_key(file_name: FileName, key: str) -> str:
    """Return what a sum of texts, maps and the key itself is for a key; "" if it is not that."""
    module, index, end = file_name
    text = ""
    while index < end and len(text) <= MAX_URL_LENGTH:
        part, index = _operand(module, index, key)
        if part is None:
            return ""
        text += part
    return text


def _operand(module: Module, index: int, key: str) -> tuple[str | None, int]:
    """Return the text at an index for a key, None if it is unknown, and where that ends."""
    tokens = module.script.tokens
    module.script.work.spend(1)
    token, after = tokens[index], index + 1
    if is_string(token) or token[0] in "`}":
        return string_value(token) if len(token) <= MAX_URL_LENGTH else None, after
    if token == "{":
        return _entry(module, index, key)
    if tokens[after : after + 2] == [".", "p"]:
        return "", after + 2
    if is_name(token) and tokens[after] != "(":
        return key, after
    return "" if token in ("+", "(", ")") else None, after


def _entry(module: Module, brace: int, key: str) -> tuple[str | None, int]:
    """Return the text for a key of `{…}[e]`, `({…})[e]` or `{…}[e]||…`, and where that ends."""
    script, tokens, partner = module.script, module.script.tokens, module.script.partner
    index = partner[brace] + 1
    index += tokens[index : index + 1] == [")"]
    if tokens[index : index + 1] != ["["] or script.kind[brace] != OBJECT:
        return None, index
    value = module.named(brace).get(key)
    text = None if value is None else text_at(script, value)
    index = partner[index] + 1
    if tokens[index : index + 1] == ["||"]:
        if text is None:
            # What stands behind is for this key.
            return "", index + 1
        index = _last_of_expression(script, index + 1, "+,;)]}") + 1
    return text, index
