"""The two endpoints: their paths, bodies and headers (docs/protocol.md, section 4)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from magickpen.core.messages import Message, render_prompt

Body: TypeAlias = Mapping[str, object]


class Endpoint(NamedTuple):
    """An endpoint of the service."""

    path: str
    body: Callable[[tuple[Message, ...], str], Body]
    """Makes the body from the messages and the Turnstile token, which may be ""."""


def _ask_body(messages: tuple[Message, ...], turnstile_token: str) -> Body:
    return {
        "query": render_prompt(messages),
        "turnstileResponse": turnstile_token,
        "action": "verify",
    }


def _chat_body(messages: tuple[Message, ...], _turnstile_token: str) -> Body:
    return {"history": [{"role": m.role, "content": m.content} for m in messages]}


ENDPOINTS: dict[str, Endpoint] = {
    "ask": Endpoint("/ask", _ask_body),
    "chat": Endpoint("/chat/free", _chat_body),
}


def encode_body(body: Body) -> bytes:
    """Encode a body as `JSON.stringify` does: compact, in UTF-8, with lone surrogates escaped."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    # For a lone surrogate, `backslashreplace` gives the escape of JSON.
    return text.encode("utf-8", "backslashreplace")


def query_headers(base_url: str) -> dict[str, str]:
    """Return the headers that the front-end at `base_url` sends besides the credentials."""
    parts = urlsplit(base_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return {
        "accept": "application/json, text/plain, */*",
        "accept-language": "en-US,en;q=0.9",
        "content-type": "application/json",
        "origin": origin,
        "referer": f"{origin}/",
    }


def page_headers() -> dict[str, str]:
    """Return the headers for requests for the site's pages and scripts."""
    return {"accept": "*/*", "accept-language": "en-US,en;q=0.9"}
