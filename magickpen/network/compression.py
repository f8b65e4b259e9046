"""Decompresses a body piece by piece, so that a few bytes never become many at once.

What httpx has for it unpacks all that was read in one go, takes a body for whole that lacks its
end, and drops what comes after the first member of a gzip body.
"""

from __future__ import annotations

import functools
import importlib
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from magickpen.core.errors import ResponseError

PIECE = 64 * 1024
"""How many bytes a piece has at the most, in bytes; of zstd, it is as small a part of the body."""

_GZIP_MEMBER = b"\x1f"
"""The start of another member of a gzip body. Anything else after a member is padding."""

_ZSTD_SLICE = 256
"""A block of zstd has at least 4 bytes, and decompresses to at most 128 KiB."""


class CompressionError(Exception):
    """A compressed body is damaged."""


class Unpacker(Protocol):
    """Decompresses one body."""

    @property
    def complete(self) -> bool:
        """Whether the body may end here."""
        ...

    def pieces(self, data: bytes, /) -> Iterator[bytes]:
        """Yield the decompressed pieces of the next bytes of the body.

        Raises:
            CompressionError: the body is damaged.
            ResponseError: the content encoding is not supported.
        """
        ...


@functools.cache
def unpackers() -> dict[str, Callable[[], Unpacker]]:
    """Return the available decompressors by content encoding."""
    known: dict[str, Callable[[], Unpacker]] = {
        "gzip": functools.partial(_Zlib, 16 + zlib.MAX_WBITS),
        "deflate": _Deflate,
    }
    # Older versions have no limit for the length of a piece.
    brotli = _first_of("brotli", "brotlicffi")
    if brotli and hasattr(brotli.Decompressor, "can_accept_more_data"):
        known["br"] = functools.partial(_Brotli, brotli)
    if zstandard := _first_of("zstandard"):
        known["zstd"] = functools.partial(_Zstd, zstandard)
    return known


def accepted_encodings(offered: str) -> str:
    """Return the Accept-Encoding header for a client whose own one is `offered`."""
    names = (name.strip() for name in offered.split(","))
    return ", ".join(name for name in names if name in unpackers()) or "identity"


def unpacker(content_encoding: str) -> Unpacker | None:
    """Return the decompressor for a body, or None if it is not compressed."""
    encoding = content_encoding.strip().lower()
    if encoding in ("", "identity"):
        return None
    make = unpackers().get(encoding.removeprefix("x-"))
    return _Unknown(encoding) if make is None else make()


def _first_of(*modules: str) -> Any:
    for name in modules:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


class _Zlib:
    def __init__(self, window_bits: int) -> None:
        self._window_bits = window_bits
        self._inner = zlib.decompressobj(window_bits)
        self._begun = False

    @property
    def complete(self) -> bool:
        return not self._begun or self._inner.eof

    def pieces(self, data: bytes) -> Iterator[bytes]:
        self._begun = True
        while data or not self._inner.eof:
            if self._inner.eof:
                if not data.startswith(_GZIP_MEMBER):
                    return
                self._inner = zlib.decompressobj(self._window_bits)
            try:
                piece = self._inner.decompress(data, PIECE)
            except zlib.error as error:
                raise CompressionError(error) from error
            if piece:
                yield piece
            data = self._inner.unconsumed_tail or self._inner.unused_data
            if not data and len(piece) < PIECE:
                return


class _Deflate:
    def __init__(self) -> None:
        self._start = b""
        self._inner: _Zlib | None = None

    @property
    def complete(self) -> bool:
        return not self._start if self._inner is None else self._inner.complete

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if self._inner is None:
            data = self._start = self._start + data
            if len(data) < 2:
                return
            # Some servers send raw deflate, without this header.
            has_header = data[0] & 15 == 8 and int.from_bytes(data[:2]) % 31 == 0
            self._inner = _Zlib(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
        yield from self._inner.pieces(data)


class _Brotli:
    def __init__(self, library: Any) -> None:
        self._inner = library.Decompressor()
        self._error: type[Exception] = library.error
        self._begun = False

    @property
    def complete(self) -> bool:
        return not self._begun or bool(self._inner.is_finished())

    def pieces(self, data: bytes) -> Iterator[bytes]:
        self._begun = True
        while data or not self._inner.can_accept_more_data():
            try:
                piece: bytes = self._inner.process(data, output_buffer_limit=PIECE)
            except self._error as error:
                raise CompressionError(error) from error
            data = b""
            if piece:
                yield piece


class _Zstd:
    def __init__(self, library: Any) -> None:
        self._make: Callable[[], Any] = library.ZstdDecompressor().decompressobj
        self._error: type[Exception] = library.ZstdError
        self._inner = self._make()
        self._begun = False

    @property
    def complete(self) -> bool:
        return not self._begun or bool(self._inner.eof)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        self._begun = True
        for start in range(0, len(data), _ZSTD_SLICE):
            packed = data[start : start + _ZSTD_SLICE]
            while packed:
                if self._inner.eof:
                    self._inner = self._make()
                try:
                    piece: bytes = self._inner.decompress(packed)
                except self._error as error:
                    raise CompressionError(error) from error
                packed = self._inner.unused_data if self._inner.eof else b""
                if piece:
                    yield piece


class _Unknown:
    complete = True

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding

    def pieces(self, data: bytes) -> Iterator[bytes]:
        raise ResponseError(
            f"the answer has the content-encoding {self._encoding[:40]!r}, which is not supported"
        )
        yield data
