"""`magickpen chat`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from magickpen.cli import RATE_LIMITED
from magickpen.cli.options import (
    CONTINUE,
    CONVERSATION,
    HISTORY,
    MARKDOWN,
    SYSTEM,
    ClientArguments,
    client_options,
    make_client,
)

if TYPE_CHECKING:
    from magickpen.cli.chatting import Chat


@click.command()
@SYSTEM
@CONTINUE
@CONVERSATION
@MARKDOWN
@HISTORY
@client_options
@click.pass_context
def chat(
    context: click.Context,
    *,
    system: str | None,
    last: bool,
    conversation: int | None,
    markdown: bool,
    history: bool,
    client: ClientArguments,
) -> None:
    """Hold a conversation, which is kept in the history.

    Enter sends a question, Alt-Enter begins a new line, Ctrl-X Ctrl-E opens an editor. Ctrl-C stops
    an answer, and keeps what has come of it; Ctrl-D leaves. /help lists the commands.

    If text is piped in, each line is a question.
    """
    from magickpen.cli.chatting import Chat  # noqa: PLC0415  --help does not need it
    from magickpen.cli.continued import begin_or_continue  # noqa: PLC0415
    from magickpen.cli.output import is_terminal  # noqa: PLC0415
    from magickpen.cli.recording import open_records  # noqa: PLC0415

    with open_records(wanted=history) as records, make_client(client) as pen:
        begun = begin_or_continue(
            context, records, last=last, conversation=conversation, system=system
        )
        talk = Chat(pen, records, begun, markdown=markdown)
        if is_terminal(sys.stdin):
            _converse(talk, history=history)
        else:
            context.exit(_answer_lines(talk))


def _converse(talk: Chat, *, history: bool) -> None:
    from magickpen.cli.line_editor import LineEditor  # noqa: PLC0415  it takes long to import

    click.echo("magickpen: /help lists the commands, Ctrl-D leaves", err=True)
    editor = LineEditor(talk.commands, keep=history)
    while not talk.over:
        try:
            line = editor.read()
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        talk.take(line)
    if talk.conversation is not None:
        click.echo(
            f"magickpen: `magickpen chat --conversation {talk.conversation}` continues this"
            " conversation, -c the last one",
            err=True,
        )


def _answer_lines(talk: Chat) -> int:
    worst = 0
    for line in _lines():
        status = talk.take(line)
        worst = max(worst, status)
        if talk.over or status == RATE_LIMITED:
            break
    return worst


def _lines() -> Iterator[str]:
    from magickpen.cli.input import LIMIT, decoded  # noqa: PLC0415

    if sys.stdin is not None:
        while line := sys.stdin.buffer.readline(LIMIT):
            yield decoded(line, "standard input")
