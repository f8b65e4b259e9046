"""How the commands print an answer, and keep it in the history."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Protocol

import click

from magickpen.cli.output import end_line, write_answer
from magickpen.cli.recording import ANSWERED, INTERRUPTED, Recording
from magickpen.cli.waiting import Waiting
from magickpen.core.errors import MagickPenError
from magickpen.core.reply import Reply
from magickpen.sync.stream import Stream


class Interrupted(click.Abort):
    """The user interrupted an answer.

    Attributes:
        partial: the text that had come.
    """

    def __init__(self, partial: str) -> None:
        super().__init__()
        self.partial = partial


class Printer(Protocol):
    """Prints an answer as it arrives."""

    def write(self, text: str) -> None:
        """Print the next text of the answer, or keep it back until there is more."""

    def end(self) -> None:
        """Print what was kept back, and end the last line."""


class PlainPrinter:
    """Prints each text at once."""

    def __init__(self) -> None:
        self._last = ""

    def write(self, text: str) -> None:
        """Print the next text."""
        write_answer(text)
        self._last = text or self._last

    def end(self) -> None:
        """End the last line."""
        end_line(self._last)


class Collector:
    """Collects the answer, and hands it over at its end, unless nothing came.

    Args:
        deliver: takes the text.
    """

    def __init__(self, deliver: Callable[[str], object]) -> None:
        self._deliver = deliver
        self._texts: list[str] = []

    def write(self, text: str) -> None:
        """Collect the next text."""
        self._texts.append(text)

    def end(self) -> None:
        """Hand the text over."""
        if text := "".join(self._texts):
            self._deliver(text)


def printer(*, markdown: bool) -> Printer:
    """Return what prints an answer, with its formatting if that is wanted and possible."""
    if not (markdown and sys.stdout.isatty()):
        return PlainPrinter()
    from magickpen.cli.markdown import MarkdownPrinter  # noqa: PLC0415  Rich takes long to import

    return MarkdownPrinter()


def print_answer(stream: Stream, recording: Recording, out: Printer) -> Reply:
    """Print an answer as it arrives, and keep it in the history, however it ends.

    Raises:
        MagickPenError: the call failed. What had come of the answer has been printed.
        Interrupted: the user interrupted it. What had come has been printed.
    """
    written = 0
    outcome = INTERRUPTED
    try:
        with Waiting() as waiting:
            for chunk in stream:
                waiting.end()
                out.write(chunk)
                written += len(chunk)
                if recording.due:
                    recording.keep(stream.text)
        reply = stream.reply()
    except BaseException as error:
        with _interruptions_ignored():
            stream.close()
            partial = stream.text
            if isinstance(error, MagickPenError):
                outcome = error.code
                # A decoder may have held back part of the text.
                partial = getattr(error, "partial", "") or partial
            recording.keep(partial, outcome)
        # Another one ends what is printed, which may wait for a reader, and nothing else.
        with suppress(KeyboardInterrupt):
            out.write(partial[written:])
            out.end()
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(partial) from None
        raise
    recording.keep(reply.text, ANSWERED)
    out.end()
    return reply


@contextmanager
def _interruptions_ignored() -> Generator[None]:
    """Let no signal interrupt what keeps the part of an answer that came; it takes a moment."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
