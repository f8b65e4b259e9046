"""Files: read within a limit, replaced as a whole, or locked for one process."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
from pathlib import Path
from typing import IO, BinaryIO


def read_file(path: Path, limit: int) -> bytes:
    """Return the content of a file, which may be a device or a pipe that does not end.

    Args:
        path: the file.
        limit: the most bytes that it may have.

    Raises:
        OSError: it cannot be read, or has more.
    """
    with path.open("rb") as file:
        return read_all(file, limit)


def read_all(file: BinaryIO, limit: int) -> bytes:
    """Return what is left of an open file.

    Raises:
        OSError: it cannot be read, or has more than `limit` bytes.
    """
    content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"more than {limit // 2**20} MiB")
    return content


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


def sync_folder(path: Path) -> None:
    """Have the names of the files in a folder written to the disk, where a system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def lock_file(file: IO[bytes]) -> None:
    """Lock a file until it is closed.

    Raises:
        OSError: another process, or another file of this one, has the lock.
    """
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
