"""What the blocking and the async client and their streams share, without I/O."""

from __future__ import annotations

import os
import random
import time
from abc import ABC, abstractmethod
from functools import partial
from importlib import import_module
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Never,
    Self,
    TypeVar,
    Unpack,
    overload,
)

from magickpen.core.call import Call
from magickpen.core.checks import check_type
from magickpen.core.context import Context
from magickpen.core.defaults import EndpointName
from magickpen.core.discovery import Cache, Discovery
from magickpen.core.discovery_limits import DiscoveryLimits
from magickpen.core.effects import Flow, Run
from magickpen.core.errors import ConfigurationError
from magickpen.core.history import Turn
from magickpen.core.messages import Message, Messages, parse_messages
from magickpen.core.runtime import Runtime
from magickpen.core.secrets_store import SecretsStore
from magickpen.core.session import Session
from magickpen.core.settings import Settings, check_service_url
from magickpen.core.signing import ApiCredentials, SiteSecrets, sign_now
from magickpen.log import log_as_environment_says
from magickpen.network.proxy import Route, check_proxy_url
from magickpen.options import CallOptions, ClientOptions, changed, check_options

if TYPE_CHECKING:
    import ssl

T = TypeVar("T")
HttpClientT = TypeVar("HttpClientT")
DriverT = TypeVar("DriverT")
StreamT = TypeVar("StreamT")
BodyT = TypeVar("BodyT")

# Random numbers from the operating system, so that a forked process does not repeat nonces.
RUNTIME = Runtime(time.monotonic, time.time, random.SystemRandom().random)

SHARED = ("proxy", "http_client", "ssl_context", "secrets", "secrets_store")
"""The arguments of the constructor that `with_options` cannot change."""


MAX_UNPICKLED = 8
"""How many unpickled clients a process keeps, to return them when they are unpickled again."""

_unpickled: dict[str, BaseClient[Any, Any]] = {}


class Setting(Generic[T]):
    """A setting of a client, which can be read alone."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: BaseClient[Any, Any], owner: type) -> T: ...
    def __get__(self, client: BaseClient[Any, Any] | None, owner: type) -> Self | T:
        if client is None:
            return self
        value: T = getattr(client._settings, self._name)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return value


class BaseClient(ABC, Generic[HttpClientT, StreamT]):
    """A client of MagickPen, without its I/O."""

    base_url: Setting[str] = Setting("The URL of the site.")
    api_url: Setting[str] = Setting("The URL of the API.")
    model: Setting[str] = Setting("The name of the model.")
    endpoint: Setting[EndpointName] = Setting("The endpoint that questions are sent to.")
    timeout: Setting[float] = Setting("Seconds to wait for the next bytes.")
    deadline: Setting[float] = Setting("Seconds that a call may take.")
    stop: Setting[tuple[str, ...]] = Setting("The texts before which an answer ends.")
    max_retries: Setting[int] = Setting("How many times a failed request is retried.")
    retry_unanswered: Setting[bool] = Setting("Whether to retry what may have been answered.")
    max_reply_bytes: Setting[int] = Setting("The longest answer that is accepted, in bytes.")
    discovery_limits: Setting[DiscoveryLimits] = Setting("The limits of the search for secrets.")

    def __init__(
        self,
        *misplaced: Never,
        proxy: str | None = None,
        http_client: HttpClientT | None = None,
        ssl_context: ssl.SSLContext | None = None,
        secrets: SiteSecrets | None = None,
        secrets_store: SecretsStore | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        """Make a client. This sends nothing and opens no connection.

        Args:
            proxy: the URL of a proxy (http, https, socks5 or socks5h). By default
                `MAGICKPEN_PROXY`, or the proxy variables of the environment.
            http_client: a client of httpx or httpx2 to send requests with. Closing it is up to
                you.
            ssl_context: which certificates of servers are trusted. By default those that
                `SSL_CERT_FILE` and `SSL_CERT_DIR` name, or else those that the system trusts.
            secrets: the secrets of the site, if you know them; it is not read then.
            secrets_store: keeps the secrets beyond the life of the client; for example a
                `FileStore`.
            **options: the options that are listed in `ClientOptions`: `base_url`, `timeout` and so
                on. None means the default.

        Raises:
            ConfigurationError: an argument is of the wrong kind or out of its range.
        """
        if misplaced:
            name = type(self).__name__
            raise TypeError(f'{name}() takes arguments by name: {name}(base_url="https://…")')
        log_as_environment_says()
        check_options(options, (*ClientOptions.__annotations__, *SHARED))
        if secrets is not None:
            check_type("secrets", secrets, SiteSecrets, "a SiteSecrets")
        if secrets_store is not None:
            check_type(
                "secrets_store", secrets_store, SecretsStore, "a store such as FileStore(path)"
            )
        for name, given in (("proxy", proxy), ("ssl_context", ssl_context)):
            if http_client is not None and given is not None:
                raise ConfigurationError(
                    f"{name} cannot be combined with http_client; configure it on http_client"
                )
        if ssl_context is not None:
            _check_ssl_context(ssl_context)
        options["base_url"] = _url(options.get("base_url"), "MAGICKPEN_BASE_URL")
        options["api_url"] = _url(options.get("api_url"), "MAGICKPEN_API_URL")
        route = Route(_proxy_url(proxy) if http_client is None else None, ssl_context)
        self._set_up(changed(Settings(), options), route, secrets, secrets_store, http_client)

    def _set_up(
        self,
        settings: Settings,
        route: Route,
        secrets: SiteSecrets | None,
        secrets_store: SecretsStore | None,
        http_client: HttpClientT | None,
    ) -> None:
        self._settings = settings
        self._route = route
        self._secrets_store = secrets_store
        self._http_client = http_client
        self._session = Session(_discover, secrets, secrets_store)
        self._derived = False
        self._identity: str | None = None
        self._make_driver(http_client, route)

    @abstractmethod
    def _make_driver(self, http_client: HttpClientT | None, route: Route) -> None:
        """Make the driver of this client."""

    @abstractmethod
    def _is_closed(self) -> bool:
        """Return whether this client is closed."""

    @abstractmethod
    def _stream_of(self, call: Call) -> StreamT:
        """Make the stream of a call."""

    def __repr__(self) -> str:
        settings = self._settings
        return (
            f"{type(self).__name__}(base_url={settings.base_url!r}, endpoint={settings.endpoint!r})"
        )

    def __setattr__(self, name: str, value: object) -> None:
        if name in ClientOptions.__annotations__:
            raise AttributeError(
                f"{name} cannot be assigned; with_options({name}=…) returns a client with it"
            )
        if name in SHARED:
            raise AttributeError(f"{name} cannot be assigned; make a new client with it")
        super().__setattr__(name, value)

    def __reduce__(self) -> tuple[object, ...]:
        if self._http_client is not None:
            raise TypeError(f"a {type(self).__name__} with an http_client cannot be pickled")
        if self._route.ssl_context is not None:
            raise TypeError(f"a {type(self).__name__} with an ssl_context cannot be pickled")
        if self._identity is None:
            self._identity = os.urandom(16).hex()
        kept = (self._settings, self._route.proxy, self._session.known, self._secrets_store)
        return self._unpickled, (self._identity, *kept)

    @classmethod
    def _unpickled(
        cls,
        identity: str,
        settings: Settings,
        proxy: str | None,
        secrets: SiteSecrets | None,
        secrets_store: SecretsStore | None,
    ) -> Self:
        # A process pool unpickles the client of `pen.ask` for each question.
        known = _unpickled.get(identity)
        if isinstance(known, cls) and not known._is_closed():  # noqa: SLF001
            return known
        client = object.__new__(cls)
        client._set_up(settings, Route(proxy), secrets, secrets_store, None)
        client._identity = identity
        _unpickled[identity] = client
        for oldest in list(_unpickled)[:-MAX_UNPICKLED]:
            _unpickled.pop(oldest, None)
        return client

    def with_options(self, **changes: Unpack[ClientOptions]) -> Self:
        """Return a client with other options that shares the connections and the secrets.

        It need not be closed: it ends with the client that it comes from.

        Args:
            **changes: the options to change; None changes nothing. `proxy`, `http_client`,
                `ssl_context`, `secrets` and `secrets_store` are shared, and cannot be changed.

        Raises:
            ConfigurationError: an argument is of the wrong kind or out of its range.
        """
        for name in SHARED:
            if name in changes:
                raise TypeError(f"with_options() cannot change {name}; make a new client with it")
        check_options(changes, ClientOptions.__annotations__)
        client = object.__new__(type(self))
        vars(client).update(vars(self))
        client._settings = changed(self._settings, changes)
        client._derived = True
        client._identity = None
        if client._settings.base_url != self._settings.base_url:
            client._session = Session(_discover, store=self._secrets_store)
        return client

    def stream(
        self, messages: Messages, *, system: str | None = None, **options: Unpack[CallOptions]
    ) -> StreamT:
        """Ask a question and return the stream of its answer.

        The arguments are those of `ask`. Wrong ones raise at once; the other errors of `ask` are
        raised while the stream is read.
        """
        return self._open_stream(parse_messages(messages, system), options)

    def _open_stream(self, messages: tuple[Message, ...] | Turn, options: CallOptions) -> StreamT:
        check_options(options, CallOptions.__annotations__)
        settings = changed(self._settings, options)
        call = Call(messages, Context.starting_now(settings, RUNTIME), self._session)
        return self._stream_of(call)

    def _context(self) -> Context:
        return Context.starting_now(self._settings, RUNTIME)


class BaseStream(Generic[DriverT, BodyT]):
    """The stream of an answer, without its I/O."""

    def __init__(self, driver: DriverT, call: Call) -> None:
        self._driver = driver
        self._call = call
        self._body: BodyT | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._call!r})"

    @property
    def text(self) -> str:
        """The text received so far."""
        return self._call.text


def credentials_from(secrets: SiteSecrets) -> ApiCredentials:
    """Sign one request that is sent now."""
    return sign_now(secrets, RUNTIME)


def _discover(context: Context, cache: Cache) -> Flow[Discovery]:
    # The reader of JavaScript is not needed if the secrets are known, and takes longer to import
    # than an event loop should wait.
    yield from Run(partial(import_module, "magickpen.discovery.search"))
    from magickpen.discovery.search import discover  # noqa: PLC0415

    return (yield from discover(context, cache))


def _url(argument: str | None, variable: str) -> str | None:
    value = os.environ.get(variable)
    return check_service_url(variable, value) if argument is None and value else argument


def _check_ssl_context(context: object) -> None:
    from ssl import SSLContext  # noqa: PLC0415  it takes long to import

    check_type("ssl_context", context, SSLContext, "an ssl.SSLContext")


def _proxy_url(proxy: str | None) -> str | None:
    if proxy is not None:
        return check_proxy_url("proxy", proxy)
    value = os.environ.get("MAGICKPEN_PROXY")
    return check_proxy_url("MAGICKPEN_PROXY", value) if value else None
