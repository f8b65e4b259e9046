"""What a batch shows while it runs."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass
from datetime import datetime

import click

from magickpen.cli import FAILED, INTERRUPTED, RATE_LIMITED
from magickpen.cli.failures import when
from magickpen.cli.output import is_terminal
from magickpen.core.batch import logger
from magickpen.sync.batch import Batch

INTERVAL = 10.0
"""Seconds between two lines where there is no terminal."""


@dataclass
class Counts:
    """How far a batch is.

    Attributes:
        total: the number of prompts.
        answered: how many are answered, in this run and before.
        failed: how many have failed in this run.
        rate_limited: whether a rate limit ended it.
        interrupted: whether a signal ended it.
    """

    total: int
    answered: int
    failed: int = 0
    rate_limited: bool = False
    interrupted: bool = False

    def __str__(self) -> str:
        left = self.total - self.answered - self.failed
        return f"{self.answered} of {self.total} answered, {self.failed} failed, {left} left"

    def to_dict(self) -> dict[str, object]:
        """Return the counts as JSON can hold them."""
        return {**asdict(self), "left": self.total - self.answered - self.failed}

    @property
    def exit_status(self) -> int:
        """The exit status of the command."""
        if self.interrupted:
            return INTERRUPTED
        if self.rate_limited:
            return RATE_LIMITED
        return FAILED if self.answered < self.total else 0


class _Pauses(logging.Handler):
    """Tells each pause of the batch in a line."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        seconds, reason = record.args if isinstance(record.args, tuple) else (0.0, "")
        assert isinstance(seconds, float)
        then = when(seconds, datetime.now().astimezone())
        reason = "the rate is limited" if reason == "rate_limited" else "the network is gone"
        click.echo(f"magickpen: {reason}; going on {then}", err=True)


@contextlib.contextmanager
def progress(batch: Batch, counts: Counts) -> Generator[None]:
    """Show how far a batch is: a bar on a terminal, and otherwise a line now and then."""
    handler = _Pauses()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with _bar(batch, counts) if is_terminal(sys.stderr) else _lines(counts):
            yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


@contextlib.contextmanager
def _lines(counts: Counts) -> Generator[None]:
    over = threading.Event()

    def tell() -> None:
        while not over.wait(INTERVAL):
            click.echo(f"magickpen: {counts}", err=True)

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def _bar(batch: Batch, counts: Counts) -> Generator[None]:
    # Rich takes long to import.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, ProgressColumn, Task  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    started, before = time.monotonic(), counts.answered

    class State(ProgressColumn):
        """Counts, the rate, and the time left, or the time until the batch goes on."""

        def render(self, task: Task) -> Text:
            task.completed = counts.answered + counts.failed
            text = f"{counts.answered}/{counts.total}, {counts.failed} failed"
            if pause := batch.pause:
                return Text(f"{text}, waiting {_length(pause)}")
            done = counts.answered + counts.failed - before
            if not done:
                return Text(text)
            seconds = (time.monotonic() - started) / done
            left = _length(seconds * (counts.total - before - done))
            return Text(f"{text}, {60 / seconds:.1f} a minute, {left} left")

    shown = Progress(BarColumn(), State(), console=Console(stderr=True))
    shown.add_task("", total=counts.total)
    with shown:
        yield


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(min(seconds, 1e9)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
