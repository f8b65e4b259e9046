"""What the project was described by, as far as it is the same for both clients.

The class attributes, `get_model` and `create_generator`'s arguments are those of the interface that
tools for several services use.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar, cast

from magickpen.base import BaseClient
from magickpen.core.session import Session
from magickpen.core.settings import API_URL, MODELS, SITE_URL, ClientOptions, Settings

HttpClientT = TypeVar("HttpClientT")
DriverT = TypeVar("DriverT")
StreamT = TypeVar("StreamT")
ConversationT = TypeVar("ConversationT")
ClientT = TypeVar("ClientT")
R = TypeVar("R")

_class_sessions: dict[str, Session] = {}


class ProviderClient(BaseClient[HttpClientT, DriverT, StreamT, ConversationT]):
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

        Such a client does not live to use the site's secrets twice, so the class remembers them.
        """
        client = cls(**cast("dict[str, Any]", options))
        if client._secrets is None:
            client._session = _class_sessions.setdefault(client._settings.base_url, client._session)
        return client


class OnClassOrClient(Generic[ClientT, R]):
    """A method that a client answers with its settings, and its class with the default ones."""

    def __init__(self, on_client: Callable[[ClientT], R], on_class: Callable[[type[ClientT]], R]):
        self._on_client = on_client
        self._on_class = on_class
        self.__doc__ = on_class.__doc__ = on_client.__doc__

    def __get__(self, client: ClientT | None, owner: type[ClientT]) -> Callable[[], R]:
        if client is None:
            return MethodType(self._on_class, owner)
        return MethodType(self._on_client, client)


def seed_options(model: str, proxy: str | None, options: dict[str, object]) -> SeedOptions:
    """Sort what `create_generator` is given: for the client, and for its call.

    What neither knows is left out: callers of this interface pass options for other services.
    """
    constructor = {*ClientOptions.__annotations__, "secrets", "secrets_store", "http_client"}
    return SeedOptions(
        client={"model": Settings(model=model or MODELS[0]).model, "proxy": proxy}
        | {name: value for name, value in options.items() if name in constructor},
        system=cast("str | None", options.get("system")),
    )


class SeedOptions(NamedTuple):
    """The arguments of `create_generator`, sorted."""

    client: dict[str, object]
    system: str | None
