"""The async client."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Coroutine
from typing import Self, Unpack

from magickpen.aio.conversation import AsyncConversation
from magickpen.aio.driver import AsyncDriver
from magickpen.aio.stream import AsyncStream
from magickpen.core.discovery import Discovery
from magickpen.core.messages import Messages
from magickpen.core.reply import Reply
from magickpen.core.settings import CallOptions
from magickpen.core.signing import ApiCredentials, SiteSecrets
from magickpen.network.async_transport import AsyncHttpClient
from magickpen.provider import OnClassOrClient, ProviderClient, seed_options


async def _credentials_of_class(client: type[AsyncMagickPen]) -> ApiCredentials:
    async with client.for_class() as pen:
        return await pen.fetch_api_credentials()


class AsyncMagickPen(ProviderClient[AsyncHttpClient, AsyncDriver, AsyncStream, AsyncConversation]):
    """The async client of MagickPen, on asyncio or trio; tasks may share it.

    Example:
        async with AsyncMagickPen() as pen:
            print(await pen.ask("Name three rivers."))
    """

    _driver_class = AsyncDriver
    _stream_class = AsyncStream
    _conversation_class = AsyncConversation

    async def ask(
        self, messages: Messages, *, system: str | None = None, **options: Unpack[CallOptions]
    ) -> Reply:
        """Ask a question and return the whole answer.

        Args:
            messages: a prompt, or the messages of a conversation, each `{"role": …, "content": …}`
                or a `Message`; the roles are system, user and assistant.
            system: an instruction that stands before them.
            **options: what differs from the client's settings in this call: `model`, `endpoint`,
                `timeout` and `deadline` (seconds), `turnstile_token`.

        Raises:
            ConfigurationError: an argument is wrong; nothing was sent.
            CredentialsError: the site does not show the credentials any more.
            APIConnectionError: no connection, or it broke before the answer began.
            APIStatusError: the service refused; a RateLimitError tells when to come back.
            ChallengeError: a challenge or another page came in the place of an answer.
            ResponseError: what came cannot be an answer.
            StreamInterruptedError: the answer broke off; `.partial` holds what had come.
        """
        return await self.stream(messages, system=system, **options).reply()

    async def discover(self) -> Discovery:
        """Read the site, and return its constants and where they were found.

        The client uses them from then on (docs/protocol.md, section 2).

        Raises:
            CredentialsError: the site does not tell them; says where it looked.
            MagickPenError: the site could not be read.
        """
        return await self._driver.run(self._session.discovery(self._context()))

    async def fetch_secrets(self) -> SiteSecrets:
        """Return the site's constants, which `secrets=` of a client takes.

        They are looked up unless the client knows them (docs/protocol.md, section 2).

        Raises:
            CredentialsError: the site does not show them.
            APIConnectionError: the site could not be read.
        """
        known = await self._driver.run(self._session.secrets(self._context()))
        return known.secrets

    async def _fetch_credentials(self) -> ApiCredentials:
        """Return what signs one request: the site's constants, and a signature made now.

        Can be called on a client, which uses its settings, and on the class.

        Raises:
            CredentialsError: the site does not show the constants.
            APIConnectionError: the site could not be read.
        """
        return self._sign(await self.fetch_secrets())

    fetch_api_credentials: OnClassOrClient[
        AsyncMagickPen, Coroutine[None, None, ApiCredentials]
    ] = OnClassOrClient(_fetch_credentials, _credentials_of_class)

    @classmethod
    async def create_async_generator(
        cls, model: str, messages: Messages, proxy: str | None = None, **kwargs: object
    ) -> AsyncGenerator[str, None]:
        """Yield the answer to `messages` as it is written, with a client of its own.

        Args:
            model: the name of the model; "" for the default one.
            messages: as for `ask`.
            proxy: the URL of a proxy.
            **kwargs: arguments of the constructor and of `ask`; others are left out.

        Raises:
            MagickPenError: as for `ask`.
        """
        options = seed_options(model, proxy, kwargs)
        async with (
            cls.for_class(**options.client) as pen,
            pen.stream(messages, system=options.system) as stream,
        ):
            async for chunk in stream:
                yield chunk

    async def aclose(self) -> None:
        """Close the connections; a client from `with_options` leaves them to the first one."""
        if not self._derived:
            await self._driver.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
