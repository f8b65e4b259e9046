"""HTTP/2, where the caller's client has it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import pytest
import trustme
from hypercorn.asyncio import serve
from hypercorn.config import Config

from magickpen import AsyncMagickPen, RateLimitError, SiteSecrets
from tests.support.facades import Facade

SECRETS = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx")


class Server(NamedTuple):
    url: str
    context: ssl.SSLContext
    seen: list[tuple[str, int]]
    """The version of HTTP and the client's port of each request."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        tmp_path / "key.pem"
    )
    context = ssl.create_default_context()
    authority.configure_trust(context)
    seen: list[tuple[str, int]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        seen.append((scope["http_version"], scope["client"][1]))
        body = (await receive())["body"]
        status = 429 if b"limit" in body else 200
        head = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": status, "headers": head})
        for piece in (b"one ", b"two "):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(0.05)
        await send({"type": "http.response.body", "body": b"three"})

    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = Config.from_mapping(
        bind=f"fd://{listener.detach()}",
        certfile=str(tmp_path / "key.pem"),
        keyfile=str(tmp_path / "key.pem"),
        errorlog=None,
    )
    over = threading.Event()

    async def main() -> None:
        async def end() -> None:
            while not over.is_set():
                await asyncio.sleep(0.01)

        await serve(app, config, shutdown_trigger=end)

    thread = threading.Thread(target=asyncio.run, args=[main()])
    thread.start()
    yield Server(f"https://127.0.0.1:{port}", context, seen)
    over.set()
    thread.join()


def test_answers_share_a_connection(facade: Facade, server: Server) -> None:
    async def main() -> None:
        client = facade.http_client(http2=True, verify=server.context)
        options = {"secrets": SECRETS, "http_client": client, "max_retries": 0}
        async with facade.made(api_url=server.url, **options) as pen:
            assert await pen.ask("Hi") == "one two three"
            await several(pen)
            with pytest.raises(RateLimitError):
                await pen.ask("limit")
            assert await pen.ask("Hi") == "one two three"
        client.close() if facade.blocking else await client.aclose()

    async def several(pen: AsyncMagickPen) -> None:
        async def ask() -> None:
            assert await pen.ask("Hi") == "one two three"

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(ask)

    anyio.run(main, backend=facade.backend)
    assert {version for version, _ in server.seen} == {"2"}
    assert len({port for _, port in server.seen}) == 1
    assert len(server.seen) == 8
