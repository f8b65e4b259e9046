"""What the commands read: standard input, and files of text."""

from __future__ import annotations

import codecs
import sys
import threading
from pathlib import Path

import click

from magickpen.files import read_all, read_file

WAIT_IS_TOLD_AFTER = 2.0
"""Seconds after which a line says that standard input is waited for."""

LIMIT = 64 * 2**20
"""The bytes of a question that are read."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KINDS = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
)


def read_standard_input() -> str:
    """Return the text that is piped in, or "" if there is none."""
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    told = threading.Timer(WAIT_IS_TOLD_AFTER, _tell_of_wait)
    told.daemon = True
    told.start()
    try:
        return read_text(Path("-"))
    finally:
        told.cancel()


def read_text(path: Path, limit: int = LIMIT) -> str:
    """Return the text of a file.

    Args:
        path: the file; - for standard input.
        limit: the most bytes that it may have.

    Raises:
        UsageError: it cannot be read, or is no text.
    """
    name = "standard input" if str(path) == "-" else str(path)
    try:
        if name == str(path):
            data = read_file(path, limit)
        else:
            data = read_all(sys.stdin.buffer, limit) if sys.stdin is not None else b""
    except OSError as error:
        raise click.UsageError(f"{name} cannot be read: {error.strerror}") from None
    return decoded(data, name)


def decoded(data: bytes, name: str) -> str:
    """Return the text that bytes are in UTF-8, or in UTF-16 with its mark.

    Args:
        data: the bytes.
        name: where they come from, for the error.

    Raises:
        UsageError: they are something else.
    """
    encoding = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return text.rstrip("\r\n")
    other = "binary data, or UTF-16 without its mark" if b"\0" in data else "Latin-1 or the like"
    looks = next((kind for start, kind in _KINDS if data.startswith(start)), other)
    raise click.UsageError(
        f"{name} is not text in UTF-8: it looks like {looks}. `iconv -t UTF-8` converts text."
    )


def _tell_of_wait() -> None:
    click.echo(
        "magickpen: waiting for the end of standard input; --no-stdin does not read it", err=True
    )
