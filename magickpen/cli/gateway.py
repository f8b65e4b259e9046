"""`magickpen gateway`."""

from __future__ import annotations

import ipaddress
import socket

import click

from magickpen.cli.options import ClientArguments, client_options, client_settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to serve at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port; 0 for a free one.",
)
@click.option(
    "--api-key",
    metavar="KEY",
    envvar="MAGICKPEN_GATEWAY_KEY",
    show_envvar=True,
    help="Serve those alone who send this key.",
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A further name by which it is reached (repeatable).",
)
@click.option(
    "--cors-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Let web pages of this origin use it (repeatable).",
)
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    metavar="N",
    help="Answer N questions at a time.",
)
@click.option(
    "--grace",
    type=click.IntRange(min=0),
    default=30,
    show_default=True,
    metavar="SECONDS",
    help="Let answers under way finish for so long when it is ended.",
)
@click.option("--access-log", is_flag=True, help="Print a line for each request.")
@client_options
def gateway(
    *,
    host: str,
    port: int,
    api_key: str | None,
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
    concurrency: int,
    grace: int,
    access_log: bool,
    client: ClientArguments,
) -> None:
    """Serve MagickPen to OpenAI's clients until it is interrupted.

    Give them the printed URL as their base URL, and any key, or that of --api-key.
    """
    try:
        import uvicorn  # noqa: PLC0415  its extra may be missing

        from magickpen.integrations.openai_gateway import LOOPBACK, create_app  # noqa: PLC0415
    except ImportError:
        message = "the gateway needs an extra: pip install 'magickpen[gateway]'"
        raise click.ClickException(message) from None
    from magickpen.aio.client import AsyncMagickPen  # noqa: PLC0415  --help does not need it

    listening = _listen(host, port)
    if not _is_loopback(host) and api_key is None:
        click.echo(f"magickpen: whoever reaches {host} can ask questions: pass --api-key", err=True)
    if host in ("0.0.0.0", "::") and not hosts:  # noqa: S104
        click.echo("magickpen: pass --allow-host with the name by which others reach it", err=True)
    with listening, client_settings(client) as settings:
        app = create_app(
            AsyncMagickPen(**settings),
            api_key=api_key,
            allowed_hosts=(*LOOPBACK, host, *hosts),
            cors_origins=origins,
            concurrency=concurrency,
        )
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"http://{shown}:{listening.getsockname()[1]}/v1")
        config = uvicorn.Config(
            app,
            log_level="info" if access_log else "warning",
            timeout_graceful_shutdown=grace,
            ws="none",
        )
        uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = f"{host}, port {port} cannot be used: {error.strerror}"
        raise click.ClickException(reason) from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
