"""The kinds of builds that the emulator serves, and what the client finds in them."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from magickpen import MagickPen
from magickpen.emulator import Emulator
from magickpen.emulator.builds import SiteKind

KINDS: tuple[Any, ...] = get_args(SiteKind)


def found(service: Emulator) -> tuple[object, ...]:
    with MagickPen(base_url=service.url, api_url=service.url) as pen:
        secrets = pen.fetch_secrets()
        assert "Hi" in pen.ask("Hi")
    return secrets.x_api_secret, secrets.secret, secrets.salt, secrets.proved


@pytest.mark.parametrize("kind", KINDS)
def test_the_constants_of_a_build_are_found_and_proved(kind: SiteKind) -> None:
    with Emulator(site=kind, salt="q7Zk2mWx0B") as service:
        carried = service.secrets
        assert found(service) == (carried.x_api_secret, carried.secret, "q7Zk2mWx0B", True)


def test_a_deployment_can_be_of_another_kind() -> None:
    with Emulator() as service, MagickPen(base_url=service.url, api_url=service.url) as pen:
        for kind in (*KINDS, None):
            service.rotate(site=kind)
            assert "Hi" in pen.ask("Hi")
        asked = [r.status for r in service.requests if r.path == "/ask"]
    # The last deployment is of the same kind, with other secrets.
    assert asked == [200, *[403, 200] * 5]


def test_a_kind_that_there_is_not_is_refused() -> None:
    wrong: Any = "angular"
    with pytest.raises(ValueError, match="site must be one of nuxt2, nuxt4, vite, webpack5, bare"):
        Emulator(site=wrong)
    with pytest.raises(ValueError, match="not 'angular'"):
        Emulator().rotate(site=wrong)
