"""Where JSON has the text of an answer, or of an error (docs/protocol.md, section 5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from magickpen.core.errors import ResponseError
from magickpen.core.pages import shortened


def parse_object(text: str) -> Mapping[str, object] | None:
    """Return the JSON object that a text is, or None."""
    try:
        value: object = json.loads(text) if text.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object] | None", value)


def as_object(value: object) -> Mapping[str, object]:
    """Return the value if it is a JSON object, or an empty object."""
    return cast(dict[str, object], value) if isinstance(value, dict) else {}


def answer_text(payload: Mapping[str, object]) -> str | None:
    """Return the text of an answer that is a JSON object, or None if there is none.

    Where this service would put it is unknown; other services use these places.

    Raises:
        ResponseError: the object describes an error.
    """
    if payload.get("error"):
        raise service_error(_error_text(payload) or "no details")
    choices = payload.get("choices")
    listed = cast(list[object], choices) if isinstance(choices, list) else []
    choice = as_object(listed[0] if listed else None)
    candidates = (
        *(payload.get(name) for name in ("answer", "content", "text", "response")),
        as_object(choice.get("delta", choice.get("message"))).get("content"),
        choice.get("text"),
    )
    for text in candidates:
        if isinstance(text, str):
            return text
    if message := _error_text(payload):
        raise service_error(message)
    return None


def service_error(message: str) -> ResponseError:
    """Return the error for what the service says of itself in an answer."""
    return ResponseError(f"the service sent an error: {shortened(message)}")


def error_text(body: str) -> str:
    """Return the error message in a JSON body, or "" if there is none."""
    return _error_text(parse_object(body) or {})


def _error_text(payload: Mapping[str, object]) -> str:
    error = payload.get("error")
    candidates = (
        payload.get("message"),
        as_object(error).get("message"),
        error,
        payload.get("msg"),
        payload.get("detail"),
    )
    return next((text for text in candidates if isinstance(text, str) and text), "")
