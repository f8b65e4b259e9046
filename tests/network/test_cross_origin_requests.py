"""What goes to other origins than the site's, with servers on real sockets behind public names."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from magickpen import AsyncMagickPen, CredentialsError, DiscoveryLimits
from magickpen.emulator import Emulator, Status
from tests.support.facades import Facade
from tests.support.raw_server import raw_server


@pytest.fixture
def public_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let names that look public lead to this machine."""
    known = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        return known("127.0.0.1" if name.endswith(".example") else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def named(service: Emulator, host: str) -> str:
    return f"http://{host}:{urlsplit(service.url).port}"


def play_site_with_cdn(service: Emulator, host: str = "cdn.example") -> None:
    script = f"<script src={named(service, host)}/_nuxt/x.js></script>"
    service.play(Status(200, script, "text/html"), path="/")
    service.play(Status(200, "1", "text/javascript"), path="/_nuxt/x.js")


async def search(pen: AsyncMagickPen) -> str:
    with pytest.raises(CredentialsError) as caught:
        await pen.discover()
    return str(caught.value)


def paths(service: Emulator) -> list[str]:
    return [request.path for request in service.requests]


@pytest.mark.usefixtures("public_names")
@pytest.mark.parametrize(
    ("host", "name"),
    [("cdn.example", "cdn.example"), ("bücher.example", "xn--bcher-kva.example")],
)
def test_a_public_name_that_leads_to_this_machine_is_not_sent_a_request(
    facade: Facade, service: Emulator, host: str, name: str
) -> None:
    play_site_with_cdn(service, host)
    said = facade.run(search, service, base_url=named(service, "site.example"))
    assert f"{name} is at 127.0.0.1: an address of this machine" in said
    assert paths(service) == ["/"]


@pytest.mark.usefixtures("public_names")
def test_unless_that_is_allowed(facade: Facade, service: Emulator) -> None:
    play_site_with_cdn(service)
    facade.run(
        search,
        service,
        base_url=named(service, "site.example"),
        discovery_limits=DiscoveryLimits(allow_private=True),
    )
    assert paths(service) == ["/", "/_nuxt/x.js"]


@pytest.mark.usefixtures("public_names")
def test_a_private_site_may_have_private_names(facade: Facade, service: Emulator) -> None:
    play_site_with_cdn(service)
    facade.run(search, service)
    assert paths(service) == ["/", "/_nuxt/x.js"]


@pytest.mark.usefixtures("public_names")
def test_nothing_of_the_users_goes_along(facade: Facade, service: Emulator) -> None:
    play_site_with_cdn(service)
    client = facade.http_client(
        headers={"x-key": "hunter2", "user-agent": "mine"},
        cookies={"session": "hunter3"},
        auth=("me", "hunter4"),
    )

    async def search_and_close(pen: AsyncMagickPen) -> None:
        await search(pen)
        if facade.blocking:
            client.close()
        else:
            await client.aclose()

    facade.run(search_and_close, service, http_client=client, headers={"x-token": "hunter5"})
    own, foreign = service.requests
    assert (own.path, foreign.path) == ("/", "/_nuxt/x.js")
    assert own.headers["x-key"] == "hunter2"
    assert own.headers["x-token"] == "hunter5"
    assert "session=hunter3" in own.headers["cookie"]
    assert own.headers["authorization"].startswith("Basic ")
    assert foreign.headers["user-agent"] == "mine"
    assert foreign.headers["accept"] == "*/*"
    assert not {"x-key", "x-token", "cookie", "authorization"} & foreign.headers.keys()
    assert "hunter" not in str(foreign.headers)


def test_a_connection_to_a_proxy_is_let_through(facade: Facade, service: Emulator) -> None:
    head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: %s\r\n\r\n"
    index = head % b"text/html" + b"<script src=http://cdn.example/x.js></script>"
    with raw_server(index, head % b"text/javascript" + b"1") as (proxy, received):
        facade.run(search, service, base_url="http://site.example", proxy=proxy)
    assert received[1].startswith(b"GET http://cdn.example/x.js HTTP/1.1\r\n")
