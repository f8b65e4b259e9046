"""A pytest plugin: the fixture `magickpen_service` is an emulator that clients ask by default.

    def test_my_application(magickpen_service):
        magickpen_service.reply = "Rhine, Elbe, Oder"
        assert MagickPen().ask("Name three rivers.") == "Rhine, Elbe, Oder"

It comes with `pip install 'magickpen[emulator]'`, and imports the emulator when a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from magickpen.emulator import Emulator


@pytest.fixture(scope="session")
def _magickpen_emulator() -> Iterator[Emulator]:  # pyright: ignore[reportUnusedFunction]
    from magickpen.emulator import Emulator  # noqa: PLC0415  its extra may be missing

    with Emulator() as service:
        yield service


@pytest.fixture
def magickpen_service(_magickpen_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """Return an emulator that has forgotten what the tests before have done.

    Clients that are made without arguments from then on ask it, and so does the command. Set its
    `reply`, `play` faults on it, and read its `requests`.
    """
    _magickpen_emulator.reset()
    monkeypatch.setenv("MAGICKPEN_BASE_URL", _magickpen_emulator.url)
    monkeypatch.setenv("MAGICKPEN_API_URL", _magickpen_emulator.url)
    monkeypatch.delenv("MAGICKPEN_PROXY", raising=False)
    return _magickpen_emulator
