"""MagickPen for `llm`: `llm -m magickpen 'Name three rivers.'`

The secrets of the site are kept where the command `magickpen` keeps them, so a second question is
one request.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any, Literal

try:
    import llm
    from pydantic import Field
except ImportError as _error:
    raise ImportError(
        "the plugin needs an extra: pip install 'magickpen[llm]'", name=_error.name
    ) from _error

from magickpen import AsyncMagickPen, FileStore, MagickPen, MagickPenError
from magickpen.integrations.errors import errors_as

MODEL = "magickpen"

_ERRORS = {MagickPenError: llm.ModelError}


class MagickPenOptions(llm.Model.Options):
    """The options of `llm -o`."""

    endpoint: Literal["ask", "chat"] | None = Field(
        default=None, description="Send one text (ask), or a list of messages (chat)."
    )
    timeout: float | None = Field(default=None, description="Seconds to wait for the next bytes.")
    deadline: float | None = Field(default=None, description="Seconds that all of it may take.")


class MagickPenModel(llm.Model):
    """The blocking model."""

    model_id = MODEL
    can_stream = True
    Options: type[MagickPenOptions] = MagickPenOptions  # pyright: ignore[reportIncompatibleVariableOverride]

    def execute(
        self,
        prompt: llm.Prompt,
        stream: bool,  # noqa: ARG002
        response: llm.Response,  # noqa: ARG002
        conversation: llm.Conversation | None,  # noqa: ARG002
    ) -> Iterator[str]:
        """Yield the pieces of the answer."""
        with (
            errors_as(_ERRORS),
            MagickPen(secrets_store=FileStore.default()) as pen,
            pen.stream(_messages(prompt), **_options(prompt)) as pieces,
        ):
            yield from pieces


class AsyncMagickPenModel(llm.AsyncModel):
    """The async model."""

    model_id = MODEL
    can_stream = True
    Options: type[MagickPenOptions] = MagickPenOptions  # pyright: ignore[reportIncompatibleVariableOverride]

    async def execute(
        self,
        prompt: llm.Prompt,
        stream: bool,  # noqa: ARG002
        response: llm.AsyncResponse,  # noqa: ARG002
        conversation: llm.AsyncConversation | None,  # noqa: ARG002
    ) -> AsyncGenerator[str, None]:
        """Yield the pieces of the answer."""
        with errors_as(_ERRORS):
            async with (
                AsyncMagickPen(secrets_store=FileStore.default()) as pen,
                pen.stream(_messages(prompt), **_options(prompt)) as pieces,
            ):
                async for piece in pieces:
                    yield piece


@llm.hookimpl
def register_models(register: Callable[..., None]) -> None:
    """Register the models with `llm`."""
    register(MagickPenModel(), AsyncMagickPenModel())


def _messages(prompt: llm.Prompt) -> list[dict[str, object]]:
    """Return the messages of a prompt, as the client takes them."""
    return [
        {"role": message.role, "content": [part.to_dict() for part in message.parts]}
        for message in prompt.messages
    ]


def _options(prompt: llm.Prompt) -> dict[str, Any]:
    options: dict[str, Any] = prompt.options.model_dump(exclude_none=True)
    return options
