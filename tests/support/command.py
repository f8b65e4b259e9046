"""The command, as tests run it in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias


class Result(NamedTuple):
    """What a command left."""

    status: int
    out: str
    err: str


Command: TypeAlias = Callable[..., Result]
"""Runs the command on the emulator: its arguments, and `stdin` as a keyword; None is a terminal."""
