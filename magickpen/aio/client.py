"""The async client."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from typing import Self, Unpack

from magickpen.aio.conversation import AsyncConversation
from magickpen.aio.driver import AsyncDriver
from magickpen.aio.stream import AsyncStream
from magickpen.base import credentials_from
from magickpen.base_conversation import saved_messages
from magickpen.core.call import Call
from magickpen.core.discovery import Discovery
from magickpen.core.messages import Messages
from magickpen.core.reply import Reply
from magickpen.core.signing import ApiCredentials, SiteSecrets
from magickpen.network.async_transport import AsyncHttpClient
from magickpen.network.proxy import Route
from magickpen.options import CallOptions
from magickpen.provider import OnClassOrClient, ProviderClient, client_for, seed_options


class AsyncMagickPen(ProviderClient[AsyncHttpClient, AsyncStream]):
    """The async client of MagickPen, on asyncio or trio; tasks may share it.

    Example:
        async with AsyncMagickPen() as pen:
            print(await pen.ask("Name three rivers."))
    """

    def _make_driver(self, http_client: AsyncHttpClient | None, route: Route) -> None:
        self._driver = AsyncDriver(http_client, route)

    def _is_closed(self) -> bool:
        return self._driver.closed

    def _stream_of(self, call: Call) -> AsyncStream:
        return AsyncStream(self._driver, call)

    def conversation(
        self, *, system: str | None = None, messages: Messages = ()
    ) -> AsyncConversation:
        """Begin a conversation, which sends each question with the messages before it.

        Args:
            system: an instruction to put before the messages.
            messages: earlier messages to begin with, as for `ask`.

        Raises:
            ConfigurationError: an argument is wrong.
        """
        return AsyncConversation(self._open_stream, messages, system)

    def load_conversation(self, path: str | os.PathLike[str]) -> AsyncConversation:
        """Return the conversation that its `save` has written to a file.

        Raises:
            ConfigurationError: the file holds no conversation.
            OSError: it cannot be read.
        """
        return self.conversation(messages=saved_messages(path))

    async def ask(
        self, messages: Messages, *, system: str | None = None, **options: Unpack[CallOptions]
    ) -> Reply:
        """Ask a question and return the complete answer.

        Args:
            messages: a prompt, or the messages of a conversation, each `{"role": …, "content": …}`
                or a `Message`; the roles are system, user and assistant.
            system: an instruction to put before the messages.
            **options: the options of `CallOptions` to change in this call: `model`, `endpoint`,
                `timeout` and `deadline` (in seconds), `stop`, `turnstile_token`.

        Raises:
            ConfigurationError: an argument is wrong; nothing was sent.
            CredentialsError: the secrets of the site were not found.
            APIConnectionError: no connection, or it broke before the answer began.
            APIStatusError: the service refused; see `retry_after` of a `RateLimitError`.
            ChallengeError: the service sent a challenge or another page instead of an answer.
            ResponseError: the answer is invalid.
            StreamInterruptedError: the answer broke off; `.partial` holds the text received.
        """
        return await self.stream(messages, system=system, **options).reply()

    async def discover(self) -> Discovery:
        """Read the site, and return its secrets and where they were found.

        The client uses them from then on (docs/protocol.md, section 2).

        Raises:
            CredentialsError: they were not found; the error lists what was read.
            MagickPenError: the site could not be read.
        """
        return await self._driver.run(self._session.discovery(self._context()))

    async def fetch_secrets(self) -> SiteSecrets:
        """Return the secrets of the site, which `secrets=` of a client takes.

        They are looked up unless the client knows them (docs/protocol.md, section 2).

        Raises:
            CredentialsError: they were not found.
            APIConnectionError: the site could not be read.
        """
        known = await self._driver.run(self._session.secrets(self._context()))
        return known.secrets

    @OnClassOrClient
    async def fetch_api_credentials(self: AsyncMagickPen | type[AsyncMagickPen]) -> ApiCredentials:
        """Return the credentials of one request: the secrets of the site, and a new signature.

        It can be called on the class, with the default options.

        Raises:
            CredentialsError: the secrets of the site were not found.
            APIConnectionError: the site could not be read.
        """
        async with client_for(self, {}) as pen:
            return credentials_from(await pen.fetch_secrets())

    @OnClassOrClient
    async def create_async_generator(
        self: AsyncMagickPen | type[AsyncMagickPen],
        /,
        model: str,
        messages: Messages,
        proxy: str | None = None,
        **kwargs: object,
    ) -> AsyncGenerator[str, None]:
        """Yield the pieces of the answer to `messages` as they arrive.

        It can be called on a client, with its options and connections, or on the class.

        Args:
            model: the name of the model; "" for the default one.
            messages: as for `ask`.
            proxy: the URL of a proxy; only on the class.
            **kwargs: `system`, and arguments of the constructor or, on a client, of
                `with_options`. Others are ignored.

        Raises:
            MagickPenError: as for `ask`.
        """
        options = seed_options(model, proxy, kwargs)
        async with (
            client_for(self, options.client) as pen,
            pen.stream(messages, system=options.system) as stream,
        ):
            async for chunk in stream:
                yield chunk

    async def aclose(self) -> None:
        """Close the connections, unless this client comes from `with_options`."""
        if not self._derived:
            await self._driver.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
