"""Proxies on real sockets, and a TLS front for a plain service, each in a thread of its own."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Self

import anyio
from anyio.abc import ByteStream, SocketAttribute
from anyio.from_thread import start_blocking_portal
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.tls import TLSStream

HERE = "127.0.0.1"

SILENCE = 5.0
"""Seconds for which a proxy says nothing; a client that waits for ever sees an end then."""

# With a page, as most proxies answer.
DENIAL = b"""\
HTTP/1.1 407 Proxy Authentication Required\r
proxy-authenticate: Basic realm="test"\r
content-type: text/html\r
content-length: 50\r
connection: close\r
\r
<!doctype html><title>Cache Access Denied.</title>"""

Credentials = tuple[str, str]

_HUNG_UP = (
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.EndOfStream,
    anyio.IncompleteRead,
    ssl.SSLError,
)


class Server:
    """A server on a free port of this machine, as a context manager.

    Args:
        context: what it speaks TLS with; None for none.

    Attributes:
        port: its port.
        connections: how many connections there have been.
        open: how many of them are open.
        carried: the bytes that it passed on from its clients.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self._running = contextlib.ExitStack()
        self.connections = self.open = self.port = 0
        self.carried = b""

    def __enter__(self) -> Self:
        portal = self._running.enter_context(start_blocking_portal("asyncio"))
        self.port = self._running.enter_context(portal.wrap_async_context_manager(self._serving()))
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @contextlib.asynccontextmanager
    async def _serving(self) -> AsyncGenerator[int]:
        listener = await anyio.create_tcp_listener(local_host=HERE)
        async with listener, anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, self._handle)
            yield listener.extra(SocketAttribute.local_port)
            tasks.cancel_scope.cancel()

    async def _handle(self, client: ByteStream) -> None:
        self.connections += 1
        self.open += 1
        try:
            async with client:
                with contextlib.suppress(*_HUNG_UP):
                    if self._context is not None:
                        client = await TLSStream.wrap(
                            client, ssl_context=self._context, standard_compatible=False
                        )
                    await self._serve(client)
        finally:
            self.open -= 1

    async def _serve(self, client: ByteStream) -> None:
        raise NotImplementedError

    async def _carry(
        self, client: ByteStream, port: int, *, answer: bytes = b"", request: bytes = b""
    ) -> None:
        """Connect to a port of this machine, and pass on what either side sends."""

        def note(data: bytes) -> None:
            self.carried += data

        async def passed(
            source: ByteStream, sink: ByteStream, note: Callable[[bytes], object]
        ) -> None:
            with contextlib.suppress(*_HUNG_UP):
                while True:
                    data = await source.receive()
                    note(data)
                    await sink.send(data)
            tasks.cancel_scope.cancel()

        async with await anyio.connect_tcp(HERE, port) as service:
            await client.send(answer)
            note(request)
            await service.send(request)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(passed, client, service, note)
                tasks.start_soon(passed, service, client, len)


class TlsFront(Server):
    """Speaks TLS with its clients, and plainly with the service behind it."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        super().__init__(context)
        self._behind = port

    async def _serve(self, client: ByteStream) -> None:
        await self._carry(client, self._behind)


@dataclass(frozen=True)
class Asked:
    """What a proxy was asked for.

    Attributes:
        target: the method and target of a request, or the host and port that SOCKS names.
        authorization: the Proxy-Authorization, or the user name and password of SOCKS; "" where
            there was none.
        by_name: whether SOCKS was told a name, not an address.
    """

    target: str
    authorization: str = ""
    by_name: bool = False


class Proxy(Server):
    """A proxy that finds every host on this machine.

    Args:
        *faults: what it answers the next connections with, one each, before it closes them; None
            keeps the connection open without a word.
        credentials: the user name and password that it asks for.
        context: what it speaks TLS with; None for none.

    Attributes:
        asked: what it was asked for, in order.
    """

    scheme = "http"

    def __init__(
        self,
        *faults: bytes | None,
        credentials: Credentials | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(context)
        self._faults = list(faults)
        self._credentials = credentials
        self.asked: list[Asked] = []

    def url(self, userinfo: str = "") -> str:
        """Return its URL, with a user name and password that are percent-encoded."""
        scheme = "https" if self._context else self.scheme
        return f"{scheme}://{userinfo}{'@' * bool(userinfo)}{HERE}:{self.port}"

    async def _serve(self, client: ByteStream) -> None:
        if not self._faults:
            await self._answer(client, BufferedByteReceiveStream(client))
            return
        await client.receive()
        fault = self._faults.pop(0)
        if fault is not None:
            await client.send(fault)
        else:
            with anyio.move_on_after(SILENCE):
                await client.receive()

    async def _answer(self, client: ByteStream, received: BufferedByteReceiveStream) -> None:
        raise NotImplementedError


class HttpProxy(Proxy):
    """An HTTP proxy: it passes on requests in absolute form, and makes tunnels for CONNECT."""

    async def _answer(self, client: ByteStream, received: BufferedByteReceiveStream) -> None:
        head = (await received.receive_until(b"\r\n\r\n", 65536)).decode()
        request, *lines = head.split("\r\n")
        method, target, version = request.split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        authorization = headers.get("proxy-authorization", "")
        self.asked.append(Asked(f"{method} {target}", authorization))
        body = await received.receive_exactly(int(headers.get("content-length", "0")))
        if self._credentials and authorization != basic(self._credentials):
            await client.send(DENIAL)
        elif method == "CONNECT":
            established = b"HTTP/1.1 200 Connection established\r\n\r\n"
            await self._carry(client, _port(target), answer=established)
        else:
            authority, _, path = target.removeprefix("http://").partition("/")
            kept = [line for line in lines if not line.lower().startswith(("proxy-", "connection"))]
            head = "\r\n".join([f"{method} /{path} {version}", *kept, "connection: close", "", ""])
            await self._carry(client, _port(authority), request=head.encode() + body)


class SocksProxy(Proxy):
    """A SOCKS5 proxy (RFC 1928), with a user name and password where it has them (RFC 1929).

    Attributes:
        reply: its answer to a request to connect; 0 is success.
    """

    scheme = "socks5"
    reply = 0

    async def _answer(self, client: ByteStream, received: BufferedByteReceiveStream) -> None:
        async def number() -> int:
            return (await received.receive_exactly(1))[0]

        async def text() -> str:
            return (await received.receive_exactly(await number())).decode()

        await number()
        methods, wanted = await text(), "\x02" if self._credentials else "\x00"
        if wanted not in methods:
            self.asked.append(Asked(""))
            await client.send(b"\x05\xff")
            return
        await client.send(b"\x05" + wanted.encode())
        authorization = ""
        if self._credentials:
            await number()
            authorization = f"{await text()}:{await text()}"
            denied = authorization != ":".join(self._credentials)
            await client.send(bytes([1, denied]))
            if denied:
                self.asked.append(Asked("", authorization))
                return
        by_name = (await received.receive_exactly(4))[3] == 3
        host = await text() if by_name else socket.inet_ntoa(await received.receive_exactly(4))
        port = int.from_bytes(await received.receive_exactly(2))
        self.asked.append(Asked(f"{host}:{port}", authorization, by_name))
        reply = bytes([5, self.reply, 0, 1, 127, 0, 0, 1, 0, 0])
        if self.reply:
            await client.send(reply)
        else:
            await self._carry(client, port, answer=reply)


def basic(credentials: Credentials) -> str:
    """Return the value of a header that shows a user name and password."""
    return "Basic " + base64.b64encode(":".join(credentials).encode()).decode()


def _port(authority: str) -> int:
    return int(authority.rpartition(":")[2])
