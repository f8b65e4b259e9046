"""`magickpen ask`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from magickpen.cli.input import read_file, read_standard_input
from magickpen.cli.options import ClientArguments, client_options, make_client
from magickpen.cli.output import end_line, warn_unproved, write_answer, write_json
from magickpen.core.errors import MagickPenError

_KEYS = ("model", "endpoint", "attempts", "time_to_first_chunk", "elapsed")
"""The attributes of a reply that `--json` prints after its text."""


@click.command()
@click.argument("prompt", nargs=-1)
@click.option("-s", "--system", metavar="TEXT", help="An instruction to put before the prompt.")
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Put the text of a file before the prompt; can be given several times.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write the answer to this file."
)
@click.option("--no-stdin", is_flag=True, help="Do not read standard input.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--no-stream", is_flag=True, help="Print the answer when it is complete.")
@client_options
def ask(
    *,
    prompt: tuple[str, ...],
    system: str | None,
    files: tuple[Path, ...],
    output: Path | None,
    no_stdin: bool,
    as_json: bool,
    no_stream: bool,
    client: ClientArguments,
) -> None:
    """Ask PROMPT and print the answer as it arrives.

    Text that is piped in, and that of files, is put before PROMPT. In a loop that reads lines, such
    as `while read line`, pass --no-stdin: the rest of the lines would be taken for a part of the
    question. A prompt that begins with a dash stands after `--`.
    """
    question = _question(" ".join(prompt), files, reads_input=not no_stdin)
    if output is not None:
        if as_json:
            raise click.UsageError("--json and -o cannot be combined: redirect the output with >.")
        _check_writable(output)
    quiet = as_json or no_stream or output is not None
    written = ""
    with make_client(client) as pen, pen.stream(question, system=system) as stream:
        try:
            if not quiet:
                for chunk in stream:
                    write_answer(chunk)
                    written += chunk
                end_line(written)
            reply = stream.reply()
        except MagickPenError as error:
            partial = getattr(error, "partial", "") or stream.text
            if output is not None and partial:
                _write(output, partial)
            elif not as_json:
                # A decoder may have held back part of the text.
                write_answer(partial.removeprefix(written))
                end_line(partial)
            raise
        if output is not None:
            _write(output, reply if reply.endswith("\n") else f"{reply}\n")
        elif as_json:
            write_json({"text": reply.text, **{name: getattr(reply, name) for name in _KEYS}})
        elif no_stream:
            write_answer(reply.text)
            end_line(reply.text)
        # No I/O: the secrets are known by now.
        warn_unproved(pen.fetch_secrets())
        if client.verbose:
            click.echo(
                f"magickpen: {reply.attempts} attempt(s), first text after"
                f" {reply.time_to_first_chunk:.2f} s, {reply.elapsed:.2f} s in all",
                err=True,
            )


def _question(prompt: str, files: tuple[Path, ...], *, reads_input: bool) -> str:
    texts = [read_standard_input() if reads_input else "", *map(read_file, files), prompt]
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
    try:
        path.write_text(text, "utf-8", "replace")
    except OSError as error:
        write_answer(text)
        end_line(text)
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from None
