"""Files that are replaced as a whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def replace_file(path: Path, text: str) -> None:
    """Write a text to a file that only its user may read, or leave the file as it is.

    Raises:
        OSError: it cannot be written.
    """
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is no regular file")
    # A temporary file has mode 0600, and replaces the old one atomically.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
