"""Stores that keep the secrets of sites: in memory, and in a file."""

from __future__ import annotations

import io
import json
import logging
import os
import stat
import sys
from pathlib import Path
from typing import IO, cast

from magickpen.core.errors import ConfigurationError
from magickpen.core.signing import SiteSecrets
from magickpen.files import lock_file, replace_file

_FIELDS = ("x_api_secret", "secret", "salt")

MAX_SITES = 20
"""The number of sites in a file; older entries are dropped."""

MAX_BYTES = 2**20
"""The size of a file that is read."""

CACHE_VARIABLE = "MAGICKPEN_CACHE"

_logger = logging.getLogger("magickpen")


class MemoryStore:
    """A `SecretsStore` in memory, for clients of one process."""

    def __init__(self) -> None:
        self._sites: dict[str, SiteSecrets] = {}

    def __repr__(self) -> str:
        return "MemoryStore()"

    def load(self, site: str) -> SiteSecrets | None:
        """Return the secrets of the site with this URL, or None if there are none."""
        return self._sites.get(site)

    def save(self, site: str, secrets: SiteSecrets) -> None:
        """Keep the secrets of the site with this URL."""
        self._sites[site] = secrets


class FileStore:
    """A `SecretsStore` in a file that processes may share.

    The file is replaced as a whole, with mode 0600, and its folder is made if it is missing. A
    damaged file counts as empty, and so does what is no regular file or has more than 1 MiB. If the
    file cannot be used, a warning is logged. Of several processes that need the secrets of a site,
    one reads the site and the others wait for it.

    Args:
        path: the file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: Path = Path(path)

    def __repr__(self) -> str:
        return f"FileStore({str(self.path)!r})"

    @classmethod
    def default(cls) -> FileStore | MemoryStore:
        """Return the store of the command line, in the cache folder of the user.

        `MAGICKPEN_CACHE` names another file. If the user has no folder, the secrets are kept in
        memory alone, and a warning is logged.
        """
        path = _default_path()
        if path is not None:
            return cls(path)
        _logger.warning("there is no cache folder: MAGICKPEN_CACHE may name a file to keep secrets")
        return MemoryStore()

    def try_lock(self) -> IO[bytes] | None:
        """Lock the file for the process that reads the site, or return None if another one does.

        Returns:
            What releases the lock when it is closed. It is released when the process ends, too.
        """
        try:
            self._make_folder()
            file = Path(f"{self.path}.lock").open("ab")  # noqa: SIM115  the caller closes it
        except OSError:
            # Where nothing can be written, each process reads the site.
            return io.BytesIO()
        try:
            lock_file(file)
        except OSError:
            file.close()
            return None
        return file

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
            self._make_folder()
            replace_file(self.path, json.dumps({"sites": sites}, indent=2))
        except OSError as error:
            _logger.warning("%s cannot be written: %s", self.path, error)

    def _make_folder(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _read(self) -> dict[str, object]:
        try:
            # It may be a pipe, which would be waited for.
            handle = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    return {}
                content = json.loads(file.read(MAX_BYTES + 1)[:MAX_BYTES])
            return dict(content["sites"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return {}


def _default_path() -> Path | None:
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named)
    try:
        if sys.platform == "win32":
            folder = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        elif sys.platform == "darwin":
            folder = Path.home() / "Library" / "Caches"
        else:
            folder = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:
        return None
    return Path(folder, "magickpen", "secrets.json")
