"""`magickpen ask`."""

from __future__ import annotations

import sys

import click

from magickpen.cli.options import ClientArguments, client_options, make_client
from magickpen.cli.output import end_line, warn_unproved, write_answer, write_json
from magickpen.core.errors import MagickPenError
from magickpen.core.reply import Reply

_KEYS = ("model", "endpoint", "attempts", "time_to_first_chunk", "elapsed")
"""The attributes of a reply that `--json` prints after its text."""


@click.command()
@click.argument("prompt", nargs=-1)
@click.option("--system", metavar="TEXT", help="An instruction to put before the prompt.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--no-stream", is_flag=True, help="Print the answer when it is complete.")
@client_options
def ask(
    prompt: tuple[str, ...],
    system: str | None,
    as_json: bool,
    no_stream: bool,
    client: ClientArguments,
) -> None:
    """Ask PROMPT and print the answer as it arrives.

    Text that is piped in is put before PROMPT.
    """
    question = _question(" ".join(prompt))
    written = ""
    with make_client(client) as pen, pen.stream(question, system=system) as stream:
        try:
            if not as_json and not no_stream:
                for chunk in stream:
                    write_answer(chunk)
                    written += chunk
                end_line(written)
            reply = stream.reply()
        except MagickPenError as error:
            partial = getattr(error, "partial", "") or stream.text
            _save_partial(error, partial, written, as_json=as_json)
            raise
        _report(reply, as_json=as_json, no_stream=no_stream)
        # No I/O: the secrets are known by now.
        warn_unproved(pen.fetch_secrets())
        if client.verbose:
            click.echo(
                f"magickpen: {reply.attempts} attempt(s), first text after"
                f" {reply.time_to_first_chunk:.2f} s, {reply.elapsed:.2f} s in all",
                err=True,
            )


def _question(prompt: str) -> str:
    if sys.stdin is None or sys.stdin.isatty():
        if not prompt:
            raise click.UsageError("Pass a PROMPT, or pipe text in.")
        return prompt
    piped = sys.stdin.buffer.read().decode("utf-8", "replace").rstrip("\n")
    question = "\n\n".join(filter(None, [piped, prompt]))
    if not question.strip():
        raise click.UsageError("The prompt is empty: pass a PROMPT, or pipe text in.")
    return question


def _report(reply: Reply, *, as_json: bool, no_stream: bool) -> None:
    if as_json:
        write_json({"text": reply.text, **{name: getattr(reply, name) for name in _KEYS}})
    elif no_stream:
        write_answer(reply.text)
        end_line(reply.text)


def _save_partial(error: MagickPenError, partial: str, written: str, *, as_json: bool) -> None:
    if as_json and partial:
        write_json({"error": type(error).__name__, "message": str(error), "partial": partial})
        return
    # A decoder may have held back part of the text.
    write_answer(partial.removeprefix(written))
    end_line(partial)
