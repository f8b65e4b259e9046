"""`magickpen emulator`."""

from __future__ import annotations

import json
import logging
import time
import webbrowser
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from magickpen.emulator.builds import SiteKind


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to serve at.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port; 0 for a free one."
)
@click.option(
    "--site",
    type=click.Choice(["nuxt2", "nuxt4", "vite", "webpack5", "bare"]),
    default="nuxt2",
    show_default=True,
    help="The kind of build that the site is made by.",
)
@click.option("--reply", metavar="TEXT", help="Answer each question with this.")
@click.option(
    "--upstream",
    metavar="URL",
    help="Let a server that speaks OpenAI's protocol answer, such as http://127.0.0.1:11434/v1.",
)
@click.option("--upstream-model", metavar="NAME", help="Its model, if not the first it lists.")
@click.option(
    "--quota", type=click.IntRange(min=1), metavar="N", help="Answer N questions a period."
)
@click.option(
    "--per",
    type=click.FloatRange(min=0, min_open=True),
    default=86_400.0,
    show_default=True,
    metavar="SECONDS",
    help="The length of a period.",
)
@click.option(
    "--chunk-delay",
    type=click.FloatRange(min=0),
    default=0.02,
    show_default=True,
    metavar="SECONDS",
    help="The pause between two pieces of an answer.",
)
@click.option("-v", "--verbose", is_flag=True, help="Print a line for each request.")
@click.option("--open", "opens_page", is_flag=True, help="Open its page in a browser.")
@click.option("--json", "as_json", is_flag=True, help="Print the address as one JSON object.")
def emulator(
    *,
    host: str,
    port: int,
    site: SiteKind,
    reply: str | None,
    upstream: str | None,
    upstream_model: str | None,
    quota: int | None,
    per: float,
    chunk_delay: float,
    verbose: bool,
    opens_page: bool,
    as_json: bool,
) -> None:
    """Serve a local MagickPen service until it is interrupted.

    It prints two lines. Run them in another shell to make the commands there ask the emulator.
    """
    try:
        from magickpen.emulator import Emulator  # noqa: PLC0415  its extra may be missing
        from magickpen.emulator.server import is_loopback  # noqa: PLC0415
    except ImportError as error:
        raise click.ClickException(str(error)) from None
    if verbose:
        logging.basicConfig(format="magickpen: %(message)s")
        logging.getLogger("magickpen.emulator").setLevel(logging.INFO)
    service = Emulator(
        reply=reply,
        upstream=upstream,
        upstream_model=upstream_model,
        quota=quota,
        per=per,
        host=host,
        port=port,
        site=site,
        chunk_delay=chunk_delay,
    )
    try:
        service.start()
    except OSError as error:
        reason = f"{host}, port {port} cannot be used: {error.strerror}"
        raise click.ClickException(reason) from None
    if not is_loopback(host):
        click.echo(f"magickpen: whoever reaches {host} can ask the emulator", err=True)
    with service:
        if as_json:
            click.echo(json.dumps({"url": service.url}))
        else:
            click.echo(f"export MAGICKPEN_BASE_URL={service.url}")
            click.echo(f"export MAGICKPEN_API_URL={service.url}")
        click.echo("magickpen: the emulator is serving; Ctrl-C stops it", err=True)
        if opens_page and not webbrowser.open(service.url):
            click.echo(f"magickpen: no browser was found; open {service.url}", err=True)
        while True:
            time.sleep(1.0)
