"""`magickpen credentials`."""

from __future__ import annotations

import click

from magickpen.cli.options import ClientArguments, client_options, make_client
from magickpen.cli.output import say, warn_unproved, write_json
from magickpen.core.signing import masked


@click.command()
@click.option("--reveal", is_flag=True, help="Show the secrets in full.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@client_options
def credentials(reveal: bool, as_json: bool, client: ClientArguments) -> None:
    """Read the site, and show its secrets, masked."""
    with make_client(client) as pen:
        found = pen.discover()
    secrets = found.secrets
    constants = {
        "x_api_secret": secrets.x_api_secret,
        "secret": secrets.secret,
        "salt": secrets.salt,
    }
    shown = {name: value if reveal else masked(value) for name, value in constants.items()}
    shown["bundle"] = found.bundle
    warn_unproved(secrets)
    if as_json:
        write_json({**shown, "proved": found.proved})
        return
    for name, value in shown.items():
        say(f"{name:<12}  {value}")
    if not reveal:
        click.echo("magickpen: masked; --reveal shows them in full", err=True)
