"""The formats of OpenAI's API: what a client asks for, and how it expects the answer.

`ChatCompletion` is that of `POST /v1/chat/completions`, `ModelResponse` that of `POST
/v1/responses`. The service does not count tokens, so their numbers are estimated at four characters
a token.

Source: https://platform.openai.com/docs/api-reference
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

from magickpen import AsyncMagickPen, ConfigurationError, MagickPenError, Messages, RateLimitError

MODELS = (*AsyncMagickPen.models, "magickpen")
"""The names under which the model can be asked for."""

CHARACTERS_PER_TOKEN = 4

_TOOLS = dict.fromkeys(("function_call", "functions", "tool_choice", "tools"), "tools")

Body: TypeAlias = Mapping[str, object]


class RefusedError(Exception):
    """A request that is refused.

    Args:
        message: why.
        status: the HTTP status.
        code: OpenAI's code of the error.
        param: the parameter that is wrong.
    """

    def __init__(
        self, message: str, *, status: int = 400, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status: int = status
        self.body: dict[str, object] = _error(message, "invalid_request_error", code, param)


class ChatCompletion:
    """An answer of `POST /v1/chat/completions`.

    Args:
        body: the body of the request.

    Attributes:
        messages: the messages to send.
        system: an instruction, or None.
        stop: the texts that end the answer.
        streams: whether the client wants it streamed.

    Raises:
        RefusedError: the service cannot do what it asks for.
    """

    def __init__(self, body: Body) -> None:
        _refuse(body, {**_TOOLS, "audio": "audio", "web_search_options": "tools"})
        if body.get("n") not in (None, 1):
            raise _unsupported("MagickPen gives one answer.", "n")
        if _mapping(body, "response_format").get("type", "text") != "text":
            raise _unsupported("MagickPen has no structured output.", "response_format")
        self.model: str = _model_in(body)
        self.messages: Messages = _needed(body, "messages")
        self.system: str | None = None
        self.stop: str | Sequence[str] | None = cast("str | None", body.get("stop"))
        self.streams: bool = body.get("stream") is True
        self._wants_usage = _mapping(body, "stream_options").get("include_usage") is True
        self._about: dict[str, object] = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": self.model,
        }

    def whole(self, text: str) -> dict[str, object]:
        """Return the body of an answer that is not streamed."""
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {
            **self._about,
            "object": "chat.completion",
            "choices": [choice],
            "usage": self._usage(text),
        }

    def begin(self) -> str:
        """Return the events before the text."""
        return self._chunk({"role": "assistant", "content": ""})

    def piece(self, text: str) -> str:
        """Return the event of a piece of the text."""
        return self._chunk({"content": text})

    def end(self, text: str) -> str:
        """Return the events after the text, which is given as a whole."""
        events = self._chunk({}, finish="stop")
        if self._wants_usage:
            usage: Body = {"choices": [], "usage": self._usage(text)}
            events += _event({**self._about, "object": "chat.completion.chunk", **usage})
        return events + "data: [DONE]\n\n"

    def fail(self, error: MagickPenError) -> str:
        """Return the event of an error that ends the text."""
        return _event(error_body(error))

    def _chunk(self, delta: dict[str, str], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _event({**self._about, "object": "chat.completion.chunk", "choices": [choice]})

    def _usage(self, text: str) -> dict[str, object]:
        asked, answered = _tokens(self.messages), _tokens(text)
        return {
            "prompt_tokens": asked,
            "completion_tokens": answered,
            "total_tokens": asked + answered,
        }


class ModelResponse:
    """An answer of `POST /v1/responses`.

    Args:
        body: the body of the request.

    Attributes:
        messages: the messages to send.
        system: an instruction, or None.
        stop: the texts that end the answer.
        streams: whether the client wants it streamed.

    Raises:
        RefusedError: the service cannot do what it asks for.
    """

    def __init__(self, body: Body) -> None:
        kept = dict.fromkeys(("background", "conversation", "previous_response_id"), "memory")
        _refuse(body, {**_TOOLS, **kept, "prompt": "stored prompts"})
        if _mapping(_mapping(body, "text"), "format").get("type", "text") != "text":
            raise _unsupported("MagickPen has no structured output.", "text")
        self.model: str = _model_in(body)
        self.messages: Messages = _needed(body, "input")
        self.system: str | None = cast("str | None", body.get("instructions"))
        self.stop: str | Sequence[str] | None = None
        self.streams: bool = body.get("stream") is True
        self._id = f"resp_{uuid.uuid4().hex}"
        self._created = int(time.time())
        self._place: dict[str, object] = {
            "item_id": f"msg_{uuid.uuid4().hex}",
            "output_index": 0,
            "content_index": 0,
        }
        self._events = 0

    def whole(self, text: str) -> dict[str, object]:
        """Return the body of an answer that is not streamed."""
        asked, answered = _tokens([self.messages, self.system]), _tokens(text)
        usage = {
            "input_tokens": asked,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": answered,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": asked + answered,
        }
        return {**self._response("completed"), "output": [self._message(text)], "usage": usage}

    def begin(self) -> str:
        """Return the events before the text."""
        begun = {"response": self._response("in_progress")}
        return (
            self._event("response.created", begun)
            + self._event("response.in_progress", begun)
            + self._event(
                "response.output_item.added", {"output_index": 0, "item": self._message(None)}
            )
            + self._event("response.content_part.added", {**self._place, "part": _part("")})
        )

    def piece(self, text: str) -> str:
        """Return the event of a piece of the text."""
        delta: Body = {**self._place, "delta": text, "logprobs": []}
        return self._event("response.output_text.delta", delta)

    def end(self, text: str) -> str:
        """Return the events after the text, which is given as a whole."""
        done: Body = {**self._place, "text": text, "logprobs": []}
        return (
            self._event("response.output_text.done", done)
            + self._event("response.content_part.done", {**self._place, "part": _part(text)})
            + self._event(
                "response.output_item.done", {"output_index": 0, "item": self._message(text)}
            )
            + self._event("response.completed", {"response": self.whole(text)})
        )

    def fail(self, error: MagickPenError) -> str:
        """Return the event of an error that ends the text."""
        told = {"code": error.code, "message": error.message, "param": None}
        return self._event("error", {**told, **error_body(error)})

    def _event(self, kind: str, value: Body) -> str:
        event = {"type": kind, "sequence_number": self._events, **value}
        self._events += 1
        return f"event: {kind}\n{_event(event)}"

    def _response(self, status: str) -> dict[str, object]:
        return {
            "id": self._id,
            "object": "response",
            "created_at": self._created,
            "status": status,
            "model": self.model,
            "output": [],
            "instructions": self.system,
            "error": None,
            "incomplete_details": None,
            "metadata": {},
            "parallel_tool_calls": False,
            "tool_choice": "none",
            "tools": [],
            "temperature": None,
            "top_p": None,
        }

    def _message(self, text: str | None) -> dict[str, object]:
        return {
            "id": self._place["item_id"],
            "type": "message",
            "role": "assistant",
            "status": "in_progress" if text is None else "completed",
            "content": [] if text is None else [_part(text)],
        }


Answer: TypeAlias = ChatCompletion | ModelResponse


def error_body(error: MagickPenError) -> dict[str, object]:
    """Return an error of the client as OpenAI's clients expect it."""
    kind = "api_error"
    if isinstance(error, ConfigurationError):
        kind = "invalid_request_error"
    elif isinstance(error, RateLimitError):
        kind = "rate_limit_error"
    return _error(error.message, kind, error.code, None)


def check_model(name: str) -> None:
    """Raise `RefusedError` if there is no model of that name."""
    if name not in MODELS:
        message = f"There is no model {name[:60]!r}; there is {' or '.join(MODELS)}."
        raise RefusedError(message, status=404, code="model_not_found", param="model")


def _error(message: str, kind: str, code: str | None, param: str | None) -> dict[str, object]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _unsupported(message: str, param: str) -> RefusedError:
    return RefusedError(message, code="unsupported_parameter", param=param)


def _refuse(body: Body, unsupported: Mapping[str, str]) -> None:
    for name, what in unsupported.items():
        if body.get(name) not in (None, False, [], "none", "auto"):
            raise _unsupported(f"MagickPen has no {what}.", name)


def _model_in(body: Body) -> str:
    model = body.get("model")
    if not isinstance(model, str):
        raise RefusedError("The model must be a string.", param="model")
    check_model(model)
    return model


def _needed(body: Body, name: str) -> Messages:
    if body.get(name) is None:
        raise RefusedError(f"The parameter {name!r} is missing.", param=name)
    return cast("Messages", body[name])


def _mapping(body: Body, name: str) -> Body:
    value = body.get(name)
    return cast("Body", value) if isinstance(value, dict) else {}


def _part(text: str) -> dict[str, object]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _tokens(value: object) -> int:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return len(text) // CHARACTERS_PER_TOKEN + 1


def _event(value: Body) -> str:
    return f"data: {json.dumps(value)}\n\n"
