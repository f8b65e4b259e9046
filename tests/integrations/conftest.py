from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Iterator

import pytest

from tests.support.command_fixture import command

__all__ = ["command"]


@pytest.fixture(scope="module", autouse=True)
def _what_tools_leave_open() -> Iterator[None]:
    """Free the clients and event loops that other tools do not close, at the end of a module."""
    yield
    asyncio.set_event_loop(None)
    with warnings.catch_warnings(action="ignore"):
        gc.collect()
