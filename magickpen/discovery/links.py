"""Which other scripts the scripts of a site load: by imports, or as chunks of a bundler."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain, islice, product

from magickpen.discovery.chunks import MAX_CHUNKS, FileName, public_paths, read_chunks, text_at
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.tokens import WorkLimitError
from magickpen.discovery.urls import joined
from magickpen.discovery.waiting import MAX_WAITING, Likelihood, Link

MAX_FILE_NAMES = 20
"""How many runtimes' ways to name a chunk by its key are kept."""


class ScriptLinks:
    """Finds the links of a site's scripts, one script after another.

    Args:
        base: the URL that the page's links are relative to.
        resolve: makes a URL of a script's URL and what an import in it names.
    """

    def __init__(self, base: str, resolve: Callable[[str, str], str]) -> None:
        self._base = base
        self._resolve = resolve
        self._file_names: list[FileName] = []
        self._keys: dict[str, None] = {}
        self._folders: dict[Module, list[str]] = {}

    def of(self, module: Module) -> Iterator[Link]:
        """Yield the scripts that are known to be loaded once another script is known."""
        with suppress(WorkLimitError):
            # A script that imports more than can wait is none that somebody wrote.
            for name, likelihood in islice(self._imports(module).items(), MAX_WAITING):
                if url := self._resolve(module.url, name):
                    yield Link(url, likelihood)
            yield from self._workers(module)
        chunks = read_chunks(module)
        for file in chunks.files:
            yield self._chunk(module, file)
        # A script may load what the runtime, which is another script, has the name for.
        keys = [key for key in chunks.keys if key not in self._keys]
        self._keys |= dict.fromkeys(keys[: MAX_CHUNKS - len(self._keys)])
        named = chain(product(self._file_names, keys), product(chunks.file_names, self._keys))
        for file_name, key in islice(named, MAX_CHUNKS):
            if file := file_name.of(key):
                yield self._chunk(file_name.module, file)
        self._file_names += chunks.file_names[: MAX_FILE_NAMES - len(self._file_names)]

    def _imports(self, module: Module) -> dict[str, Likelihood]:
        script = module.script
        found = dict.fromkeys(module.registered_imports(), Likelihood.IMPORTED)
        for keyword in ("from", "import"):
            for index in script.occurrences(keyword):
                is_call = script.tokens[index + 1 : index + 2] == ["("]
                likelihood = Likelihood.ON_DEMAND if is_call else Likelihood.IMPORTED
                if name := text_at(script, index + 1 + is_call):
                    found[name] = min(likelihood, found.get(name, likelihood))
        return found

    def _workers(self, module: Module) -> Iterator[Link]:
        """Yield the scripts of workers: `new Worker(new URL("./a.js", import.meta.url))`."""
        script = module.script
        for constructor in ("URL", "Worker", "SharedWorker", "importScripts"):
            base = module.url if constructor == "URL" else self._base
            for index in script.occurrences(constructor):
                name = text_at(script, index + 2) or ""
                if name.endswith((".js", ".mjs")) and script.tokens[index + 1] == "(":
                    yield Link(joined(base, name), Likelihood.ON_DEMAND)

    def _chunk(self, runtime: Module, file: str) -> Link:
        if runtime not in self._folders:
            self._folders[runtime] = [*public_paths(runtime, self._base), joined(runtime.url, ".")]
        url, *others = dict.fromkeys(joined(folder, file) for folder in self._folders[runtime])
        return Link(url, Likelihood.ON_DEMAND, tuple(others))
