"""A chat model of LangChain that MagickPen answers.

from magickpen.integrations.langchain import ChatMagickPen

ChatMagickPen().invoke("Name three rivers.")
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

try:
    from langchain_core import exceptions
    from langchain_core.callbacks import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
    from langchain_core.messages.utils import convert_to_openai_messages
    from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
    from pydantic import Field, PrivateAttr
except ImportError as _error:
    raise ImportError(
        "the model needs an extra: pip install 'magickpen[langchain]'", name=_error.name
    ) from _error

import magickpen
from magickpen import AsyncMagickPen, MagickPen, MemoryStore, Reply
from magickpen.integrations.errors import errors_as

_ERRORS: dict[type[magickpen.MagickPenError], type[Exception]] = {
    magickpen.ConfigurationError: exceptions.ModelInvalidRequestError,
    magickpen.BadRequestError: exceptions.ModelInvalidRequestError,
    magickpen.AuthenticationError: exceptions.ModelAuthenticationError,
    magickpen.PermissionDeniedError: exceptions.ModelPermissionDeniedError,
    magickpen.RateLimitError: exceptions.ModelRateLimitError,
    magickpen.InternalServerError: exceptions.ModelAPIError,
    magickpen.APITimeoutError: exceptions.ModelTimeoutError,
    magickpen.APIConnectionError: exceptions.ModelConnectionError,
    magickpen.MagickPenError: exceptions.ModelError,
}

_SETTINGS = ("base_url", "api_url", "endpoint", "timeout", "deadline", "max_retries", "proxy")

_UNSUPPORTED = ("tools", "tool_choice", "functions", "response_format")


class ChatMagickPen(BaseChatModel):
    """A chat model that MagickPen answers.

    Its blocking and async methods share what is known of the site. Failures are raised as errors of
    `langchain_core.exceptions`; the error of this package is their `__cause__`.

    Attributes:
        model: the name of the model.
        base_url: the URL of the site; None for the default.
        api_url: the URL of the API; None for the default.
        endpoint: "ask" or "chat"; None for the default.
        timeout: seconds to wait for the next bytes; None for the default.
        deadline: seconds that a call may take; None for the default.
        max_retries: how many times a failed request is retried; None for the default.
        proxy: the URL of a proxy.
        stop: texts that end an answer.
    """

    model: str = Field(default=MagickPen.default_model)
    base_url: str | None = None
    api_url: str | None = None
    endpoint: str | None = None
    timeout: float | None = None
    deadline: float | None = None
    max_retries: int | None = None
    proxy: str | None = Field(default=None, repr=False)
    stop: list[str] | None = None

    _pen: MagickPen = PrivateAttr()
    _async_pen: AsyncMagickPen = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Make the clients, which open no connection yet."""
        super().model_post_init(context)
        settings: dict[str, Any] = {name: getattr(self, name) for name in _SETTINGS}
        store = MemoryStore()
        self._pen = MagickPen(model=self.model, secrets_store=store, **settings)
        self._async_pen = AsyncMagickPen(model=self.model, secrets_store=store, **settings)

    @property
    def _llm_type(self) -> str:
        return "magickpen"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model, "endpoint": self.endpoint, "stop": self.stop}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        _refuse(kwargs)
        with errors_as(_ERRORS):
            return _result(self._pen.ask(_dicts(messages), stop=stop or self.stop))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        _refuse(kwargs)
        with errors_as(_ERRORS):
            return _result(await self._async_pen.ask(_dicts(messages), stop=stop or self.stop))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        _refuse(kwargs)
        with (
            errors_as(_ERRORS),
            self._pen.stream(_dicts(messages), stop=stop or self.stop) as stream,
        ):
            for text in stream:
                chunk = _chunk(text)
                if run_manager is not None:
                    run_manager.on_llm_new_token(text, chunk=chunk)
                yield chunk
            yield _last_chunk(stream.reply())

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        _refuse(kwargs)
        with errors_as(_ERRORS):
            stream = self._async_pen.stream(_dicts(messages), stop=stop or self.stop)
            async with stream:
                async for text in stream:
                    chunk = _chunk(text)
                    if run_manager is not None:
                        await run_manager.on_llm_new_token(text, chunk=chunk)
                    yield chunk
                yield _last_chunk(await stream.reply())


def _dicts(messages: list[BaseMessage]) -> list[dict[str, object]]:
    given: Any = convert_to_openai_messages(messages)
    return list(given)


def _refuse(options: dict[str, Any]) -> None:
    for name in _UNSUPPORTED:
        if options.get(name):
            raise exceptions.ModelInvalidRequestError(f"MagickPen gives text alone, and no {name}")


def _result(reply: Reply) -> ChatResult:
    message = AIMessage(content=reply.text, response_metadata=_about(reply))
    return ChatResult(generations=[ChatGeneration(message=message)])


def _chunk(text: str) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content=text))


def _last_chunk(reply: Reply) -> ChatGenerationChunk:
    message = AIMessageChunk(content="", response_metadata=_about(reply), chunk_position="last")
    return ChatGenerationChunk(message=message)


def _about(reply: Reply) -> dict[str, Any]:
    return {
        "model_name": reply.model,
        "model_provider": "magickpen",
        "finish_reason": "stop",
        "endpoint": reply.endpoint,
        "attempts": reply.attempts,
    }
