"""The interface of a provider, which tools for several services use.

It was the description of this project: class attributes, `get_model`, `fetch_api_credentials` and
`create_async_generator`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any, ClassVar, Concatenate, Generic, NamedTuple, ParamSpec, Self, TypeVar, cast

from magickpen.base import SHARED, BaseClient
from magickpen.core.defaults import API_URL, MODELS, SITE_URL
from magickpen.core.session import Session
from magickpen.core.settings import Settings
from magickpen.options import ClientOptions

HttpClientT = TypeVar("HttpClientT")
StreamT = TypeVar("StreamT")
ClientT = TypeVar("ClientT", bound="ProviderClient[Any, Any]")
P = ParamSpec("P")
R = TypeVar("R")

_class_sessions: dict[str, Session] = {}


class ProviderClient(BaseClient[HttpClientT, StreamT]):
    """A client with the interface of a provider.

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

    url: ClassVar[str] = SITE_URL
    api_endpoint: ClassVar[str] = f"{API_URL}/ask"
    working: ClassVar[bool] = True
    supports_stream: ClassVar[bool] = True
    supports_system_message: ClassVar[bool] = True
    supports_message_history: ClassVar[bool] = True
    default_model: ClassVar[str] = MODELS[0]
    models: ClassVar[list[str]] = list(MODELS)

    @classmethod
    def get_model(cls, name: str | None) -> str:
        """Return the name of the model to use: `name`, or the default if it is None or "".

        Raises:
            ConfigurationError: the model is unknown.
        """
        return Settings(model=name or cls.default_model).model

    @classmethod
    def for_class(cls, **options: object) -> Self:
        """Make a client for one call of a method on the class, such as `create_generator`.

        The client is gone after the call, so the class remembers the secrets of the site, unless
        the caller passes `secrets` or a `secrets_store`.
        """
        client = cls(**cast("dict[str, Any]", options))
        if client._session.known is None and client._secrets_store is None:
            base_url = client._settings.base_url
            client._session = _class_sessions.setdefault(base_url, client._session)
        return client


class OnClassOrClient(Generic[P, R]):
    """A method that can be called on an instance or on the class.

    Its first argument is the instance or the class.
    """

    def __init__(self, function: Callable[Concatenate[Any, P], R]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __get__(self, client: object | None, owner: type) -> Callable[P, R]:
        method = MethodType(self._function, owner if client is None else client)
        return cast("Callable[P, R]", method)


def client_for(target: ClientT | type[ClientT], options: dict[str, object]) -> ClientT:
    """Return a client that the caller may close after one call.

    For a class it is a new client; for a client, one that shares its connections and secrets, which
    stay open.
    """
    if isinstance(target, type):
        return target.for_class(**options)
    return target.with_options(**cast("ClientOptions", options))


class SeedOptions(NamedTuple):
    """The arguments of `create_generator`, sorted by destination."""

    client: dict[str, object]
    system: str | None


def seed_options(model: str, proxy: str | None, options: dict[str, object]) -> SeedOptions:
    """Sort the arguments of `create_generator`: those of the client, and those of the call.

    Unknown ones are dropped, because callers of this interface pass options of other services.
    """
    known = {*ClientOptions.__annotations__, *SHARED}
    given = {"model": model or None, "proxy": proxy, **options}
    return SeedOptions(
        client={n: value for n, value in given.items() if n in known and value is not None},
        system=cast("str | None", options.get("system")),
    )
