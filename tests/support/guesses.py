"""Discovery that proves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from magickpen.core.context import Context
from magickpen.core.discovery import Cache, Discovery
from magickpen.core.effects import Flow
from magickpen.discovery.search import discover


def prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients find the secrets of a site, but not proved."""

    def guess(context: Context, cache: Cache) -> Flow[Discovery]:
        found = yield from discover(context, cache)
        return replace(found, secrets=replace(found.secrets, proved=False))

    monkeypatch.setattr("magickpen.discovery.search.discover", guess)
