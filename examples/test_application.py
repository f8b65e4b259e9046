"""Tests of an application that asks MagickPen, on a service that runs inside of the tests.

pip install 'magickpen[emulator]' pytest
pytest test_application.py
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from magickpen import MagickPen, RateLimitError
from magickpen.emulator import Emulator, RateLimit


class Application:
    """Stands for yours; it makes its client when it is made."""

    def __init__(self, client: Callable[[], MagickPen] = MagickPen) -> None:
        self.pen = client()

    def summary(self, text: str) -> str:
        return self.pen.ask(f"Sum up: {text}").text


def test_a_summary(magickpen_service: Emulator) -> None:
    magickpen_service.reply = "It is about rivers."
    assert Application().summary("The Rhine …") == "It is about rivers."
    assert b"Sum up: The Rhine" in magickpen_service.requests[-1].body


def test_a_rate_limit(magickpen_service: Emulator) -> None:
    magickpen_service.play(RateLimit(retry_after=3600))
    with pytest.raises(RateLimitError) as caught:
        Application().summary("The Rhine …")
    assert caught.value.retry_after == 3600
