"""Servers that send the bytes they are told to, for what no well-behaved server sends."""

from __future__ import annotations

import contextlib
import itertools
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Self, TypeAlias

import trustme

PATIENCE = 10.0
"""Seconds after which a server, or who waits for one, gives a client up that should act at once."""

FLOOD = 64 * 1024 * 1024
"""How many bytes a server sends that does not stop by itself."""


@contextlib.contextmanager
def raw_server(*responses: bytes, hold: float = 0) -> Generator[tuple[str, list[bytes]]]:
    """Answer each connection with the next bytes and close it after `hold` seconds.

    Yields the server's URL and the requests that it received.
    """
    received: list[bytes] = []
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for response in responses:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    received.append(_request(connection))
                    connection.sendall(response)
                    done.wait(hold)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", received
        done.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _request(connection: socket.socket) -> bytes:
    # Closing a socket that holds unread data resets the connection, so all of it is read.
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
        head, end, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if end and len(body) >= (int(length[1]) if length else 0):
            break
    return data


class Connection:
    """The server's end of a connection.

    Attributes:
        server: the server.
        socket: the socket.
        request: the request that came last.
        busy: whether a response is under way.
        closed: set when the client has closed the connection, or the server has reset it.
    """

    def __init__(self, server: PlayServer, connection: socket.socket) -> None:
        self.server = server
        self.socket = connection
        self.request: bytes = b""
        self.busy: bool = False
        self.closed: threading.Event = threading.Event()


Step: TypeAlias = bytes | Callable[[Connection], None]
"""Bytes to send, or something else to do."""

Play: TypeAlias = tuple[Step, ...]
"""What a server does after it has read a request; then it reads the next one."""


def stalls(connection: Connection) -> None:
    """Send nothing more until the client hangs up."""
    while connection.socket.recv(65536):
        pass
    raise ConnectionAbortedError("the client has hung up")


def hangs_up(connection: Connection) -> None:
    """Close the sending half; the other one stays, to see when the client closes its own."""
    connection.socket.shutdown(socket.SHUT_WR)
    stalls(connection)


def waits_until_taken(connection: Connection) -> None:
    """Wait until the caller has taken the first text of the answer."""
    connection.server.taken.wait(PATIENCE)


def resets(connection: Connection) -> None:
    """Reset the connection."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.socket.close()
    raise ConnectionAbortedError("the server has hung up")


def dribbles(data: bytes) -> Step:
    """Send data again and again, with a pause before each time."""

    def step(connection: Connection) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not connection.server.stopped.wait(0.01):
            connection.socket.sendall(data)
        connection.server.outlasted = True
        hangs_up(connection)

    return step


def floods(data: bytes) -> Step:
    """Send data as fast as the client takes it, more than it should."""

    def step(connection: Connection) -> None:
        for _ in range(FLOOD // len(data)):
            connection.socket.sendall(data)
        connection.server.outlasted = True
        hangs_up(connection)

    return step


def makes(make: Callable[[Connection], bytes]) -> Step:
    """Send what is made when the request has come."""

    def step(connection: Connection) -> None:
        connection.socket.sendall(make(connection))

    return step


class PlayServer:
    """A server that plays something on each request, and keeps its connections open.

    Args:
        play: what it plays where `plays` is not set.
        tls: whether it speaks TLS, with a certificate that nobody trusts.

    Attributes:
        plays: what is played on the next requests.
        received: the requests.
        connections: all connections there have been.
        elsewhere: the URL of another server, for what leads there.
        taken: to be set when the first text of an answer has been taken.
        outlasted: whether a client has taken all of what was meant to be too much for it.
        stopped: set when the server stops.
    """

    def __init__(self, play: Play, *, tls: bool = False) -> None:
        self.plays: Iterator[Play] = itertools.repeat(play)
        self.received: list[bytes] = []
        self.connections: list[Connection] = []
        self.elsewhere: str = ""
        self.taken: threading.Event = threading.Event()
        self.outlasted: bool = False
        self.stopped: threading.Event = threading.Event()
        self._context = _untrusted_context() if tls else None
        self._listener = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if tls else "http"
        self.url: str = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def next_plays(self, plays: Iterable[Play], then: Play) -> None:
        """Play these on the next requests, one each, and `then` on all after them."""
        self.taken.clear()
        self.plays = itertools.chain(plays, itertools.repeat(then))

    @property
    def at_rest(self) -> bool:
        """Whether nothing is under way: each connection is closed, or waits for a request."""
        return all(c.closed.is_set() or not c.busy for c in self.connections)

    @property
    def open_connections(self) -> int:
        """How many connections the client has not closed."""
        return sum(not c.closed.is_set() for c in self.connections)

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.taken.set()
        # Of another thread's socket, closing alone would not wake it.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            # A small answer would wait for the acknowledgement of its head.
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self, accepted)
            self.connections.append(connection)
            thread = threading.Thread(target=self._serve, args=[connection], daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: Connection) -> None:
        try:
            if self._context is not None:
                connection.socket = self._context.wrap_socket(connection.socket, server_side=True)
            while request := _request(connection.socket):
                connection.request = request
                connection.busy = True
                self.received.append(request)
                for step in next(self.plays):
                    if isinstance(step, bytes):
                        connection.socket.sendall(step)
                    else:
                        step(connection)
                connection.busy = False
        except OSError:
            # The client has hung up, as it should where it cannot use an answer.
            pass
        finally:
            connection.socket.close()
            connection.closed.set()


def _untrusted_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


@contextlib.contextmanager
def untrusted_server() -> Generator[str]:
    """Yield the URL of a server with a certificate that nobody trusts."""
    with PlayServer((), tls=True) as server:
        yield server.url
        wait_until(lambda: len(server.connections) > 0 and server.open_connections == 0)
        assert server.received == []


@contextlib.contextmanager
def closed_port() -> Generator[str]:
    """Yield a URL at which connections are refused."""
    with socket.socket() as bound:
        # Bound and not listening: no other program can take the port meanwhile.
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextlib.contextmanager
def full_backlog() -> Generator[str]:
    """Yield a URL at which connections are neither made nor refused."""
    with socket.socket() as listener, contextlib.ExitStack() as fillers:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds; fail where it does not come to."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.002)
