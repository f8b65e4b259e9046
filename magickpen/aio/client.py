"""The async client."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterable
from typing import Self, Unpack

from magickpen.aio.batch import AsyncBatch
from magickpen.aio.conversation import AsyncConversation
from magickpen.aio.driver import AsyncDriver
from magickpen.aio.stream import AsyncStream
from magickpen.base import RUNTIME, credentials_from
from magickpen.base_conversation import saved_messages
from magickpen.core.batch import BatchPrompt, Plan
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

    def batch(
        self,
        prompts: Iterable[BatchPrompt],
        *,
        concurrency: int = 1,
        system: str | None = None,
        wait_for_rate_limit: bool = True,
        **options: Unpack[CallOptions],
    ) -> AsyncBatch:
        """Ask many questions, and return what yields a `BatchResult` for each, as it is answered.

        An error is a result, too. When the service limits the rate, the batch waits until it says,
        or a minute, then twice as long each time up to an hour; so it does, for shorter times, when
        the network is gone after an answer has come.

        Args:
            prompts: prompts or messages, as for `ask`, or `{"id": …, "prompt": …}` or
                `{"id": …, "messages": …}`, which may have a "system". They are taken one by one.
            concurrency: how many questions are asked at a time. Before results are taken, no more
                than this many are asked.
            system: an instruction for the questions that have none.
            wait_for_rate_limit: whether to wait; otherwise, a rate limit is a result.
            **options: the options of `CallOptions` for all questions.

        Raises:
            ConfigurationError: an argument is wrong. A wrong prompt is a result.
        """
        plan = Plan(
            prompts,
            concurrency=concurrency,
            system=system,
            wait_for_rate_limit=wait_for_rate_limit,
            runtime=RUNTIME,
        )
        return AsyncBatch(self._driver, plan, self.with_options(**options).stream)

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
