"""A store that keeps the secrets of sites in a file."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import cast

from magickpen.core.errors import ConfigurationError
from magickpen.core.signing import SiteSecrets

_FIELDS = ("x_api_secret", "secret", "salt")


MAX_SITES = 20
"""The number of sites in a file; older entries are dropped."""


class FileStore:
    """A `SecretsStore` in a file that processes may share.

    The file is replaced as a whole, with mode 0600, and its folder is made if it is missing. A
    damaged file counts as empty. If the file cannot be written, a warning is logged.

    Args:
        path: the file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: Path = Path(path)

    def __repr__(self) -> str:
        return f"FileStore({str(self.path)!r})"

    def load(self, site: str) -> SiteSecrets | None:
        """Return the secrets of the site with this URL, or None if the file has none."""
        kept = self._read().get(site)
        if not isinstance(kept, dict):
            return None
        entry = cast("dict[str, object]", kept)
        x_api_secret, secret, salt = (cast("str", entry.get(name)) for name in _FIELDS)
        try:
            return SiteSecrets(x_api_secret, secret, salt, proved=entry.get("proved") is True)
        except ConfigurationError:
            return None

    def save(self, site: str, secrets: SiteSecrets) -> None:
        """Write the secrets of the site with this URL to the file."""
        sites = self._read()
        sites.pop(site, None)
        values = {name: getattr(secrets, name) for name in _FIELDS}
        sites[site] = {**values, "proved": secrets.proved}
        sites = dict(list(sites.items())[-MAX_SITES:])
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(json.dumps({"sites": sites}, indent=2))
        except OSError as error:
            logging.getLogger("magickpen").warning("%s cannot be written: %s", self.path, error)

    def _read(self) -> dict[str, object]:
        try:
            content = json.loads(self.path.read_bytes())
            return dict(content["sites"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return {}

    def _write(self, text: str) -> None:
        # A temporary file has mode 0600, and replaces the old one atomically.
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
