"""Which URLs the names in imports stand for (HTML Standard, 8.1.6.2, Import maps)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from magickpen.core.addresses import MAX_URL_LENGTH
from magickpen.discovery.urls import joined

MAX_MAP_LENGTH = 256 * 1024
"""How long an import map may be: longer JSON would be read in one call that holds everything up."""

MAX_ENTRIES = 1000
"""How many names are kept: as many as a bundler writes for a large site, and each look-up passes
all of them."""


class ImportMap:
    """The import maps of a page, as one."""

    def __init__(self) -> None:
        self._scopes: dict[str, dict[str, str]] = {"": {}}
        """By the URL that a script's URL begins with: names, and URLs ("" for those without)."""
        self._size = 0

    def add(self, text: str, base: str) -> None:
        """Take in an import map; of two targets of a name, the first one counts.

        Args:
            text: the JSON; a damaged one says nothing.
            base: the URL that it is relative to.
        """
        if len(text) > MAX_MAP_LENGTH or self._size >= MAX_ENTRIES:
            return
        try:
            read = _mapping(json.loads(text))
        except (ValueError, RecursionError):
            return
        self._add("", read.get("imports"), base)
        for prefix, imports in _mapping(read.get("scopes")).items():
            if scope := joined(base, prefix):
                self._add(scope, imports, base)

    def _add(self, scope: str, imports: object, base: str) -> None:
        for name, target in _mapping(imports).items():
            if self._size >= MAX_ENTRIES:
                return
            key = _url(name, base) or name
            url = _url(target, base) if isinstance(target, str) else ""
            if len(key) <= MAX_URL_LENGTH:
                self._size += 1
                self._scopes.setdefault(scope, {}).setdefault(key, url)

    def resolve(self, importer: str, name: str) -> str:
        """Return the URL of what an import names; "" if it names nothing that can be read.

        Args:
            importer: the URL of the script that imports it.
            name: the import's name.
        """
        url = _url(name, importer)
        for scope in sorted(self._scopes, reverse=True):
            if scope == importer or (scope[-1:] in "/" and importer.startswith(scope)):
                found = _look_up(self._scopes[scope], url or name)
                if found is not None:
                    return found
        return url


def _look_up(imports: Mapping[str, str], name: str) -> str | None:
    """Return the URL of a name, by the longest folder that it begins with; None if it has none."""
    if name in imports:
        return imports[name]
    # Of folders that one name begins with, the longest is the last in the order of texts.
    folder = max((key for key in imports if key[-1:] == "/" and name.startswith(key)), default="")
    if not folder:
        return None
    target = imports[folder]
    url = joined(target, name.removeprefix(folder)) if target else ""
    return url if url.startswith(target) else ""


def _url(name: str, base: str) -> str:
    """Return the URL that a name is; "" if it is none, and only an import map may know it."""
    is_url = name.startswith(("/", "./", "../")) or name[:6].lower().startswith(("http:", "https:"))
    return joined(base, name) if is_url else ""


def _mapping(value: object) -> Mapping[str, object]:
    return cast(Mapping[str, object], value) if isinstance(value, dict) else {}
