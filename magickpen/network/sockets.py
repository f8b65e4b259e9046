"""Sockets, for the backends of both clients: connecting, TLS, reading and writing.

What may have to wait is a generator that yields a `Wait`, and goes on when it is sent the sockets
that are ready. The sockets of the blocking client have a timeout instead, so that nothing but
connecting makes it wait here.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import socket
import ssl
import time
import weakref
from collections.abc import Callable, Generator, Sequence
from typing import NamedTuple, ParamSpec, Protocol, TypeAlias, TypeVar

from magickpen.core.defaults import LONGEST_WAIT
from magickpen.network.addresses import Address
from magickpen.network.received import Received

T = TypeVar("T")
P = ParamSpec("P")

NEXT_ADDRESS = 0.25
"""Seconds after which the next address is tried as well (RFC 8305, section 5)."""

_READ_SIZE = 64 * 1024
_PENDING = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY)


class Wait(NamedTuple):
    """Wait until one of the sockets is ready to be read or written, or the seconds are over."""

    sockets: Sequence[socket.socket]
    writing: bool
    seconds: float = math.inf


Waits: TypeAlias = Generator[Wait, Sequence[socket.socket], T]


class Layer(Protocol):
    """What bytes are received and sent by: a socket, or TLS over one."""

    def receive(self, size: int) -> Waits[bytes]:
        """Return the next bytes, at most `size`; none at the end."""
        ...

    def send(self, data: bytes) -> Waits[None]:
        """Send all of `data`."""
        ...

    def is_readable(self) -> bool:
        """Return whether something was received, or the end."""
        ...


class Link:
    """A connected socket. It closes itself when nobody refers to it any more.

    A thread or task that waits for it must not lose it to another one that closes it, since the
    system gives its number to the next socket. It is interrupted instead, and closes the socket
    itself.

    Attributes:
        timeout: seconds for each step.
        ends: when the call that uses the connection must be over, on the monotonic clock.
        received: what was received since the last request.
    """

    def __init__(self, connected: socket.socket, *, blocking: bool) -> None:
        self.socket: socket.socket = connected
        self.timeout: float = math.inf
        self.ends: float = math.inf
        self.received: Received = Received()
        self.closed: bool = False
        self._blocking = blocking
        self._set = 0.0
        self._users = 0
        self._process = os.getpid()
        # It holds no lock and warns of nothing, whenever the garbage collector calls it.
        weakref.finalize(self, connected.close)

    def seconds(self, waited: float) -> float:
        """Return how many seconds the next step may take, after it has waited for some already.

        Raises:
            TimeoutError: there are none left.
        """
        left = self.ends - time.monotonic()
        patience = self.timeout - waited
        seconds = left if left < patience else patience
        if seconds <= 0:
            raise TimeoutError("timed out")
        return seconds

    def __enter__(self) -> None:
        """Begin an operation, which a call of `close` only interrupts.

        Raises:
            ConnectionError: the connection is closed.
        """
        self._users += 1
        if self.closed:
            self.__exit__()
            raise ConnectionAbortedError("the connection is closed")

    def __exit__(self, *_: object) -> None:
        self._users -= 1
        if self.closed and not self._users:
            self.socket.close()

    def close(self) -> None:
        """Close the connection, or interrupt who is using it."""
        self.closed = True
        self.interrupt()
        if not self._users:
            self.socket.close()

    def interrupt(self) -> None:
        """End the connection for both sides, and keep the socket."""
        # A forked process shares the connection with its parent, which may be using it.
        if self._process == os.getpid():
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)

    def receive(self, size: int) -> Waits[bytes]:
        waited = 0.0
        while True:
            self._arm(waited)
            try:
                return self.socket.recv(size)
            except BlockingIOError:
                yield Wait((self.socket,), writing=False)
            except TimeoutError as error:
                # The system has timeouts, too.
                if error.errno is not None:
                    raise
                waited += self._set

    def send(self, data: bytes) -> Waits[None]:
        rest = memoryview(data)
        waited = 0.0
        while rest:
            self._arm(waited)
            try:
                rest = rest[self.socket.send(rest) :]
                waited = 0.0
            except BlockingIOError:
                yield Wait((self.socket,), writing=True)
            except TimeoutError as error:
                if error.errno is not None:
                    raise
                waited += self._set

    def _arm(self, waited: float) -> None:
        if not self._blocking:
            return
        seconds = self.seconds(waited)
        seconds = seconds if seconds < LONGEST_WAIT else LONGEST_WAIT
        if seconds != self._set:
            self.socket.settimeout(seconds)
            self._set = seconds

    def is_readable(self) -> bool:
        # `select` refuses high numbers, and a peek would need the timeout of the socket changed.
        self._set = 0.0
        try:
            self.socket.settimeout(0)
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True


class Tls:
    """TLS over a socket, or over TLS.

    It works on memory, step by step: a handshake can be interrupted and holds no lock of the trust
    store, and TLS within TLS needs no other code.

    Attributes:
        object: the state of TLS.
    """

    def __init__(self, below: Layer, context: ssl.SSLContext, host: str | None) -> None:
        self._below = below
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.object: ssl.SSLObject = context.wrap_bio(
            self._incoming, self._outgoing, server_hostname=host
        )

    def handshake(self) -> Waits[None]:
        """Agree with the server on the encryption, and check its certificate."""
        yield from self._do(self.object.do_handshake)

    def receive(self, size: int) -> Waits[bytes]:
        try:
            return (yield from self._do(self.object.read, size))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def send(self, data: bytes) -> Waits[None]:
        rest = memoryview(data)
        while rest:
            rest = rest[(yield from self._do(self.object.write, rest)) :]

    def is_readable(self) -> bool:
        return bool(self._incoming.pending or self.object.pending()) or self._below.is_readable()

    def _do(self, operation: Callable[P, T], *args: P.args, **options: P.kwargs) -> Waits[T]:
        while True:
            try:
                result = operation(*args, **options)
            except ssl.SSLWantReadError:
                yield from self._flush()
                if data := (yield from self._below.receive(_READ_SIZE)):
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            except ssl.SSLError:
                # Tell the server what is wrong.
                yield from self._flush()
                raise
            else:
                yield from self._flush()
                return result

    def _flush(self) -> Waits[None]:
        if self._outgoing.pending:
            yield from self._below.send(self._outgoing.read())


def connecting(addresses: Sequence[Address], tried: dict[str, str]) -> Waits[socket.socket]:
    """Connect to the first address that answers.

    Args:
        addresses: in the order in which they are tried.
        tried: receives the addresses that were tried, with what came of each.

    Raises:
        ConnectionError: none answered.
    """
    untried = list(reversed(addresses))
    pending: dict[socket.socket, str] = {}
    next_at = 0.0
    try:
        while untried or pending:
            if untried and time.monotonic() >= next_at:
                found = untried.pop()
                address = str(found.address[0])
                tried[address] = "no answer"
                try:
                    pending[_begun(found)] = address
                except OSError as error:
                    # For example, this machine has no IPv6.
                    tried[address] = reason_of(error)
                else:
                    next_at = time.monotonic() + NEXT_ADDRESS
                continue
            seconds = max(0.0, next_at - time.monotonic()) if untried else math.inf
            for ready in (yield Wait(tuple(pending), writing=True, seconds=seconds)):
                address = pending.pop(ready)
                code = ready.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not code:
                    return ready
                ready.close()
                tried[address] = os.strerror(code)
                next_at = 0.0
    finally:
        for left in pending:
            left.close()
    raise ConnectionError


def _begun(found: Address) -> socket.socket:
    trying = socket.socket(found.family, found.kind, found.protocol)
    try:
        trying.setblocking(False)
        trying.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = trying.connect_ex(found.address)
    except BaseException:
        trying.close()
        raise
    if code and code not in _PENDING:
        trying.close()
        raise OSError(code, os.strerror(code))
    return trying


def reason_of(error: BaseException) -> str:
    """Return the reason of an error of the system, without its number."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def outcome_of(tried: dict[str, str]) -> str:
    """Return what came of the addresses that were tried, for a message."""
    return ", ".join(f"{reason} ({address})" for address, reason in tried.items())
