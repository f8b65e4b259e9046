"""A provider of g4f that MagickPen answers.

from g4f.client import Client
from magickpen.integrations.g4f import MagickPen

client = Client(provider=MagickPen)
client.chat.completions.create("Name three rivers.")
"""

# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, closing
from typing import TYPE_CHECKING

try:
    from g4f import errors

    if TYPE_CHECKING:
        # g4f has no types, so these stand for its classes.
        class AsyncGeneratorProvider: ...

        class ProviderModelMixin:
            @classmethod
            def get_model(cls, model: str) -> str: ...

    else:
        from g4f.Provider.base_provider import AsyncGeneratorProvider, ProviderModelMixin
except ImportError as _error:
    raise ImportError(
        "the provider needs an extra: pip install 'magickpen[g4f]'", name=_error.name
    ) from _error

import magickpen
from magickpen import ApiCredentials, AsyncMagickPen, Messages
from magickpen.integrations.errors import errors_as

_ERRORS: dict[type[magickpen.MagickPenError], type[Exception]] = {
    magickpen.ConfigurationError: errors.BadRequestError,
    magickpen.BadRequestError: errors.BadRequestError,
    magickpen.RateLimitError: errors.RateLimitError,
    magickpen.ChallengeError: errors.CloudflareError,
    magickpen.APIStatusError: errors.ResponseStatusError,
    magickpen.APITimeoutError: errors.TimeoutError,
    magickpen.APIConnectionError: errors.ProviderNotWorkingError,
    magickpen.CredentialsError: errors.ProviderNotWorkingError,
    magickpen.MagickPenError: errors.ResponseError,
}

_UNSUPPORTED = ("tools", "media")


class MagickPen(AsyncGeneratorProvider, ProviderModelMixin):
    """The provider. Its methods take the options of the clients of this package by keyword.

    The class remembers the site's secrets.

    Attributes:
        url: the URL of the site.
        api_endpoint: the URL that questions are sent to.
        working: whether the service is known to work.
        supports_stream: whether answers can be streamed.
        supports_system_message: whether messages may have the role system.
        supports_message_history: whether several messages can be passed.
        default_model: the model that is used by default.
        models: the names of the models.
    """

    label: str = "MagickPen"
    url: str = AsyncMagickPen.url
    api_endpoint: str = AsyncMagickPen.api_endpoint
    working: bool = AsyncMagickPen.working
    supports_stream: bool = AsyncMagickPen.supports_stream
    supports_system_message: bool = AsyncMagickPen.supports_system_message
    supports_message_history: bool = AsyncMagickPen.supports_message_history
    default_model: str = AsyncMagickPen.default_model
    models: list[str] = list(AsyncMagickPen.models)  # noqa: RUF012  as in its base class

    @classmethod
    async def fetch_api_credentials(cls) -> ApiCredentials:
        """Return the API secret, a signature, its timestamp and nonce, and the secret.

        Raises:
            g4f.errors.G4FError: the site cannot be reached, or has none of them.
        """
        with errors_as(_ERRORS):
            return await AsyncMagickPen.fetch_api_credentials()

    @classmethod
    async def create_async_generator(
        cls, model: str, messages: Messages, proxy: str | None = None, **kwargs: object
    ) -> AsyncIterator[str]:
        """Yield the pieces of the answer as they arrive.

        Args:
            model: the name of the model; "" for the default.
            messages: the messages of the conversation.
            proxy: the URL of a proxy.
            **kwargs: options of the client and of the call; others have no effect.

        Raises:
            g4f.errors.G4FError: the service, the network or an argument is at fault.
        """
        name = _checked(cls, model, kwargs)
        with errors_as(_ERRORS):
            pieces = AsyncMagickPen.create_async_generator(name, messages, proxy, **kwargs)
            async with aclosing(pieces):
                async for piece in pieces:
                    yield piece

    @classmethod
    def create_completion(
        cls,
        model: str,
        messages: Messages,
        stream: bool = True,  # noqa: ARG003  the pieces are joined by the caller
        proxy: str | None = None,
        **kwargs: object,
    ) -> Iterator[str]:
        """Do the same as `create_async_generator`, blocking."""
        name = _checked(cls, model, kwargs)
        with errors_as(_ERRORS):
            pieces = magickpen.MagickPen.create_generator(name, messages, proxy, **kwargs)
            with closing(pieces):
                yield from pieces


def _checked(provider: type[MagickPen], model: str, options: dict[str, object]) -> str:
    """Return the name of the model.

    Raises:
        g4f.errors.G4FError: there is none of that name, or MagickPen has none of what is asked for.
    """
    for name in _UNSUPPORTED:
        if options.get(name):
            raise errors.BadRequestError(f"MagickPen takes text alone, and no {name}")
    chosen: str = provider.get_model(model)
    if chosen not in provider.models:
        raise errors.ModelNotFoundError(f"MagickPen has no model {model!r}")
    return chosen
