"""Tells whether a response is all that was received.

What a server sends after the end of a response would be mistaken for the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

_HEAD_END = b"\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"


class Received:
    """What was received since the last request was sent."""

    def __init__(self) -> None:
        self._size = 0
        self._body_at = 0
        self._head: bytearray | None = bytearray()
        self._before = b""
        self._last = b""

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        self._size += len(data)
        self._before = self._last if len(self._last) > 4 else self._before[-4:] + self._last
        self._last = data
        if self._head is not None:
            self._add_to_head(self._head, data)

    def _add_to_head(self, head: bytearray, data: bytes) -> None:
        start = max(0, len(head) - len(_HEAD_END))
        head += data
        while (at := head.find(_HEAD_END, start)) >= 0:
            informational = head.startswith(b"1", 9)
            self._body_at += at + len(_HEAD_END)
            del head[: at + len(_HEAD_END)]
            start = 0
            if not informational:
                self._head = None
                return

    def is_all_of(self, status: int, headers: Mapping[bytes, bytes]) -> bool:
        """Return whether it is one response and nothing else.

        Args:
            status: that of the response.
            headers: those of the response, with names in lower case.
        """
        if status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            return self._size == self._body_at
        if b"transfer-encoding" in headers:
            end = self._before[-len(_LAST_CHUNK) + 1 :] + self._last
            return end.endswith(_LAST_CHUNK) and end.count(_LAST_CHUNK) == 1
        length = headers.get(b"content-length", b"")
        return length.isdigit() and self._size == self._body_at + int(length)
