"""What the blocking and the async client share: everything but the I/O."""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Generic, Self, TypeAlias, TypeVar, Unpack

from magickpen.core.call import Call
from magickpen.core.checks import kind_of
from magickpen.core.context import Context
from magickpen.core.discovery import Cache, Discovery
from magickpen.core.discovery_limits import DiscoveryLimits
from magickpen.core.effects import Flow
from magickpen.core.errors import ConfigurationError
from magickpen.core.history import History
from magickpen.core.messages import Message, Messages, parse_messages
from magickpen.core.runtime import Runtime
from magickpen.core.secrets_store import SecretsStore
from magickpen.core.session import Session
from magickpen.core.settings import (
    API_URL,
    DEFAULT_DEADLINE,
    DEFAULT_MAX_REPLY_BYTES,
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    MODELS,
    SITE_URL,
    CallOptions,
    ClientOptions,
    Settings,
    check_options,
    check_proxy_url,
    check_service_url,
)
from magickpen.core.signing import ApiCredentials, SiteSecrets, sign_now
from magickpen.log import log_as_environment_says

HttpClientT = TypeVar("HttpClientT")
DriverT = TypeVar("DriverT")
StreamT = TypeVar("StreamT")
ConversationT = TypeVar("ConversationT")
BodyT = TypeVar("BodyT")

# From the operating system: a forked process has nonces of its own.
RUNTIME = Runtime(time.monotonic, time.time, random.SystemRandom().random)

OpenStream: TypeAlias = Callable[
    [Messages, str | None, CallOptions, Callable[[str], None]], StreamT
]
"""Makes a stream of messages, system, options, and a function that gets the whole answer."""


class BaseClient(Generic[HttpClientT, DriverT, StreamT, ConversationT]):
    """A client of MagickPen, without its I/O."""

    _driver_class: Callable[[HttpClientT | None, str | None], DriverT]
    _stream_class: Callable[[DriverT, Call], StreamT]
    _conversation_class: Callable[[OpenStream[StreamT], str | None], ConversationT]

    def __init__(
        self,
        *,
        base_url: str | None = None,
        api_url: str | None = None,
        model: str = MODELS[0],
        endpoint: str = "ask",
        timeout: float | None = DEFAULT_TIMEOUT,
        deadline: float | None = DEFAULT_DEADLINE,
        max_retries: int = DEFAULT_MAX_RETRIES,
        retry_unanswered: bool = False,
        proxy: str | None = None,
        headers: Mapping[str, str] | None = None,
        turnstile_token: str = "",
        secrets: SiteSecrets | None = None,
        http_client: HttpClientT | None = None,
        max_reply_bytes: int = DEFAULT_MAX_REPLY_BYTES,
        discovery_limits: DiscoveryLimits | None = None,
        secrets_store: SecretsStore | None = None,
    ) -> None:
        """Make a client; nothing is sent, and no connection is opened yet.

        Args:
            base_url: the URL of the site whose front-end holds the credentials; without it,
                `MAGICKPEN_BASE_URL` or https://magickpen.com.
            api_url: the URL of the API; without it, `MAGICKPEN_API_URL` or
                https://api.magickpen.com.
            model: the name of the model; there is one.
            endpoint: "ask", which takes a conversation as one text, or "chat", which takes it as
                messages.
            timeout: patience for the next bytes, in seconds; None for no bound. Connecting has 10
                seconds of its own.
            deadline: seconds that a whole call may take, retries and stream included; None for no
                bound.
            max_retries: how often a failed request is sent again, where that is safe.
            retry_unanswered: whether a question is also sent again that may have reached the
                service, such as after a timeout. It may then count twice against your quota.
            proxy: the URL of a proxy (http, https, socks5 or socks5h); without it,
                `MAGICKPEN_PROXY` or the proxy variables of the environment.
            headers: headers that are sent beside those of the protocol, or in their place.
            turnstile_token: a token of the site's Turnstile widget that you have.
            secrets: the site's constants where you know them, so that the site need not be read.
            http_client: a client of httpx or httpx2 to send requests with; it stays yours to
                close.
            max_reply_bytes: the longest answer that is taken, in bytes.
            discovery_limits: how far the search for the site's constants may go.
            secrets_store: keeps the constants beyond the life of the client, such as a
                `FileStore`.

        Raises:
            ConfigurationError: an argument is of the wrong kind or out of its range.
        """
        log_as_environment_says()
        if secrets is not None and not isinstance(secrets, SiteSecrets):
            raise ConfigurationError(f"secrets must be a SiteSecrets, not {kind_of(secrets)}")
        if secrets_store is not None and not isinstance(secrets_store, SecretsStore):
            raise ConfigurationError(
                f"secrets_store must have the methods load and save, not {kind_of(secrets_store)}"
            )
        if http_client is not None and proxy is not None:
            raise ConfigurationError("proxy has no effect beside http_client; give it to that one")
        settings = Settings(
            base_url=_url(base_url, "MAGICKPEN_BASE_URL", SITE_URL),
            api_url=_url(api_url, "MAGICKPEN_API_URL", API_URL),
            model=model,
            endpoint=endpoint,
            timeout=math.inf if timeout is None else timeout,
            deadline=math.inf if deadline is None else deadline,
            max_retries=max_retries,
            retry_unanswered=retry_unanswered,
            headers={} if headers is None else headers,
            turnstile_token=turnstile_token,
            max_reply_bytes=max_reply_bytes,
            discovery_limits=discovery_limits or DiscoveryLimits(),
        )
        proxy = _proxy_url(proxy) if http_client is None else None
        self._set_up(settings, proxy, secrets, secrets_store, http_client)

    def _set_up(
        self,
        settings: Settings,
        proxy: str | None,
        secrets: SiteSecrets | None,
        secrets_store: SecretsStore | None,
        http_client: HttpClientT | None,
    ) -> None:
        self._settings = settings
        self._proxy = proxy
        self._secrets = secrets
        self._secrets_store = secrets_store
        self._http_client = http_client
        self._driver = self._driver_class(http_client, proxy)
        self._session = Session(_discover, secrets, secrets_store)
        self._derived = False

    def __repr__(self) -> str:
        settings = self._settings
        return (
            f"{type(self).__name__}(base_url={settings.base_url!r}, endpoint={settings.endpoint!r})"
        )

    def __reduce__(self) -> tuple[object, ...]:
        if self._http_client is not None:
            raise TypeError(f"a {type(self).__name__} with an http_client cannot be pickled")
        kept = (self._settings, self._proxy, self._secrets, self._secrets_store)
        return self._unpickled, kept

    @classmethod
    def _unpickled(
        cls,
        settings: Settings,
        proxy: str | None,
        secrets: SiteSecrets | None,
        secrets_store: SecretsStore | None,
    ) -> Self:
        client = object.__new__(cls)
        client._set_up(settings, proxy, secrets, secrets_store, None)
        return client

    @property
    def base_url(self) -> str:
        """The URL of the site."""
        return self._settings.base_url

    @property
    def api_url(self) -> str:
        """The URL of the API."""
        return self._settings.api_url

    def with_options(self, **changes: Unpack[ClientOptions]) -> Self:
        """Return a client with other settings that shares the connections and the credentials.

        It need not be closed; it ends with the client that it comes from.

        Args:
            **changes: those arguments of the constructor that are to change. `proxy`,
                `http_client`, `secrets` and `secrets_store` belong to what is shared.

        Raises:
            ConfigurationError: an argument is of the wrong kind or out of its range.
        """
        check_options(changes, ClientOptions)
        client = object.__new__(type(self))
        client.__dict__.update(self.__dict__)
        client._settings = self._settings.changed(**changes)
        client._derived = True
        if client._settings.base_url != self._settings.base_url:
            client._session = Session(_discover, store=self._secrets_store)
        return client

    def stream(
        self, messages: Messages, *, system: str | None = None, **options: Unpack[CallOptions]
    ) -> StreamT:
        """Ask a question and return its answer as it is written.

        Takes the arguments of `ask`. Wrong ones raise at once; the other errors of `ask` come
        while the stream is read.
        """
        return self._open_stream(messages, system, options)

    def conversation(self, *, system: str | None = None) -> ConversationT:
        """Begin a conversation, in which each question is asked with what was said before.

        Args:
            system: an instruction that stands before it.
        """
        return self._conversation_class(self._open_stream, system)

    def _open_stream(
        self,
        messages: Messages,
        system: str | None,
        options: CallOptions,
        on_answer: Callable[[str], None] | None = None,
    ) -> StreamT:
        check_options(options, CallOptions)
        call = Call(
            parse_messages(messages, system),
            Context.starting_now(self._settings.changed(**options), RUNTIME),
            self._session,
            on_answer,
        )
        return self._stream_class(self._driver, call)

    def _context(self) -> Context:
        return Context.starting_now(self._settings, RUNTIME)

    def _sign(self, secrets: SiteSecrets) -> ApiCredentials:
        return sign_now(secrets, RUNTIME)


class BaseStream(Generic[DriverT, BodyT]):
    """An answer as it is written, without the I/O."""

    def __init__(self, driver: DriverT, call: Call) -> None:
        self._driver = driver
        self._call = call
        self._body: BodyT | None = None

    @property
    def text(self) -> str:
        """The text that has come so far."""
        return self._call.text


def _url(argument: str | None, variable: str, default: str) -> str:
    if argument is not None:
        return argument
    value = os.environ.get(variable)
    return check_service_url(variable, value) if value else default


def _proxy_url(proxy: str | None) -> str | None:
    if proxy is not None:
        return check_proxy_url("proxy", proxy)
    value = os.environ.get("MAGICKPEN_PROXY")
    return check_proxy_url("MAGICKPEN_PROXY", value) if value else None


class BaseConversation(Generic[StreamT]):
    """A conversation, without its I/O. What has no answer, or half of one, is not kept."""

    def __init__(self, open_stream: OpenStream[StreamT], system: str | None) -> None:
        self._open_stream = open_stream
        self._history = History(system)

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was said so far, the system message first."""
        return self._history.messages

    def stream(self, prompt: str, **options: Unpack[CallOptions]) -> StreamT:
        """Ask the next question and return its answer as it is written.

        The question and its answer are kept once the stream was read to its end.

        Args:
            prompt: the question.
            **options: what differs from the client's settings in this call.

        Raises:
            ConfigurationError: an argument is wrong; nothing was sent.
        """
        asked = self._history.asking(prompt)
        return self._open_stream(asked, None, options, partial(self._history.add, asked))


def _discover(context: Context, cache: Cache) -> Flow[Discovery]:
    # What reads JavaScript is not needed where the secrets are known.
    from magickpen.discovery.search import discover  # noqa: PLC0415

    return discover(context, cache)
