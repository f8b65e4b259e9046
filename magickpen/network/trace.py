"""Follows a request through httpcore, to check its connection and to clean up after it.

httpcore 1.0.9, the base of httpx 0.28, has three faults in its connection pool:

* It may close an idle connection that it has just assigned to a request, if another request or
  thread looks for a connection at that moment: "Bad file descriptor", or a read that never ends.
* It forgets a connection whose request is cancelled at the wrong moment. Such a connection counts
  as one of `max_connections` for ever, and may stay open (encode/httpcore issue 1093).
* It keeps what a server sends after the end of a response, and mistakes it for the response to the
  next request.

The pool is not public. If the names that are used here are missing, nothing is done.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from magickpen.core.addresses import Reach, reach_of_address
from magickpen.core.errors import ResponseError
from magickpen.core.http import Request
from magickpen.network.proxy import ProxyWay

if TYPE_CHECKING:
    import httpx

_KEY = "magickpen.trace"
_POOL_NAMES = (
    "_connections",
    "_requests",
    "_optional_thread_lock",
    "_assign_requests_to_connections",
)


class RequestTrace:
    """The state of one request in httpcore, according to its trace events and its pool.

    Args:
        client: the client that sends it.
        request: the request, for the check of where it may go.
        built: the request of httpx, which is marked so that the pool's own is known by it.
    """

    def __init__(self, client: object, request: Request, built: httpx.Request) -> None:
        self._pool = _pool_of(client, built.url)
        self._pool_request: Any = None
        self._check = AddressCheck(request)
        self._way = ProxyWay(request.url, built.extensions["timeout"]["connect"])
        self._unowned: Any = None
        """A network stream that no connection of the pool has taken over yet."""
        self._process = os.getpid()
        self.traced: bool = False
        """Whether there are trace events at all."""
        self.sending: bool = False
        """Whether sending the request to its host has begun."""
        self.expired: bool = False
        """Whether the deadline has passed, and ended the request."""
        built.extensions[_KEY] = self

    def observe(self, event: str, info: dict[str, Any]) -> None:
        """Take an event of httpcore's trace.

        Raises:
            ResponseError: the connection leads to where the request may not go.
            ConnectionNotAvailable: httpcore's own; the pool looks for another connection then.
            ProxyError: httpcore's own: a proxy answered with what is no SOCKS.
        """
        self.traced = True
        if event.endswith("connect_tcp.complete"):
            self._unowned = info["return_value"]
        self._check.observe(event, info)
        self._way.observe(event, info)
        if event.endswith("send_request_headers.started"):
            self._unowned = None
            if self._pool is not None and self._is_discarded():
                raise _library_of(self._pool).ConnectionNotAvailable
            # Not if a proxy is asked to connect to the host.
            self.sending = info["request"].method != b"CONNECT"
        elif event == "http11.response_closed.started":
            self._refuse_surplus()

    @property
    def connecting(self) -> bool:
        """Whether there certainly was no connection to the host yet."""
        return self.traced and not self.sending

    @property
    def way(self) -> str:
        """The proxy that the request goes to or through, for a message, or ""."""
        return self._way.text

    @property
    def can_be_interrupted(self) -> bool:
        """Whether a connection carries only this request."""
        return self._own_http11() is not None

    def interrupt(self) -> None:
        """Interrupt another thread that is reading or writing for the request."""
        # A forked process shares the connection with its parent, which may be reading.
        if self._process == os.getpid():
            _shut_down(getattr(self._own_http11(), "_network_stream", self._unowned))

    def expire(self) -> None:
        """Called when the deadline passes."""
        self.expired = True
        self.interrupt()

    def _own_http11(self) -> Any:
        """Return the connection that carries only this request, or None."""
        return _http11_of(self._own_connection())

    def _refuse_surplus(self) -> None:
        # The pool would mistake what follows the end of a response for the next one.
        http11 = self._own_http11()
        if http11 is not None and http11._h11_state.trailing_data[0]:
            http11._h11_state.send_failed()

    def settle(self) -> list[Any]:
        """Remove what the request has left in the pool, and return what has to be closed.

        Called when the request has failed or its response was given up.
        """
        left, self._unowned = [self._unowned] * (self._unowned is not None), None
        pool = self._pool
        if pool is None:
            return left
        with pool._optional_thread_lock:
            pool._requests[:] = [other for other in pool._requests if not self._is_own(other)]
            in_use = {id(other.connection) for other in pool._requests}
            lost = [
                connection
                for connection in pool._connections
                if id(connection) not in in_use
                and not (connection.is_idle() or connection.is_closed())
            ]
            for connection in lost:
                pool._connections.remove(connection)
            return left + lost + list(pool._assign_requests_to_connections())

    def _is_own(self, pool_request: Any) -> bool:
        return pool_request.request.extensions.get(_KEY) is self

    def _own_connection(self) -> Any:
        requests = list(self._pool._requests) if self._pool is not None else []
        if self._pool_request is None:
            # The newest are at the end.
            self._pool_request = next(filter(self._is_own, reversed(requests)), None)
        # The connection of a finished request may carry another one by now.
        return self._pool_request.connection if self._pool_request in requests else None

    def _is_discarded(self) -> bool:
        # The pool decides under its lock. By now the connection counts as active, so it is either
        # discarded already, or stays.
        with self._pool._optional_thread_lock:
            connection = self._own_connection()
            return connection is not None and connection not in self._pool._connections


class AddressCheck:
    """Checks the address of a connection before anything is sent over it.

    A name that looks public may resolve to this machine or its network. Connections to proxies are
    not checked.
    """

    def __init__(self, request: Request) -> None:
        self._host = urlsplit(request.url).hostname if request.public_only else None
        self._direct = False

    def observe(self, event: str, info: dict[str, Any]) -> None:
        """Take an event of httpcore's trace.

        Raises:
            ResponseError: the connection leads to where the request may not go.
        """
        if self._host is None:
            return
        if event == "connection.connect_tcp.started":
            self._direct = info["host"] == self._host
        if event != "connection.connect_tcp.complete" or not self._direct:
            return
        address: str = info["return_value"].get_extra_info("server_addr")[0]
        reach = reach_of_address(address)
        if reach is not Reach.PUBLIC:
            raise ResponseError(
                f"{self._host} is at {address}: {reach.value}, to which a public site may not lead"
            )


def interrupt_all(client: Any) -> None:
    """Interrupt the threads that are reading or writing over the connections of a client."""
    for transport in [client._transport, *client._mounts.values()]:
        for connection in list(getattr(getattr(transport, "_pool", None), "_connections", ())):
            _shut_down(getattr(_http11_of(connection), "_network_stream", None))


def _http11_of(connection: Any) -> Any:
    while connection is not None and not hasattr(connection, "_h11_state"):
        connection = getattr(connection, "_connection", None)
    return connection


def _shut_down(stream: Any) -> None:
    connection = stream.get_extra_info("socket") if stream is not None else None
    if connection is None:
        return
    with contextlib.suppress(OSError):
        if isinstance(connection, socket.socket):
            # Not `SSLSocket.shutdown`, which drops the TLS state while another thread reads.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)
        else:
            # The sockets of event loops lack this method, or forbid it.
            with socket.socket(fileno=os.dup(connection.fileno())) as twin:
                twin.shutdown(socket.SHUT_RDWR)


def _pool_of(client: object, url: httpx.URL) -> Any:
    find: Callable[[httpx.URL], object] | None = getattr(client, "_transport_for_url", None)
    pool = getattr(find(url), "_pool", None) if find is not None else None
    return pool if all(hasattr(pool, name) for name in _POOL_NAMES) else None


def _library_of(pool: object) -> ModuleType:
    return sys.modules[type(pool).__module__.partition(".")[0]]
