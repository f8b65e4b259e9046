"""From the bytes of an answer to its text, by content type (docs/protocol.md, section 5).

The body may be cut anywhere: `feed` returns the text that a piece of it completes, and `flush`
returns the rest at the end. Decoders do not know where the bytes come from.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Protocol

from magickpen.core.errors import ResponseError
from magickpen.core.pages import PAGE_LIMIT, START_LIMIT, begins_page, media_type, page_error
from magickpen.core.payloads import (
    answer_text,
    as_object,
    error_text,
    parse_object,
    service_error,
)

_SURROGATE = re.compile("[\ud800-\udfff]")


class Decoder(Protocol):
    """Turns the bytes of an answer into text."""

    @property
    def complete(self) -> bool:
        """Whether the answer has marked its own end, so that the rest is ignored."""
        ...

    def feed(self, data: bytes, /) -> str:
        """Return the text that `data` completes, or ""."""
        ...

    def flush(self) -> str:
        """Return the rest of the text at the end of the body."""
        ...

    def pending(self) -> str:
        """Return the incomplete text received so far; called if the body has broken off."""
        ...


def decoder_for(headers: Mapping[str, str]) -> Decoder | None:
    """Return the decoder for an answer with these headers, or None if it cannot be one."""
    kind = media_type(headers)
    if kind == "application/json" or kind.endswith("+json"):
        return PageGuard(JSONDecoder())
    if kind == "text/event-stream":
        return PageGuard(EventStreamDecoder())
    if kind == "text/plain":
        return TextDecoder()
    is_text = not kind or kind.startswith("text/") or kind == "application/octet-stream"
    return PageGuard(TextDecoder()) if is_text else None


class TextDecoder:
    """UTF-8 text, which may be cut inside a character. Invalid bytes become U+FFFD."""

    complete = False

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._cut = False
        # An instance attribute, since this is called for each chunk.
        self.feed: Callable[[bytes], str] = self._feed_first

    def _feed_first(self, data: bytes) -> str:
        text = self._feed(data)
        if text:
            self.feed = self._feed
        return text.removeprefix("\ufeff")

    def _feed(self, data: bytes) -> str:
        if not self._cut:
            try:
                return data.decode()
            except UnicodeDecodeError:
                pass
        text = self._decoder.decode(data)
        self._cut = bool(self._decoder.getstate()[0])
        return text

    def flush(self) -> str:
        return self._decoder.decode(b"", final=True)

    def pending(self) -> str:
        return ""


class PageGuard:
    """Passes an answer on to its decoder, unless it turns out to be a page.

    The start is held back while it may be one.

    Raises:
        ChallengeError: it is a page; raised when its title is known.
    """

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._held = bytearray()
        self._is_page: bool | None = None
        # An instance attribute, since this is called for each chunk.
        self.feed: Callable[[bytes], str] = self._feed_first

    @property
    def complete(self) -> bool:
        return self._decoder.complete

    def _feed_first(self, data: bytes) -> str:
        self._held += data
        if self._is_page is None:
            self._is_page = begins_page(self._start(START_LIMIT))
        if self._is_page:
            if b"</title" in self._held or len(self._held) > PAGE_LIMIT:
                raise page_error(self._start(PAGE_LIMIT), HTTPStatus.OK)
            return ""
        if self._is_page is None:
            return ""
        text = self._release()
        self.feed = self._decoder.feed
        return text

    def flush(self) -> str:
        if self._is_page:
            raise page_error(self._start(PAGE_LIMIT), HTTPStatus.OK)
        return self._release() + self._decoder.flush()

    def pending(self) -> str:
        return "" if self._is_page else self._release() + self._decoder.pending()

    def _release(self) -> str:
        held = bytes(self._held)
        self._held.clear()
        return self._decoder.feed(held)

    def _start(self, limit: int) -> str:
        # The last character may be cut.
        return self._held[:limit].decode("utf-8", "ignore")


class EventStreamDecoder:
    """Server-sent events: the text in their `data:` fields, up to `[DONE]`."""

    def __init__(self) -> None:
        self.complete: bool = False
        self._unread = bytearray()
        self._ends_with_cr = False
        self._event = ""
        self._data: list[str] = []
        self._half = ""
        self._failure: ResponseError | None = None

    def feed(self, data: bytes) -> str:
        if self._ends_with_cr:
            # The second half of a line ending.
            data = data.removeprefix(b"\n")
        self._ends_with_cr = data.endswith(b"\r")
        unread = self._unread
        searched = len(unread)
        unread += data
        cut = 1 + max(unread.rfind(b"\n", searched), unread.rfind(b"\r", searched))
        lines = bytes(unread[:cut]).splitlines()
        del unread[:cut]
        return self._read(lines)

    def flush(self) -> str:
        text = self._read([*bytes(self._unread).splitlines(), b""])
        half, self._half = self._half, ""
        if self._failure is not None and not text:
            raise self._failure
        return text + "\ufffd" * len(half)

    def _read(self, lines: list[bytes]) -> str:
        texts: list[str] = [self._half]
        try:
            texts.extend(map(self._read_line, lines))
        except ResponseError as failure:
            # Raised by `flush`, so that the text before it is delivered.
            self._failure = failure
            self.complete = True
        text = "".join(texts)
        # JSON may have one half of a character in this event, and the other one in the next.
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return without_halves(text.removesuffix(self._half))

    def pending(self) -> str:
        begun = filter(None, map(self._value, bytes(self._unread).splitlines()))
        return "\n".join([*self._data, *begun])

    @staticmethod
    def _value(line: bytes) -> str:
        name, _, value = line.decode("utf-8", "replace").partition(":")
        return value.removeprefix(" ") if name == "data" else ""

    def _read_line(self, line: bytes) -> str:
        if self.complete:
            return ""
        line = line.removeprefix(codecs.BOM_UTF8)
        if not line:
            return self._dispatch()
        name = line.partition(b":")[0]
        if name == b"data":
            self._data.append(self._value(line))
        elif name == b"event":
            self._event = line.partition(b":")[2].strip().decode("utf-8", "replace")
        return ""

    def _dispatch(self) -> str:
        event, data = self._event, "\n".join(self._data)
        self._event, self._data = "", []
        if event == "error":
            raise service_error(error_text(data) or data)
        if data.strip() == "[DONE]":
            self.complete = True
            return ""
        payload = parse_object(data)
        # An object may hold no text, but a role, the usage, or nothing at all.
        return data if payload is None else answer_text(payload) or ""


class JSONDecoder:
    """A JSON document, whose text is only known at its end."""

    complete = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> str:
        self._parts.append(data)
        return ""

    def flush(self) -> str:
        try:
            # An answer may be long: do not keep it in several forms at once.
            body = b"".join(self._parts)
            self._parts.clear()
            document = body.decode("utf-8-sig")
            del body
            if not document:
                return ""
            payload: object = json.loads(document)
        except (ValueError, RecursionError):
            raise ResponseError("the answer is not valid JSON") from None
        text = payload if isinstance(payload, str) else answer_text(as_object(payload))
        if text is None:
            raise ResponseError("the JSON answer contains no text")
        return without_halves(text)

    def pending(self) -> str:
        return b"".join(self._parts).decode("utf-8", "ignore")


def without_halves(text: str) -> str:
    """Return a text with surrogates joined to characters; a lone one becomes U+FFFD."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
