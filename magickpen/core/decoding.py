"""From the bytes of an answer to its text, by content type (docs/protocol.md, section 5).

The body may be cut anywhere: `feed` returns the text that a piece of it completes, and `flush`
returns the rest at the end. Decoders do not know where the bytes come from.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Mapping
from typing import Protocol, cast

from magickpen.core.errors import ChallengeError, ResponseError


def media_type(headers: Mapping[str, str]) -> str:
    """Return the content type in lower case without its parameters, or "" if there is none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


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
        return JSONDecoder()
    if kind == "text/event-stream":
        return EventStreamDecoder()
    if not kind:
        return UntypedDecoder()
    is_text = kind.startswith("text/") and kind != "text/html"
    return TextDecoder() if is_text or kind == "application/octet-stream" else None


class TextDecoder:
    """UTF-8 text, which may be cut inside a character. Invalid bytes become U+FFFD."""

    complete = False

    def __init__(self) -> None:
        decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        # An instance attribute, since this is called for each chunk.
        self.feed: Callable[[bytes], str] = decode
        self._decode = decode

    def flush(self) -> str:
        return self._decode(b"", True)

    def pending(self) -> str:
        return ""


class UntypedDecoder:
    """Text without a content type. It is held back while it may be an HTML page."""

    complete = False
    _PAGES = ("<!doctype html", "<html")

    def __init__(self) -> None:
        self._text = TextDecoder()
        self._held: list[str] = []
        self._start = ""
        self._vouched = False

    def feed(self, data: bytes) -> str:
        text = self._text.feed(data)
        if self._vouched:
            return text
        self._held.append(text)
        start = (self._start + text).lstrip()[: len(self._PAGES[0])]
        self._start = start.lower()
        if self._start.startswith(self._PAGES):
            raise ChallengeError(
                "the service sent an HTML page instead of an answer", status_code=200
            )
        if any(page.startswith(self._start) for page in self._PAGES):
            return ""
        self._vouched = True
        return self._release()

    def flush(self) -> str:
        return self._release() + self._text.flush()

    def pending(self) -> str:
        return "".join(self._held)

    def _release(self) -> str:
        text = "".join(self._held)
        self._held.clear()
        return text


class EventStreamDecoder:
    """Server-sent events: the text in their `data:` fields, up to `[DONE]`."""

    def __init__(self) -> None:
        self.complete: bool = False
        self._unread = bytearray()
        self._event = ""
        self._data: list[str] = []
        self._failure: ResponseError | None = None

    def feed(self, data: bytes) -> str:
        unread = self._unread
        # A carriage return at the end may be the first half of a line ending.
        searched = max(0, len(unread) - 1)
        unread += data
        cut = 1 + max(unread.rfind(b"\n", searched), unread.rfind(b"\r", searched, -1))
        lines = bytes(unread[:cut]).splitlines()
        del unread[:cut]
        return self._read(lines)

    def flush(self) -> str:
        text = self._read([*bytes(self._unread).splitlines(), b""])
        if self._failure is not None and not text:
            raise self._failure
        return text

    def _read(self, lines: list[bytes]) -> str:
        texts: list[str] = []
        try:
            texts.extend(map(self._read_line, lines))
        except ResponseError as failure:
            # Raised by `flush`, so that the text before it is delivered.
            self._failure = failure
            self.complete = True
        return "".join(texts)

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
            raise ResponseError(f"the service sent an error: {error_text(data) or data}")
        if data == "[DONE]":
            self.complete = True
            return ""
        payload = _parse_object(data)
        text = answer_text(payload)
        if text is not None:
            return text
        # An event may hold only a role or the usage.
        return "" if "choices" in payload else data


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
        text = payload if isinstance(payload, str) else answer_text(_object(payload))
        if text is None:
            raise ResponseError("the JSON answer contains no text")
        return text

    def pending(self) -> str:
        return b"".join(self._parts).decode("utf-8", "ignore")


def _parse_object(text: str) -> Mapping[str, object]:
    try:
        return _object(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _object(value: object) -> Mapping[str, object]:
    """Return the value if it is a JSON object, or an empty object."""
    return cast(dict[str, object], value) if isinstance(value, dict) else {}


def answer_text(payload: Mapping[str, object]) -> str | None:
    """Return the text of an answer that is a JSON object, or None if there is none.

    Where this service would put it is unknown; other services use these places.

    Raises:
        ResponseError: the object describes an error.
    """
    if payload.get("error"):
        raise ResponseError(f"the service sent an error: {_error_text(payload) or 'no details'}")
    choices = payload.get("choices")
    listed = cast(list[object], choices) if isinstance(choices, list) else []
    choice = _object(listed[0] if listed else None)
    candidates = (
        *(payload.get(name) for name in ("answer", "content", "text", "response")),
        _object(choice.get("delta", choice.get("message"))).get("content"),
        choice.get("text"),
    )
    for text in candidates:
        if isinstance(text, str):
            return text
    if message := _error_text(payload):
        raise ResponseError(f"the service sent an error: {message}")
    return None


def error_text(body: str) -> str:
    """Return the error message in a JSON body, or "" if there is none."""
    return _error_text(_parse_object(body))


def _error_text(payload: Mapping[str, object]) -> str:
    error = payload.get("error")
    candidates = (
        payload.get("message"),
        _object(error).get("message"),
        error,
        payload.get("msg"),
        payload.get("detail"),
    )
    return next((text for text in candidates if isinstance(text, str) and text), "")
