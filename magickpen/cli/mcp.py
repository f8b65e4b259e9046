"""`magickpen mcp`."""

from __future__ import annotations

import click

from magickpen.cli.options import ClientArguments, client_options, client_settings


@click.command()
@client_options
def mcp(*, client: ClientArguments) -> None:
    """Serve MagickPen to clients of the Model Context Protocol (MCP) on standard input and output.

    Programs such as Claude Desktop, Cursor and VS Code start it themselves.
    """
    try:
        from magickpen.integrations.mcp import create_server  # noqa: PLC0415  it may be missing
    except ImportError as error:
        raise click.ClickException(str(error)) from None
    from magickpen.aio.client import AsyncMagickPen  # noqa: PLC0415  --help does not need it

    with client_settings(client) as settings:
        create_server(AsyncMagickPen(**settings)).run()
