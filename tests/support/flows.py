"""Flows that no story of the core is, to try the drivers with."""

from __future__ import annotations

import time

from magickpen.core.deadline import Deadline
from magickpen.core.effects import Flow, Open
from magickpen.core.http import Request


def careless(url: str) -> Flow[None]:
    """Open a page and fail before its body was read."""
    deadline = Deadline(5, time.monotonic)
    yield from Open(Request(method="GET", url=url, headers={}, timeout=2, deadline=deadline))
    raise LookupError
