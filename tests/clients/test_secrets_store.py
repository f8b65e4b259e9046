"""Clients with a store of the user's own, over blocking, asyncio and trio."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path

import pytest

from magickpen import AsyncMagickPen, ConfigurationError, FileStore, MagickPen, SiteSecrets
from magickpen.emulator import Emulator
from tests.support.facades import Facade


class Shelf:
    """A store in memory that blocks its thread."""

    def __init__(self) -> None:
        self.kept: dict[str, SiteSecrets] = {}
        self.threads: set[int] = set()

    def load(self, site: str) -> SiteSecrets | None:
        self.threads.add(threading.get_ident())
        return self.kept.get(site)

    def save(self, site: str, secrets: SiteSecrets) -> None:
        self.threads.add(threading.get_ident())
        self.kept[site] = secrets


async def scenario(pen: AsyncMagickPen) -> str:
    return str(await pen.ask("Hi"))


def paths(service: Emulator) -> list[str]:
    return [request.path for request in service.requests]


def test_a_second_client_asks_with_one_request(facade: Facade, service: Emulator) -> None:
    store = Shelf()
    facade.run(scenario, service, secrets_store=store)
    assert store.kept[service.url].secret == service.secrets.secret
    service.reset()
    facade.run(scenario, service, secrets_store=store)
    assert paths(service) == ["/ask"]
    assert (threading.get_ident() in store.threads) == facade.blocking


def test_secrets_that_are_refused_are_renewed(facade: Facade, service: Emulator) -> None:
    store = Shelf()
    facade.run(scenario, service, secrets_store=store)
    service.rotate()
    service.reset()
    facade.run(scenario, service, secrets_store=store)
    assert paths(service)[:2] == ["/ask", "/"]
    assert paths(service).count("/ask") == 2
    assert store.kept[service.url].secret == service.secrets.secret


def test_what_another_client_renewed_is_taken_over(facade: Facade, service: Emulator) -> None:
    store = Shelf()

    async def two_clients(pen: AsyncMagickPen) -> None:
        await pen.ask("Hi")
        service.rotate()
        async with facade.client(service, secrets_store=store) as other:
            await other.ask("Hi")
        service.reset()
        await pen.ask("Hi")

    facade.run(two_clients, service, secrets_store=store)
    assert paths(service) == ["/ask", "/ask"]


def test_a_store_that_fails_is_the_users_to_mend(facade: Facade, service: Emulator) -> None:
    class Broken(Shelf):
        def load(self, site: str) -> SiteSecrets | None:
            raise LookupError(site)

    with pytest.raises(LookupError, match=service.url):
        facade.run(scenario, service, secrets_store=Broken())


def test_a_discovery_tells_where_the_constants_are(facade: Facade, service: Emulator) -> None:
    async def discover(pen: AsyncMagickPen) -> None:
        found = await pen.discover()
        assert found.secrets.secret == service.secrets.secret
        assert found.bundle.startswith(f"{service.url}/_nuxt/")
        assert abs(found.reading.clock_offset or 99) < 5
        service.rotate()
        assert (await pen.discover()).secrets.secret == service.secrets.secret
        service.reset()
        await pen.ask("Hi")

    facade.run(discover, service)
    assert paths(service) == ["/ask"]


def test_a_bundle_that_has_not_changed_is_not_sent_again(facade: Facade, service: Emulator) -> None:
    async def twice(pen: AsyncMagickPen) -> None:
        first = await pen.discover()
        service.reset()
        assert (await pen.discover()).secrets == first.secrets

    facade.run(twice, service)
    assert [(r.path == "/", r.status) for r in service.requests] == [
        (True, 200),
        (False, 304),
        (False, 304),
    ]


@pytest.mark.parametrize("kind", [MagickPen, AsyncMagickPen])
def test_a_store_needs_its_methods(kind: type[MagickPen]) -> None:
    with pytest.raises(
        ConfigurationError, match=r"secrets_store must be a store such as FileStore\(path\)"
    ):
        kind(secrets_store="secrets.json")  # type: ignore[arg-type]


def test_a_store_travels_with_a_pickled_client(service: Emulator, tmp_path: Path) -> None:
    store = FileStore(tmp_path / "secrets.json")
    with MagickPen(base_url=service.url, api_url=service.url, secrets_store=store) as pen:
        pen.ask("Hi")
        service.reset()
        with pickle.loads(pickle.dumps(pen)) as twin:
            twin.ask("Hi")
    assert paths(service) == ["/ask"]


def test_another_site_has_secrets_of_its_own(service: Emulator, tmp_path: Path) -> None:
    store = FileStore(tmp_path / "secrets.json")
    with (
        Emulator() as other,
        MagickPen(base_url=service.url, api_url=service.url, secrets_store=store) as pen,
    ):
        pen.ask("Hi")
        pen.with_options(base_url=other.url, api_url=other.url).ask("Hi")
        assert store.load(service.url) != store.load(other.url)
        assert store.load(other.url) is not None
