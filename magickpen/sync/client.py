"""The blocking client."""

from __future__ import annotations

from collections.abc import Generator
from typing import Self, Unpack

from magickpen.base import credentials_from
from magickpen.core.call import Call
from magickpen.core.discovery import Discovery
from magickpen.core.messages import Messages
from magickpen.core.reply import Reply
from magickpen.core.signing import ApiCredentials, SiteSecrets
from magickpen.network.transport import HttpClient
from magickpen.options import CallOptions
from magickpen.provider import OnClassOrClient, ProviderClient, client_for, seed_options
from magickpen.sync.conversation import Conversation
from magickpen.sync.driver import Driver
from magickpen.sync.stream import Stream


class MagickPen(ProviderClient[HttpClient, Stream]):
    """The blocking client of MagickPen; threads may share it.

    Example:
        with MagickPen() as pen:
            print(pen.ask("Name three rivers."))
    """

    def _make_driver(self, http_client: HttpClient | None, proxy: str | None) -> None:
        self._driver = Driver(http_client, proxy)

    def _stream_of(self, call: Call) -> Stream:
        return Stream(self._driver, call)

    def conversation(self, *, system: str | None = None) -> Conversation:
        """Begin a conversation, in which each question is asked with what was said before.

        Args:
            system: an instruction that stands before it.
        """
        return Conversation(self._open_stream, system)

    def ask(
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
        return self.stream(messages, system=system, **options).reply()

    def discover(self) -> Discovery:
        """Read the site, and return its constants and where they were found.

        The client uses them from then on (docs/protocol.md, section 2).

        Raises:
            CredentialsError: the site does not tell them; says where it looked.
            MagickPenError: the site could not be read.
        """
        return self._driver.run(self._session.discovery(self._context()))

    def fetch_secrets(self) -> SiteSecrets:
        """Return the site's constants, which `secrets=` of a client takes.

        They are looked up unless the client knows them (docs/protocol.md, section 2).

        Raises:
            CredentialsError: the site does not show them.
            APIConnectionError: the site could not be read.
        """
        known = self._driver.run(self._session.secrets(self._context()))
        return known.secrets

    @OnClassOrClient
    def fetch_api_credentials(self: MagickPen | type[MagickPen]) -> ApiCredentials:
        """Return what signs one request: the site's constants, and a signature made now.

        On the class, a client with the default settings is used.

        Raises:
            CredentialsError: the site does not show the constants.
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
        """Yield the answer to `messages` as it is written.

        On the class, a client is made for it; on a client, its settings and connections are used.

        Args:
            model: the name of the model; "" for the default one.
            messages: as for `ask`.
            proxy: the URL of a proxy; on the class alone.
            **kwargs: `system`, and arguments of the constructor; on a client, those of
                `with_options`. Others are left out.

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
        """Close the connections; a client from `with_options` leaves them to the first one."""
        if not self._derived:
            self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
