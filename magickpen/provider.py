"""What the project was described by, as far as it is the same for both clients.

The class attributes, `get_model` and `create_generator`'s arguments are those of the interface that
tools for several services use.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any, ClassVar, Concatenate, Generic, NamedTuple, ParamSpec, Self, TypeVar, cast

from magickpen.base import SHARED, BaseClient
from magickpen.core.session import Session
from magickpen.core.settings import API_URL, MODELS, SITE_URL, Settings
from magickpen.options import ClientOptions

HttpClientT = TypeVar("HttpClientT")
StreamT = TypeVar("StreamT")
ClientT = TypeVar("ClientT", bound="ProviderClient[Any, Any]")
P = ParamSpec("P")
R = TypeVar("R")

_class_sessions: dict[str, Session] = {}


class ProviderClient(BaseClient[HttpClientT, StreamT]):
    """A client that can be asked as tools for several services ask.

    Attributes:
        url: the URL of the site.
        api_endpoint: the URL that questions are sent to.
        working: whether the service is known to work.
        supports_stream: whether an answer can be taken as it is written.
        supports_system_message: whether there are system messages.
        supports_message_history: whether a conversation can be passed.
        default_model: the model that is used where none is named.
        models: the models that there are.
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
        """Return the name of the model to use: `name`, or the default one for None or "".

        Raises:
            ConfigurationError: there is no such model.
        """
        return Settings(model=name or cls.default_model).model

    @classmethod
    def for_class(cls, **options: object) -> Self:
        """Make a client for one call of a method of the class, such as `create_generator`.

        Such a client is gone before it needs the site's secrets again, so the class remembers them,
        unless the caller knows them or has a place to keep them.
        """
        client = cls(**cast("dict[str, Any]", options))
        if client._secrets is None and client._secrets_store is None:
            base_url = client._settings.base_url
            client._session = _class_sessions.setdefault(base_url, client._session)
        return client


class OnClassOrClient(Generic[P, R]):
    """A method that can be called on a client or on the class, which is its first argument."""

    def __init__(self, function: Callable[Concatenate[Any, P], R]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __get__(self, client: object | None, owner: type) -> Callable[P, R]:
        method = MethodType(self._function, owner if client is None else client)
        return cast("Callable[P, R]", method)


def client_for(target: ClientT | type[ClientT], options: dict[str, object]) -> ClientT:
    """Return a client for one call of a method, which closes it: a client of its own on the class,
    and on a client one that shares its connections and secrets, which stay open.
    """
    if isinstance(target, type):
        return target.for_class(**options)
    return target.with_options(**cast("ClientOptions", options))


class SeedOptions(NamedTuple):
    """The arguments of `create_generator`, sorted."""

    client: dict[str, object]
    system: str | None


def seed_options(model: str, proxy: str | None, options: dict[str, object]) -> SeedOptions:
    """Sort what `create_generator` is given: for the client, and for its call.

    Others are left out: callers of this interface pass options for other services.
    """
    known = {*ClientOptions.__annotations__, *SHARED}
    given = {"model": model or None, "proxy": proxy, **options}
    return SeedOptions(
        client={n: value for n, value in given.items() if n in known and value is not None},
        system=cast("str | None", options.get("system")),
    )
