from __future__ import annotations

import gzip
import sys
import types
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from magickpen.core.errors import ResponseError
from magickpen.network import compression
from magickpen.network.compression import (
    PIECE,
    CompressionError,
    Unpacker,
    accepted_encodings,
    unpacker,
    unpackers,
)

Pack = Callable[[bytes], bytes]


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def gzip_twice(data: bytes) -> bytes:
    half = len(data) // 2
    return gzip.compress(data[:half]) + gzip.compress(data[half:])


def zstd_twice(data: bytes) -> bytes:
    half = len(data) // 2
    return zstandard.compress(data[:half]) + zstandard.compress(data[half:])


PACKED: list[tuple[str, Pack]] = [
    ("gzip", gzip.compress),
    ("X-Gzip", gzip.compress),
    ("gzip", gzip_twice),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", brotli.compress),
    (" zstd ", zstandard.compress),
    ("zstd", zstd_twice),
]
kinds = pytest.mark.parametrize(
    ("encoding", "pack"), PACKED, ids=[f"{name.strip()}-{pack.__name__}" for name, pack in PACKED]
)


def needed(encoding: str) -> Unpacker:
    found = unpacker(encoding)
    assert found is not None
    return found


def unpacked(unpack: Unpacker, chunks: list[bytes]) -> bytes:
    return b"".join(piece for chunk in chunks for piece in unpack.pieces(chunk))


@kinds
@given(data=st.binary(max_size=2000), cuts=st.lists(st.integers(0, 2000), max_size=5))
def test_a_body_cut_anywhere_unpacks_whole(
    encoding: str, pack: Pack, data: bytes, cuts: list[int]
) -> None:
    packed = pack(data)
    chunks = [packed[a:b] for a, b in pairwise([0, *sorted(cuts), len(packed)])]
    unpack = needed(encoding)
    assert unpacked(unpack, chunks) == data
    assert unpack.complete


@kinds
def test_a_body_that_lacks_its_end_is_not_complete(encoding: str, pack: Pack) -> None:
    packed = pack(b"some text " * 20)
    for end in range(1, len(packed)):
        unpack = needed(encoding)
        unpacked(unpack, [packed[:end]])
        assert not unpack.complete or pack in (gzip_twice, zstd_twice)
    assert needed(encoding).complete


@kinds
def test_few_bytes_become_many_in_pieces(encoding: str, pack: Pack) -> None:
    size = 32 * 2**20
    packed = pack(bytes(size))
    assert len(packed) < size / 500
    # Of zstd, the smallest block unpacks to 128 KiB; brotli does not stop at once.
    most = 64 * 2**17 if "zstd" in encoding else 2 * PIECE
    lengths = [len(piece) for piece in needed(encoding).pieces(packed)]
    assert sum(lengths) == size
    assert 0 < min(lengths) <= max(lengths) <= most


@kinds
def test_what_is_no_such_body_is_an_error(encoding: str, pack: Pack) -> None:
    with pytest.raises(CompressionError):
        unpacked(needed(encoding), [b"\xff" * 200, pack(b"some text")])


def test_another_member_of_gzip_that_is_none_is_an_error() -> None:
    unpack = needed("gzip")
    pieces = unpack.pieces(gzip.compress(b"one") + b"\x1f\x8bgarbage of some length")
    assert next(pieces) == b"one"
    with pytest.raises(CompressionError):
        next(pieces)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_what_comes_behind_the_end_is_padding(encoding: str) -> None:
    packed = gzip.compress(b"one") if encoding == "gzip" else zlib.compress(b"one")
    unpack = needed(encoding)
    assert unpacked(unpack, [packed + bytes(7), bytes(5)]) == b"one"
    assert unpack.complete


@pytest.mark.parametrize("encoding", ["", " ", "identity", "Identity"])
def test_what_is_not_compressed_needs_nothing(encoding: str) -> None:
    assert unpacker(encoding) is None


@pytest.mark.parametrize("encoding", ["compress", "gzip, gzip", "x" * 5000])
def test_what_cannot_be_unpacked_is_no_answer(encoding: str) -> None:
    unpack = needed(encoding)
    assert unpack.complete
    with pytest.raises(ResponseError, match="content-encoding") as caught:
        list(unpack.pieces(b"data"))
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("offered", "accepted"),
    [
        ("gzip, deflate, br, zstd", "gzip, deflate, br, zstd"),
        ("gzip,compress", "gzip"),
        ("identity", "identity"),
        ("", "identity"),
    ],
)
def test_what_is_accepted_can_be_unpacked(offered: str, accepted: str) -> None:
    assert accepted_encodings(offered) == accepted


@pytest.fixture
def _found_anew() -> Iterator[None]:
    compression.unpackers.cache_clear()
    yield
    compression.unpackers.cache_clear()


@pytest.mark.usefixtures("_found_anew")
def test_without_its_library_an_encoding_is_not_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("brotli", "brotlicffi", "zstandard"):
        monkeypatch.setitem(sys.modules, name, None)
    assert list(unpackers()) == ["gzip", "deflate"]


@pytest.mark.usefixtures("_found_anew")
def test_a_library_without_a_limit_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    old = types.ModuleType("brotli")
    monkeypatch.setattr(old, "Decompressor", type("Decompressor", (), {}), raising=False)
    monkeypatch.setitem(sys.modules, "brotli", old)
    assert "br" not in unpackers()
