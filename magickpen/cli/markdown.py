"""Answers with their formatting, on a terminal."""

from __future__ import annotations

from markdown_it import MarkdownIt
from rich.console import Console
from rich.markdown import Markdown

from magickpen.cli.output import printable

LONGEST_BLOCK = 16 * 1024
"""The characters after which a block is printed although it is not finished, since looking for its
end takes the longer, the longer it is."""


class MarkdownPrinter:
    """Prints each block of Markdown when it is finished: a paragraph, a list, and so on."""

    def __init__(self) -> None:
        self._console = Console()
        self._parser = MarkdownIt().enable("table")
        self._pending = ""
        self._searched = 0
        self._printed = False

    def write(self, text: str) -> None:
        """Print the blocks that this text finishes."""
        self._pending += text
        if len(self._pending) > LONGEST_BLOCK:
            self.end()
            return
        # A block ends where the next one begins, in a new line. A long one is searched again when a
        # tenth has come to it, so that all searches take a time in proportion to its length.
        last_line = self._pending.rstrip().rfind("\n")
        if last_line <= self._searched * 1.1:
            return
        self._searched = last_line
        tokens = self._parser.parse(self._pending)
        starts = [token.map[0] for token in tokens if token.level == 0 and token.map]
        if len(starts) > 1:
            lines = self._pending.splitlines(keepends=True)
            self._print("".join(lines[: starts[-1]]))
            self._pending = "".join(lines[starts[-1] :])
            self._searched = 0

    def end(self) -> None:
        """Print the last block."""
        self._print(self._pending)
        self._pending = ""
        self._searched = 0

    def _print(self, block: str) -> None:
        if not block.strip():
            return
        if self._printed:
            self._console.print()
        # The targets of links are shown, and not hidden behind their texts.
        self._console.print(Markdown(printable(block), hyperlinks=False))
        self._printed = True
