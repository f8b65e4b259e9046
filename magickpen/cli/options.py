"""The options that the commands share, and the client that they make."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, get_args

import click

from magickpen.core.defaults import (
    API_URL,
    DEFAULT_DEADLINE,
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    SITE_URL,
    EndpointName,
)

if TYPE_CHECKING:
    from magickpen.sync.client import MagickPen

F = TypeVar("F", bound=Callable[..., object])


class ClientArguments(NamedTuple):
    """The values of the shared options."""

    base_url: str | None
    api_url: str | None
    endpoint: EndpointName
    timeout: float
    deadline: float
    max_retries: int
    retry_unanswered: bool
    proxy: str | None
    header: tuple[str, ...]
    turnstile_token: str | None
    no_cache: bool
    offline: bool
    verbose: bool


CLIENT_OPTIONS: list[Callable[[Any], Any]] = [
    click.option(
        "--base-url", metavar="URL", help=f"The site.  [default: $MAGICKPEN_BASE_URL or {SITE_URL}]"
    ),
    click.option(
        "--api-url", metavar="URL", help=f"The API.  [default: $MAGICKPEN_API_URL or {API_URL}]"
    ),
    click.option(
        "--endpoint",
        type=click.Choice(get_args(EndpointName)),
        default="ask",
        show_default=True,
        help="Send one text, or a list of messages.",
    ),
    click.option(
        "--timeout",
        type=float,
        default=DEFAULT_TIMEOUT,
        show_default=True,
        metavar="SECONDS",
        help="Seconds to wait for the next bytes.",
    ),
    click.option(
        "--deadline",
        type=float,
        default=DEFAULT_DEADLINE,
        show_default=True,
        metavar="SECONDS",
        help="Seconds that all of it may take.",
    ),
    click.option(
        "--max-retries",
        type=int,
        default=DEFAULT_MAX_RETRIES,
        show_default=True,
        help="How many times a failed request is retried.",
    ),
    click.option(
        "--retry-unanswered",
        is_flag=True,
        help="Retry a question that may have been answered; it may count twice.",
    ),
    click.option("--proxy", metavar="URL", help="Send requests through this proxy."),
    click.option(
        "--header", multiple=True, metavar="NAME:VALUE", help="Send this header, too (repeatable)."
    ),
    click.option(
        "--turnstile-token", metavar="TOKEN", help="A token of the site's Turnstile widget."
    ),
    click.option("--no-cache", is_flag=True, help="Do not keep the secrets of the site on disk."),
    click.option("--offline", is_flag=True, help="Use an emulator inside this process."),
    click.option("-v", "--verbose", is_flag=True, help="Log each step to standard error."),
]

SYSTEM = click.option(
    "-s", "--system", metavar="TEXT", help="An instruction to put before the prompt."
)
MARKDOWN = click.option(
    "--markdown/--no-markdown", help="Format the answer on a terminal.  [default: no-markdown]"
)
HISTORY = click.option(
    "--history/--no-history",
    default=True,
    help="Keep the question and the answer (see `magickpen history`).  [default: history]",
)

CONTINUE = click.option(
    "-c", "--continue", "last", is_flag=True, help="Continue the last conversation."
)
CONVERSATION = click.option(
    "--conversation", type=int, metavar="ID", help="Continue this conversation of the history."
)


def client_options(command: F) -> F:
    """Add the shared options to a command, as one argument `client: ClientArguments`."""

    @wraps(command)
    def with_client(**arguments: Any) -> object:
        shared = {name: arguments.pop(name) for name in ClientArguments._fields}
        return command(client=ClientArguments(**shared), **arguments)

    decorated: Any = with_client
    for option in reversed(CLIENT_OPTIONS):
        decorated = option(decorated)
    result: F = decorated
    return result


@contextmanager
def make_client(arguments: ClientArguments) -> Generator[MagickPen]:
    """Make a client from the shared options, and close it at the end of the `with` block."""
    from magickpen.sync.client import MagickPen  # noqa: PLC0415  --help does not need it

    with client_settings(arguments) as settings, MagickPen(**settings) as pen:
        yield pen


@contextmanager
def client_settings(arguments: ClientArguments) -> Generator[dict[str, Any]]:
    """Return the arguments of the constructor of a client; with --offline, start an emulator."""
    if arguments.verbose:
        import logging  # noqa: PLC0415  --help does not need it

        logging.basicConfig(format="magickpen: %(message)s")
        logging.getLogger("magickpen").setLevel(logging.DEBUG)
    shared = ("endpoint", "timeout", "deadline", "max_retries", "retry_unanswered", "proxy")
    settings: dict[str, Any] = {name: getattr(arguments, name) for name in shared}
    settings["headers"] = dict(map(_header, arguments.header))
    settings["turnstile_token"] = arguments.turnstile_token
    if not arguments.offline:
        from magickpen.secrets_store import FileStore  # noqa: PLC0415  --help does not need it

        settings["base_url"], settings["api_url"] = arguments.base_url, arguments.api_url
        settings["secrets_store"] = None if arguments.no_cache else FileStore.default()
        yield settings
        return
    try:
        from magickpen.emulator import Emulator  # noqa: PLC0415  its extra may be missing
    except ImportError as error:
        raise click.ClickException(str(error)) from None
    os.environ.pop("MAGICKPEN_PROXY", None)
    with Emulator() as service:
        click.echo("magickpen: offline: the emulator answers, not MagickPen", err=True)
        yield {**settings, "base_url": service.url, "api_url": service.url}


def _header(given: str) -> tuple[str, str]:
    name, colon, value = given.partition(":")
    if not colon or not name.strip():
        # Not quoted, since it may be a secret.
        raise click.UsageError('--header must be NAME:VALUE, such as "Accept-Language: de"')
    return name.strip(), value.strip()
