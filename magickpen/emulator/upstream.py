"""Answers of another server, which speaks OpenAI's protocol: Ollama, vLLM, llama.cpp."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

_TIMEOUT = httpx.Timeout(600.0, connect=10.0)


class UpstreamError(Exception):
    """The other server does not answer as expected."""


class Upstream:
    """The other server.

    Args:
        url: its base URL, such as `http://127.0.0.1:11434/v1`.
        model: the name of the model; None for the first one that it lists.
    """

    def __init__(self, url: str, model: str | None) -> None:
        self._url = url.rstrip("/")
        self._model = model

    async def answer(self, messages: list[dict[str, str]]) -> AsyncIterator[bytes]:
        """Yield the pieces of the answer to the messages.

        Raises:
            UpstreamError: it cannot be reached, refuses, or says something else.
        """
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
                model = self._model or await self._first_model(client)
                question = {"model": model, "messages": messages, "stream": True}
                url = f"{self._url}/chat/completions"
                async with client.stream("POST", url, json=question) as response:
                    response.raise_for_status()
                    async for line in response.aiter_lines():
                        if text := _text_in(line):
                            yield text.encode("utf-8", "replace")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UpstreamError(f"{self._url}: {error or type(error).__name__}") from error
        except (ValueError, LookupError, TypeError) as error:
            raise UpstreamError(f"{self._url} does not speak OpenAI's protocol") from error

    async def _first_model(self, client: httpx.AsyncClient) -> str:
        response = await client.get(f"{self._url}/models")
        response.raise_for_status()
        return str(response.json()["data"][0]["id"])


def _text_in(line: str) -> str:
    """Return the text in a line of the stream, or ""."""
    name, _, data = line.partition(":")
    if name != "data" or data.strip() in ("", "[DONE]"):
        return ""
    event: dict[str, Any] = json.loads(data)
    if "error" in event:
        raise UpstreamError(f"it says {json.dumps(event['error'])[:200]}")
    choices = event["choices"]
    text = choices[0]["delta"].get("content") if choices else None
    if not isinstance(text, str | None):
        raise TypeError("the content is no text")
    return text or ""
