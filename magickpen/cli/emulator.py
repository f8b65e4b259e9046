"""`magickpen emulator`."""

from __future__ import annotations

import threading

import click


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port; 0 for a free one."
)
@click.option("--reply", metavar="TEXT", help="Answer each question with this.")
@click.option(
    "--chunk-delay",
    type=click.FloatRange(min=0),
    default=0.02,
    show_default=True,
    metavar="SECONDS",
    help="The pause between two pieces of an answer.",
)
def emulator(port: int, reply: str | None, chunk_delay: float) -> None:
    """Serve a local MagickPen service until it is interrupted.

    It prints two lines. Run them in another shell to make the commands there ask the emulator.
    """
    try:
        from magickpen.emulator import Emulator  # noqa: PLC0415  its extra may be missing
    except ImportError as error:
        raise click.ClickException(str(error)) from None
    service = Emulator(reply=reply, port=port, chunk_delay=chunk_delay)
    try:
        service.start()
    except OSError as error:
        raise click.ClickException(f"port {port} cannot be used: {error.strerror}") from None
    with service:
        click.echo(f"export MAGICKPEN_BASE_URL={service.url}")
        click.echo(f"export MAGICKPEN_API_URL={service.url}")
        click.echo("magickpen: the emulator is serving; Ctrl-C stops it", err=True)
        threading.Event().wait()
