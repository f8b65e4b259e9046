"""The folders of the user in which the commands keep their files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import platformdirs


def config_file() -> Path | None:
    """Return the path of the configuration file, or None if the user has no folder for it."""
    return _in_folder(platformdirs.user_config_path, "config.toml")


def data_file(name: str) -> Path | None:
    """Return the path of a file of this user's data, or None if the user has no folder for it."""
    return _in_folder(platformdirs.user_data_path, name)


def make_private(path: Path) -> None:
    """Make a file that its user alone may read, with its folder, unless it exists.

    Raises:
        OSError: it cannot be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)


def _in_folder(folder_of: Callable[[str, Literal[False]], Path], name: str) -> Path | None:
    try:
        folder = folder_of("magickpen", False)
    except RuntimeError:
        # There is no home.
        return None
    # Older versions of platformdirs return a path that begins with "~" then.
    return folder / name if folder.is_absolute() else None
