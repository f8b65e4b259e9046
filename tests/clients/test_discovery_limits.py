"""The limits of the search for the constants, over blocking, asyncio and trio and real sockets."""

from __future__ import annotations

import gzip

import pytest

from magickpen import AsyncMagickPen, CredentialsError, DiscoveryLimits
from magickpen.emulator import Emulator, Status
from tests.support.facades import Facade
from tests.support.raw_server import raw_server

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\nconnection: close\r\n"
INDEX = HEAD % b"text/html" + b"\r\n<script src=/x.js></script>"


async def search(pen: AsyncMagickPen) -> str:
    with pytest.raises(CredentialsError) as caught:
        await pen.discover()
    return str(caught.value)


def test_decompressed_bytes_count(facade: Facade, service: Emulator) -> None:
    bomb = gzip.compress(b"/" * 4_000_000)
    script = HEAD % b"text/javascript" + b"content-encoding: gzip\r\n\r\n" + bomb
    assert len(bomb) < 10_000
    with raw_server(INDEX, script) as (url, _):
        limits = DiscoveryLimits(max_script_bytes=1_000_000)
        said = facade.run(search, service, base_url=url, discovery_limits=limits)
    assert "it is longer than the limit of 1000000 bytes" in said


def test_a_site_that_is_silent_is_waited_for_no_longer_than_allowed(
    facade: Facade, service: Emulator
) -> None:
    with raw_server(INDEX, b"", hold=5) as (url, _):
        limits = DiscoveryLimits(seconds=0.3)
        said = facade.run(search, service, base_url=url, discovery_limits=limits, max_retries=0)
    assert "ended at discovery_limits: seconds=0.3" in said


def test_too_many_scripts_are_cut_short(facade: Facade, service: Emulator) -> None:
    html = "".join(f"<script src=/_nuxt/{n}.js></script>" for n in range(10_000))
    service.play(Status(200, html, "text/html"), path="/")
    said = facade.run(search, service, discovery_limits=DiscoveryLimits(max_scripts=3))
    assert "ended at discovery_limits: max_scripts=3" in said
    assert len(service.requests) == 4


def test_derived_clients_can_have_other_limits(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        strict = pen.with_options(discovery_limits=DiscoveryLimits(max_scripts=0))
        assert "max_scripts=0" in await search(strict)
        assert (await pen.discover()).secrets.secret == service.secrets.secret

    facade.run(scenario, service)
