"""What a terminal shows until the first text of an answer comes."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from types import TracebackType
from typing import Self

import click

from magickpen.cli.output import is_terminal
from magickpen.core.effects import logger

INTERVAL = 1.0
"""Seconds until the sign appears, and between its changes."""


class Waiting(logging.Handler):
    """A sign of life on standard error, and a line for each retry, if it is a terminal.

    It ends at the first text, or with the `with` block.
    """

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._active = is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)
        self._level = logger.level

    def __enter__(self) -> Self:
        if self._active:
            # With -v, or MAGICKPEN_LOG, the log shows retries.
            if not logger.isEnabledFor(logging.INFO):
                logger.setLevel(logging.INFO)
                logger.addHandler(self)
            self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """Remove the sign."""
        if self._active and not self._over.is_set():
            self._over.set()
            self._thread.join()
            logger.removeHandler(self)
            logger.setLevel(self._level)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line of the log."""
        self._write(f"magickpen: {record.getMessage()}\n")

    def _show(self) -> None:
        started = time.monotonic()
        shown = False
        while not self._over.wait(INTERVAL):
            shown = True
            self._write(f"magickpen: waiting for the answer, {time.monotonic() - started:.0f} s")
        if shown:
            self._write("")

    def _write(self, text: str) -> None:
        # It replaces the line.
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)
