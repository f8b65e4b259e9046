"""`magickpen ask`."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

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
    from magickpen.cli.answers import Printer


@click.command()
@click.argument("prompt", nargs=-1)
@SYSTEM
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Put the text of a file (- for standard input) before the prompt (repeatable).",
)
@CONTINUE
@CONVERSATION
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write the answer to this file."
)
@click.option("--no-stdin", is_flag=True, help="Do not read standard input.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--no-stream", is_flag=True, help="Print the answer when it is complete.")
@MARKDOWN
@HISTORY
@client_options
@click.pass_context
def ask(
    context: click.Context,
    *,
    prompt: tuple[str, ...],
    system: str | None,
    files: tuple[Path, ...],
    last: bool,
    conversation: int | None,
    output: Path | None,
    no_stdin: bool,
    as_json: bool,
    no_stream: bool,
    markdown: bool,
    history: bool,
    client: ClientArguments,
) -> None:
    """Ask PROMPT and print the answer as it arrives.

    Text that is piped in, and that of files, is put before PROMPT. In a loop that reads lines, such
    as `while read line`, pass --no-stdin: the rest of the lines would be taken for a part of the
    question. A prompt that begins with a dash stands after `--`.
    """
    from magickpen.cli.answers import print_answer  # noqa: PLC0415  --help does not need it
    from magickpen.cli.continued import begin_or_continue  # noqa: PLC0415
    from magickpen.cli.output import reply_as_dict, warn_unproved, write_json  # noqa: PLC0415
    from magickpen.cli.recording import Recording, open_records  # noqa: PLC0415

    question = _question(" ".join(prompt), files, reads_input=not no_stdin)
    if output is not None:
        if as_json:
            raise click.UsageError("--json and -o cannot be combined: redirect the output with >.")
        _check_writable(output)
    out = _printer(output, as_json=as_json, no_stream=no_stream, markdown=markdown)
    with open_records(wanted=history) as records, make_client(client) as pen:
        begun = begin_or_continue(
            context, records, last=last, conversation=conversation, system=system
        )
        stream = pen.stream([*begun.messages, {"role": "user", "content": question}])
        recording = Recording(records, begun.id, question, begun.beginning)
        reply = print_answer(stream, recording, out)
        if as_json:
            write_json(reply_as_dict(reply))
        # No I/O: the secrets are known by now.
        warn_unproved(pen.fetch_secrets())
        if client.verbose:
            click.echo(
                f"magickpen: {reply.attempts} attempt(s), first text after"
                f" {reply.time_to_first_chunk:.2f} s, {reply.elapsed:.2f} s in all",
                err=True,
            )


def _printer(output: Path | None, *, as_json: bool, no_stream: bool, markdown: bool) -> Printer:
    from magickpen.cli.answers import Collector, printer  # noqa: PLC0415

    if as_json:
        return Collector(len)
    if output is not None:
        return Collector(partial(_write, output))
    out = printer(markdown=markdown)

    def deliver(text: str) -> None:
        out.write(text)
        out.end()

    return Collector(deliver) if no_stream else out


def _question(prompt: str, files: tuple[Path, ...], *, reads_input: bool) -> str:
    from magickpen.cli.input import read_standard_input, read_text  # noqa: PLC0415

    texts = [read_standard_input() if reads_input else "", *map(read_text, files), prompt]
    question = "\n\n".join(filter(None, texts))
    if not question.strip():
        raise click.UsageError("The prompt is empty: pass a PROMPT, or pipe text in.")
    return question


def _check_writable(path: Path) -> None:
    """Find out before the question is sent, since it counts against the quota."""
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise click.UsageError(f"{path} cannot be written")


def _write(path: Path, text: str) -> None:
    """Write a text to a file; if that fails, to standard output, so that it is not lost."""
    from magickpen.cli.answers import PlainPrinter  # noqa: PLC0415

    text = text if text.endswith("\n") else f"{text}\n"
    try:
        path.write_text(text, "utf-8", "replace")
    except OSError as error:
        PlainPrinter().write(text)
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from None
