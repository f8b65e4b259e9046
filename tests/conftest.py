from __future__ import annotations

import signal
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from magickpen.core import retry
from magickpen.emulator import Emulator
from tests.support.facades import FACADES, Facade

# The tools themselves come with the extra "all".
collect_ignore = [] if find_spec("g4f") else ["examples", "integrations"]


def pytest_report_header() -> list[str]:
    return [f"left out, since they need '.[all]': {', '.join(collect_ignore)}"] * bool(
        collect_ignore
    )


# A shell has what it runs in the background ignore SIGINT, and what that starts as well.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=FACADES, ids=lambda facade: facade.name)
def facade(request: pytest.FixtureRequest) -> Facade:
    param: Facade = request.param
    return param


@pytest.fixture(scope="session")
def _emulator() -> Iterator[Emulator]:
    # Tests reach it under names of their own, too.
    with Emulator(allowed_hosts=["*.example"]) as emulator:
        yield emulator


@pytest.fixture
def service(_emulator: Emulator) -> Emulator:
    _emulator.reset()
    return _emulator


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a call wait for a moment alone before it is sent again."""
    monkeypatch.setattr(retry, "BACKOFF_START", 0.01)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The command keeps what it finds in the user's cache folder.
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("MAGICKPEN_BASE_URL", "MAGICKPEN_API_URL", "MAGICKPEN_PROXY", "MAGICKPEN_LOG"):
        monkeypatch.delenv(name, raising=False)
    for name in ("MAGICKPEN_CACHE", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
