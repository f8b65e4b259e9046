"""Responses of a server, good and bad ones, compressed and quoting ones."""

from __future__ import annotations

import functools
import gzip
import importlib
import json
import time
import zlib
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from tests.support.raw_server import Connection, Play, Step, makes, waits_until_taken

MODULES = {"gzip": "", "deflate": "", "gzip, gzip": "", "br": "brotli", "zstd": "zstandard"}
"""The modules that the content codings need beside the standard library."""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def head(status: int = 200, **headers: object) -> bytes:
    """Return the head of a response; `_` in a header's name stands for a hyphen."""
    lines = [f"HTTP/1.1 {status} {_phrase(status)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def response(status: int = 200, body: str | bytes = "", **headers: object) -> bytes:
    """Return a whole response."""
    data = body.encode() if isinstance(body, str) else body
    headers = {"content_type": "text/plain; charset=utf-8"} | headers
    return head(status, **headers, content_length=len(data)) + data


def chunk(data: str | bytes) -> bytes:
    """Return a chunk of a chunked body; an empty one ends it."""
    data = data.encode() if isinstance(data, str) else data
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


ANSWER_HEAD = head(content_type="text/plain", transfer_encoding="chunked")
"""What comes before the first chunk of an answer."""


def page(status: int, title: str = "Down for maintenance", **headers: object) -> bytes:
    """Return a page of HTML."""
    html = f"<!doctype html><html><head><title>{title}</title></head><body>…</body></html>"
    return response(status, html, content_type="text/html; charset=utf-8", **headers)


def refusal(status: int, **headers: object) -> bytes:
    """Return a refusal in JSON."""
    body = json.dumps({"message": "The server plays a fault."})
    return response(status, body, content_type="application/json", **headers)


def later(status: int, seconds: float) -> Step:
    """Refuse, with a date in Retry-After."""

    def made(_: Connection) -> bytes:
        return refusal(status, retry_after=formatdate(time.time() + seconds, usegmt=True))

    return makes(made)


def redirect(status: int) -> Step:
    """Redirect to another server."""

    def made(connection: Connection) -> bytes:
        return head(status, location=f"{connection.server.elsewhere}/ask", content_length=0)

    return makes(made)


def quoted(make: Callable[[str], bytes]) -> Step:
    """Send what quotes the request, credentials included."""
    return makes(lambda connection: make(" ".join(connection.request.decode().split())))


def packed(coding: str, text: str) -> bytes:
    """Return a compressed text."""
    data = text.encode()
    match coding:
        case "gzip":
            return gzip.compress(data)
        case "deflate":
            return zlib.compress(data)
        case "br":
            return _bytes_of(importlib.import_module("brotli").compress(data))
        case _:
            return _bytes_of(importlib.import_module("zstandard").compress(data))


def packed_start(coding: str, text: str) -> bytes:
    """Return a compressed text whose end is missing, but of whose text nothing is."""
    data = text.encode()
    match coding:
        case "gzip" | "deflate":
            packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16 * (coding == "gzip"))
            return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)
        case "br":
            brotli = importlib.import_module("brotli").Compressor()
            return _bytes_of(brotli.process(data) + brotli.flush())
        case _:
            zstandard = importlib.import_module("zstandard")
            zstd = zstandard.ZstdCompressor().compressobj()
            flush = zstandard.COMPRESSOBJ_FLUSH_BLOCK
            return _bytes_of(zstd.compress(data) + zstd.flush(flush))


@functools.cache
def bomb(coding: str) -> bytes:
    """Return a body that unpacks to 256 MiB."""
    block, blocks = b"x" * 1024 * 1024, 256
    match coding:
        case "gzip":
            # A block that is flushed refers to nothing before it, so it can be repeated.
            packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
            start = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
            again = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
            return start + again * (blocks - 1)
        case "gzip, gzip":
            return gzip.compress(bomb("gzip"))
        case "br":
            brotli = importlib.import_module("brotli").Compressor(quality=1)
            return b"".join([brotli.process(block) for _ in range(blocks)]) + _bytes_of(
                brotli.finish()
            )
        case _:
            zstd = importlib.import_module("zstandard").ZstdCompressor().compressobj()
            return b"".join([zstd.compress(block) for _ in range(blocks)]) + _bytes_of(zstd.flush())


def _bytes_of(value: Any) -> bytes:
    assert isinstance(value, bytes)
    return value


def encoded(coding: str, pack: Callable[[str], bytes]) -> Play:
    """Answer with a compressed body, which is made when it is asked for."""
    return (makes(lambda _: response(body=pack(coding), content_encoding=coding)),)


def broken(coding: str, text: str) -> Play:
    """Answer with a compressed text, and when it has been taken, with garbage."""
    start = head(content_type="text/plain", content_encoding=coding, transfer_encoding="chunked")
    return (
        makes(lambda _: start + chunk(packed_start(coding, text))),
        waits_until_taken,
        chunk(b"\xff" * 20) + chunk(""),
    )
