"""What the pools of both clients share: who uses a connection, and where it leads.

A request takes an idle connection out of the pool, or makes one. The connection goes back when the
response has ended, and is closed otherwise. So nobody else can close it, no request waits for
another one's connection, and no lock is needed: each change is one operation on a collection.
"""

from __future__ import annotations

import contextlib
import re
import ssl
import time
from collections import deque
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Generic, TypeVar
from urllib.parse import unquote_to_bytes, urlsplit

import httpcore

from magickpen.core.errors import ConfigurationError
from magickpen.network.connection import BaseBackend
from magickpen.network.environment import proxy_for
from magickpen.network.progress import KEY, Progress, Registry
from magickpen.network.proxy import Hidden
from magickpen.network.trust import ssl_context

LeaseT = TypeVar("LeaseT", bound="BaseLease")

KEPT_CONNECTIONS = 20
"""How many idle connections are kept."""

KEPT_FOR = 60.0
"""Seconds for which an idle connection is kept: people read an answer before they ask again."""

_KEEP_ALIVE = re.compile(rb"\btimeout=(\d{1,6})\b")


class BaseLease:
    """A connection in the hands of one request, and the body of its response.

    Args:
        connection: that of httpcore.
        backend: makes the connection at the first request.
        origin: where it leads.

    Attributes:
        pool: the pool, while a request uses the connection.
        expires: when the connection is too old to be used again, on the monotonic clock.
    """

    def __init__(self, connection: Any, backend: BaseBackend, origin: httpcore.Origin) -> None:
        self.pool: BasePool[Any] | None = None
        self.expires: float = 0.0
        self._connection = connection
        self._backend = backend
        self._origin = origin
        self._stream: Any = None
        self._chunks: Any = None
        self._status = 0
        self._headers: dict[bytes, bytes] = {}

    def serves(self, origin: httpcore.Origin, progress: Progress) -> bool:
        """Return whether it leads to where the request may go."""
        return self._origin == origin and self._backend.public_only >= progress.public_only

    def is_usable(self) -> bool:
        """Return whether it can be used again: a server may have closed an idle connection."""
        return time.monotonic() < self.expires and not self._connection.has_expired()

    def begin(self, pool: BasePool[Any], progress: Progress) -> Any:
        """Return the connection of httpcore, for the use by a request."""
        self.pool = pool
        progress.known = True
        self._backend.use(progress.deadline)
        return self._connection

    def respond(self, response: Any, progress: Progress) -> httpcore.Response:
        """Return the response of httpcore with this as its body."""
        self._stream, self._status = response.stream, response.status
        self._headers = {name.lower(): value for name, value in response.headers}
        progress.head = (response.status, response.headers)
        body: Any = self
        return httpcore.Response(
            status=response.status,
            headers=response.headers,
            content=body,
            extensions={**response.extensions, KEY: self},
        )

    def fail(self, error: BaseException, progress: Progress) -> None:
        """Close the connection after an error.

        Raises:
            ProxyError: that of httpcore: a proxy answered with what is no SOCKS.
        """
        self.interrupt()
        progress.tried = self._backend.tried
        proxy, connected = self._backend.proxy, self._backend.link is not None
        if proxy is None:
            return
        host, port = proxy.url.origin.host.decode(), proxy.url.origin.port
        progress.way = f" {'through' if connected else 'to'} the proxy {host}:{port}"
        if connected and proxy.url.scheme.startswith(b"socks") and not progress.begun:
            theirs = isinstance(error, OSError) or type(error).__module__.startswith("httpcore")
            if isinstance(error, Exception) and not theirs:
                raise httpcore.ProxyError("it does not speak SOCKS5") from error

    def interrupt(self) -> None:
        """Close the connection at once, or interrupt whoever uses it."""
        self._leave()
        self._backend.close()

    def abandon(self) -> None:
        """Leave closing to the next call: the garbage collector may call this at any moment."""
        if self.pool is not None:
            self._backend.interrupt()
            self.pool.registry.abandoned.append(self)

    def end(self) -> None:
        """Give the connection back if the response has been read to its end, or else close it."""
        pool, link = self._leave(), self._backend.link
        if (
            pool
            and link
            and self._connection.is_idle()
            and link.received.is_all_of(self._status, self._headers)
        ):
            told = _KEEP_ALIVE.search(self._headers.get(b"keep-alive", b""))
            self.expires = time.monotonic() + min(float(told[1]) if told else KEPT_FOR, KEPT_FOR)
            self._stream = self._chunks = None
            pool.give_back(self)
        else:
            self._backend.close()

    def _leave(self) -> BasePool[Any] | None:
        pool, self.pool = self.pool, None
        if pool is not None:
            pool.registry.in_use.discard(self)
        return pool


class BasePool(Generic[LeaseT]):
    """The connections of a client, without a bound on their number.

    Args:
        proxy: the URL of the proxy; None for those of the environment.
        context: which certificates are trusted; None for those that the system trusts.

    Attributes:
        registry: the responses that are being read.
    """

    _lease_class: type[LeaseT]
    _backend_class: type[BaseBackend]
    _plain_pool_class: Callable[..., Any]

    def __init__(self, proxy: str | None, context: ssl.SSLContext | None) -> None:
        self.registry: Registry[LeaseT] = Registry()
        self._idle: deque[LeaseT] = deque()
        self._closed = False
        self._own_proxy = proxy
        self._context = context

    def create_connection(self, origin: httpcore.Origin) -> Any:
        """Return a new connection of httpcore, for doubles that let a request through."""
        return self._made(origin, Progress()).begin(self, Progress())

    def give_back(self, lease: LeaseT) -> None:
        """Keep an idle connection."""
        self._idle.append(lease)
        self._close_idle(0 if self._closed else KEPT_CONNECTIONS)

    def close_all(self) -> None:
        """Close the idle connections, and interrupt whoever uses the others."""
        self._closed = True
        self._close_idle(0)
        for lease in list(self.registry.in_use):
            lease.interrupt()

    def _close_idle(self, kept: int) -> None:
        # Other threads may take some of them meanwhile.
        with contextlib.suppress(IndexError):
            while len(self._idle) > kept:
                self._idle.popleft().interrupt()

    def _lease(self, origin: httpcore.Origin, progress: Progress) -> LeaseT:
        lease = self._idle_one(origin, progress) or self._made(origin, progress)
        self.registry.in_use.add(lease)
        if self._closed:
            # Another thread closed the client since the call began.
            lease.interrupt()
        return lease

    def _idle_one(self, origin: httpcore.Origin, progress: Progress) -> LeaseT | None:
        for lease in reversed(list(self._idle)):
            if lease.serves(origin, progress):
                try:
                    self._idle.remove(lease)
                except ValueError:
                    # Another thread took it.
                    continue
                if lease.is_usable():
                    return lease
                lease.interrupt()
        return None

    def _made(self, origin: httpcore.Origin, progress: Progress) -> LeaseT:
        url = self._proxy_url(origin)
        secure = origin.scheme == b"https" or url.startswith("https:")
        context = (self._context or ssl_context()) if secure else None
        proxy = _proxy(url, context) if url else None
        backend = self._backend_class(progress.deadline, proxy, public_only=progress.public_only)
        pool = self._plain_pool_class(ssl_context=context, proxy=proxy, network_backend=backend)
        return self._lease_class(pool.create_connection(origin), backend, origin)

    def _proxy_url(self, origin: httpcore.Origin) -> str:
        name, url = "proxy", self._own_proxy
        if url is None:
            scheme, host = origin.scheme.decode(), origin.host.decode()
            name, url = proxy_for(scheme, host, origin.port) or ("", "")
        if url.startswith("socks") and find_spec("socksio") is None:
            raise ConfigurationError(
                f"{name} is a SOCKS proxy, which needs an extra: pip install 'magickpen[socks]'"
            )
        return url


def is_doubled(method: object) -> bool:
    """Return whether a method of httpcore is patched, as respx does."""
    home = getattr(method, "__globals__", {}).get("__name__", "")
    return not home.startswith("httpcore.")


def _proxy(url: str, context: ssl.SSLContext | None) -> httpcore.Proxy:
    parts = urlsplit(url)
    userinfo, _, host = parts.netloc.rpartition("@")
    login = [Hidden(unquote_to_bytes(part or "")) for part in (parts.username, parts.password)]
    return httpcore.Proxy(
        f"{parts.scheme}://{host}",
        auth=(login[0], login[1]) if userinfo else None,
        ssl_context=context if parts.scheme == "https" else None,
    )
