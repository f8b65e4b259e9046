"""Which other scripts the scripts of a site load: by imports, or as chunks of a bundler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice, product

from magickpen.discovery.chunks import MAX_CHUNKS, FileName, public_paths, read_chunks
from magickpen.discovery.javascript.literals import is_string, occurrences, string_value
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import WorkLimitError
from magickpen.discovery.javascript.systemjs import dependencies
from magickpen.discovery.page import ImportMap, Likelihood, Link, joined

MAX_PUBLIC_PATHS = 3
"""How many folders of a runtime's chunks are tried, one after another."""


class ScriptLinks:
    """Finds the links of a site's scripts, one script after another.

    Args:
        base: the URL that the page's links are relative to.
        import_map: the page's import map.
    """

    def __init__(self, base: str, import_map: ImportMap) -> None:
        self._base = base
        self._import_map = import_map
        self._file_names: list[FileName] = []
        self._keys: dict[str, None] = {}
        self._folders: dict[Module, list[str]] = {}

    def of(self, module: Module) -> Iterator[Link]:
        """Yield the scripts that are known to be loaded once another script is known."""
        with suppress(WorkLimitError):
            yield from self._imports(module)
            yield from self._workers(module)
        chunks = read_chunks(module)
        for file in chunks.files:
            yield self._chunk(module, file)
        # A script may load what the runtime, which is another script, has the name for.
        keys = dict.fromkeys(key for key in chunks.keys if key not in self._keys)
        self._keys |= keys
        known = product(self._file_names, keys)
        for file_name, key in islice(known, MAX_CHUNKS):
            yield from self._chunk_by_key(file_name, key)
        for file_name, key in islice(product(chunks.file_names, self._keys), MAX_CHUNKS):
            yield from self._chunk_by_key(file_name, key)
        self._file_names += chunks.file_names

    def _imports(self, module: Module) -> Iterator[Link]:
        script = module.script
        tokens = script.tokens
        for keyword in ("from", "import"):
            for index in occurrences(script, keyword):
                following = tokens[index + 1 : index + 3]
                if following and is_string(following[0]):
                    yield from self._named(module, following[0], Likelihood.IMPORTED)
                elif len(following) == 2 and following[0] == "(" and is_string(following[1]):
                    yield from self._named(module, following[1], Likelihood.ON_DEMAND)
        for name in dependencies(script):
            yield from self._named(module, name, Likelihood.IMPORTED)

    def _named(self, module: Module, token: str, likelihood: Likelihood) -> Iterator[Link]:
        url = self._import_map.resolve(module.url, string_value(token))
        if url:
            yield Link(url, likelihood)

    def _workers(self, module: Module) -> Iterator[Link]:
        """Yield the scripts of workers: `new Worker(new URL("./a.js", import.meta.url))`."""
        tokens = module.script.tokens
        for constructor in ("URL", "Worker", "SharedWorker", "importScripts"):
            for index in occurrences(module.script, constructor):
                following = tokens[index + 1 : index + 3]
                if len(following) == 2 and following[0] == "(" and is_string(following[1]):
                    name = string_value(following[1])
                    if name.endswith((".js", ".mjs")):
                        base = module.url if constructor == "URL" else self._base
                        yield Link(joined(base, name), Likelihood.ON_DEMAND)

    def _chunk_by_key(self, file_name: FileName, key: str) -> Iterator[Link]:
        file = file_name.of(key)
        if file:
            yield self._chunk(file_name.module, file)

    def _chunk(self, runtime: Module, file: str) -> Link:
        if runtime not in self._folders:
            paths = public_paths(runtime, self._base)[:MAX_PUBLIC_PATHS]
            self._folders[runtime] = [*paths, joined(runtime.url, ".")]
        url, *others = dict.fromkeys(joined(folder, file) for folder in self._folders[runtime])
        return Link(url, Likelihood.ON_DEMAND, tuple(others))
