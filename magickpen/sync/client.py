"""The blocking client."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from typing import Self, Unpack

from magickpen.base import RUNTIME, credentials_from
from magickpen.base_conversation import saved_messages
from magickpen.core.batch import BatchPrompt, Plan
from magickpen.core.call import Call
from magickpen.core.discovery import Discovery
from magickpen.core.messages import Messages
from magickpen.core.reply import Reply
from magickpen.core.signing import ApiCredentials, SiteSecrets
from magickpen.network.proxy import Route
from magickpen.network.transport import HttpClient
from magickpen.options import CallOptions
from magickpen.provider import OnClassOrClient, ProviderClient, client_for, seed_options
from magickpen.sync.batch import Batch
from magickpen.sync.conversation import Conversation
from magickpen.sync.driver import Driver
from magickpen.sync.stream import Stream


class MagickPen(ProviderClient[HttpClient, Stream]):
    """The blocking client of MagickPen; threads may share it.

    Example:
        with MagickPen() as pen:
            print(pen.ask("Name three rivers."))
    """

    def _make_driver(self, http_client: HttpClient | None, route: Route) -> None:
        self._driver = Driver(http_client, route)

    def _is_closed(self) -> bool:
        return self._driver.closed

    def _stream_of(self, call: Call) -> Stream:
        return Stream(self._driver, call)

    def conversation(self, *, system: str | None = None, messages: Messages = ()) -> Conversation:
        """Begin a conversation, which sends each question with the messages before it.

        Args:
            system: an instruction to put before the messages.
            messages: earlier messages to begin with, as for `ask`.

        Raises:
            ConfigurationError: an argument is wrong.
        """
        return Conversation(self._open_stream, messages, system)

    def batch(
        self,
        prompts: Iterable[BatchPrompt],
        *,
        concurrency: int = 1,
        system: str | None = None,
        wait_for_rate_limit: bool = True,
        **options: Unpack[CallOptions],
    ) -> Batch:
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
        return Batch(self._driver, plan, self.with_options(**options).stream)

    def load_conversation(self, path: str | os.PathLike[str]) -> Conversation:
        """Return the conversation that its `save` has written to a file.

        Raises:
            ConfigurationError: the file holds no conversation.
            OSError: it cannot be read.
        """
        return self.conversation(messages=saved_messages(path))

    def ask(
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
        return self.stream(messages, system=system, **options).reply()

    def discover(self) -> Discovery:
        """Read the site, and return its secrets and where they were found.

        The client uses them from then on (docs/protocol.md, section 2).

        Raises:
            CredentialsError: they were not found; the error lists what was read.
            MagickPenError: the site could not be read.
        """
        return self._driver.run(self._session.discovery(self._context()))

    def fetch_secrets(self) -> SiteSecrets:
        """Return the secrets of the site, which `secrets=` of a client takes.

        They are looked up unless the client knows them (docs/protocol.md, section 2).

        Raises:
            CredentialsError: they were not found.
            APIConnectionError: the site could not be read.
        """
        known = self._driver.run(self._session.secrets(self._context()))
        return known.secrets

    @OnClassOrClient
    def fetch_api_credentials(self: MagickPen | type[MagickPen]) -> ApiCredentials:
        """Return the credentials of one request: the secrets of the site, and a new signature.

        It can be called on the class, with the default options.

        Raises:
            CredentialsError: the secrets of the site were not found.
            APIConnectionError: the site could not be read.
        """
        with client_for(self, {}) as pen:
            return credentials_from(pen.fetch_secrets())

    @OnClassOrClient
    def create_generator(
        self: MagickPen | type[MagickPen],
        /,
        model: str,
        messages: Messages,
        proxy: str | None = None,
        **kwargs: object,
    ) -> Generator[str, None, None]:
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
        with (
            client_for(self, options.client) as pen,
            pen.stream(messages, system=options.system) as stream,
        ):
            yield from stream

    def close(self) -> None:
        """Close the connections, unless this client comes from `with_options`."""
        if not self._derived:
            self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
