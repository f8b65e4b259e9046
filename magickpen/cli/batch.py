"""`magickpen batch`."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from magickpen.cli.options import SYSTEM, ClientArguments, client_options, make_client

if TYPE_CHECKING:
    from magickpen.cli.batch_files import Failures, Prompt, Results
    from magickpen.cli.batch_progress import Counts
    from magickpen.sync.batch import Batch

STOP_AFTER = 5
"""How many failures in a row, of a kind that other questions meet as well, stop a batch."""

COMMON_FAILURES = (
    "authentication",
    "challenge",
    "connection",
    "credentials",
    "permission_denied",
    "timeout",
)


@click.command()
@click.argument("prompts", metavar="IN", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("results", metavar="OUT", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Ask N questions at a time.",
)
@click.option("--ordered", is_flag=True, help="Sort OUT like IN at the end.")
@click.option("--stop-on-rate-limit", is_flag=True, help="Leave with status 3 instead of waiting.")
@SYSTEM
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with the counts.")
@client_options
@click.pass_context
def batch(
    context: click.Context,
    *,
    prompts: Path,
    results: Path,
    concurrency: int,
    ordered: bool,
    stop_on_rate_limit: bool,
    system: str | None,
    as_json: bool,
    client: ClientArguments,
) -> None:
    """Ask the prompts in IN, and write the answers to OUT.

    IN has a prompt a line, or JSON lines such as {"id": 1, "prompt": "…"} or {"id": 1,
    "messages": […]}, which may have a "system"; - is standard input. OUT gets a line of JSON for
    each answer, as soon as it is there: {"id": 1, "text": "…", …}. A prompt without an "id" gets
    one that is made of its text.

    If it is run again with the same OUT, it asks what is missing or has failed. Failures are
    in OUT.failed, written anew by each run. When the service limits the rate, it waits until
    it may ask again. Ctrl-C ends it after the questions under way; a second one, at once.
    """
    from magickpen.cli.batch_files import Failures, Results, read_prompts  # noqa: PLC0415
    from magickpen.cli.batch_progress import Counts, progress  # noqa: PLC0415
    from magickpen.cli.output import write_json  # noqa: PLC0415

    asked = read_prompts(prompts)
    with Results(results) as out, make_client(client) as pen:
        left = [prompt for prompt in asked if prompt["id"] not in out.answered]
        counts = Counts(total=len(asked), answered=len(asked) - len(left))
        failures = Failures(results)
        work = pen.batch(
            left,
            concurrency=concurrency,
            system=system,
            wait_for_rate_limit=not stop_on_rate_limit,
        )
        with work, _signals_stop(work, counts), progress(work, counts):
            _take_results(work, left, counts, out, failures)
        if out.problem:
            raise click.ClickException(out.problem)
        if ordered:
            out.sort([prompt["id"] for prompt in asked])
    click.echo(f"magickpen: {counts}{failures}", err=True)
    if as_json:
        write_json(counts.to_dict())
    context.exit(counts.exit_status)


def _take_results(
    work: Batch, prompts: list[Prompt], counts: Counts, out: Results, failures: Failures
) -> None:
    from magickpen.cli.failures import tell  # noqa: PLC0415  --help does not need it
    from magickpen.core.errors import RateLimitError  # noqa: PLC0415

    in_a_row = 0
    for result in work:
        prompt = prompts[result.index]
        error = result.error
        if result.reply is not None:
            out.add(prompt, result.reply)
            counts.answered += 1
            in_a_row = 0
            if out.problem:
                work.stop()
        elif isinstance(error, RateLimitError):
            if not counts.rate_limited:
                tell(error)
            counts.rate_limited = True
            work.stop()
        elif error is not None:
            failures.add(prompt, error)
            counts.failed += 1
            in_a_row = in_a_row + 1 if error.code in COMMON_FAILURES else 0
        if in_a_row == STOP_AFTER:
            click.echo(f"magickpen: {in_a_row} failures in a row ({error}); stopping", err=True)
            work.stop()


@contextlib.contextmanager
def _signals_stop(work: Batch, counts: Counts) -> Generator[None]:
    """End a batch after the questions under way on the first signal, and at once on another."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        if counts.interrupted:
            # In a thread, since the one that is interrupted may hold a lock which closing needs.
            # Nothing is raised, so that no result is lost on its way to the file.
            threading.Thread(target=work.close, daemon=True).start()
            return
        counts.interrupted = True
        work.stop()
        click.echo(
            "magickpen: ending after the questions under way; Ctrl-C again leaves at once", err=True
        )

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
