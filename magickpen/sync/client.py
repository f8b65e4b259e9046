"""The blocking client."""

from __future__ import annotations

from collections.abc import Generator
from typing import Self, Unpack

from magickpen.core.discovery import Discovery
from magickpen.core.messages import Messages
from magickpen.core.reply import Reply
from magickpen.core.settings import CallOptions
from magickpen.core.signing import ApiCredentials, SiteSecrets
from magickpen.network.transport import HttpClient
from magickpen.provider import OnClassOrClient, ProviderClient, seed_options
from magickpen.sync.conversation import Conversation
from magickpen.sync.driver import Driver
from magickpen.sync.stream import Stream


def _credentials_of_class(client: type[MagickPen]) -> ApiCredentials:
    with client.for_class() as pen:
        return pen.fetch_api_credentials()


class MagickPen(ProviderClient[HttpClient, Driver, Stream, Conversation]):
    """The blocking client of MagickPen; threads may share it.

    Example:
        with MagickPen() as pen:
            print(pen.ask("Name three rivers."))
    """

    _driver_class = Driver
    _stream_class = Stream
    _conversation_class = Conversation

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

    def _fetch_credentials(self) -> ApiCredentials:
        """Return what signs one request: the site's constants, and a signature made now.

        Can be called on a client, which uses its settings, and on the class.

        Raises:
            CredentialsError: the site does not show the constants.
            APIConnectionError: the site could not be read.
        """
        return self._sign(self.fetch_secrets())

    fetch_api_credentials: OnClassOrClient[MagickPen, ApiCredentials] = OnClassOrClient(
        _fetch_credentials, _credentials_of_class
    )

    @classmethod
    def create_generator(
        cls, model: str, messages: Messages, proxy: str | None = None, **kwargs: object
    ) -> Generator[str, None, None]:
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
        with (
            cls.for_class(**options.client) as pen,
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
