"""`magickpen doctor`."""

from __future__ import annotations

import dataclasses
import platform
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import urlsplit

import click

from magickpen.cli.options import ClientArguments, client_options, make_client
from magickpen.cli.output import say, write_json
from magickpen.cli.surroundings import proxy_of, surroundings
from magickpen.core.discovery import Discovery
from magickpen.core.errors import ConfigurationError, CredentialsError, MagickPenError
from magickpen.core.signing import UNPROVED, masked
from magickpen.core.site_reading import SiteReading
from magickpen.network.trust import DISTRUST_HINT, ssl_context
from magickpen.sync.client import MagickPen

CLOCK_TOLERANCE = 30.0
"""Seconds by which a clock may be wrong. The tolerance of the service is unknown."""

OK = "ok"
WARNING = "warning"
FAILED = "failed"
SKIPPED = "skipped"
RESOLUTION = "name resolution"
_STEPS = (RESOLUTION, "site", "bundles", "constants", "clock", "api", "signed request")


@dataclass(frozen=True, slots=True)
class Step:
    """A step on the way to the service, and its outcome.

    Attributes:
        step: its name.
        status: "ok", "warning", "failed" or "skipped".
        seen: what was seen.
        advice: what to do about a warning or a failure.
    """

    step: str
    status: str
    seen: str
    advice: str = ""


@click.command()
@click.option("--ask", is_flag=True, help="Send a question, which counts against your quota.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@client_options
@click.pass_context
def doctor(context: click.Context, ask: bool, as_json: bool, client: ClientArguments) -> None:
    """Check the way to the service, step by step.

    The exit status is 1 if a step failed.
    """
    versions = {name: version(name) for name in ("magickpen", "httpx", "anyio")}
    versions["python"] = platform.python_version()
    steps: list[Step] = []
    with make_client(client) as pen:
        environment = surroundings(pen.base_url, pen.api_url, client)
        if not as_json:
            click.echo(", ".join(f"{name} {number}" for name, number in versions.items()))
            for name, value in environment.items():
                say(f"{name:<14} {value}")
        for step in _examine(pen, client, ask=ask):
            steps.append(step)
            if not as_json:
                _print(step)
    healthy = all(step.status != FAILED for step in steps)
    if as_json:
        told = [dataclasses.asdict(step) for step in steps]
        about = {"versions": versions, "environment": environment}
        write_json({"ok": healthy, **about, "steps": told})
    if not healthy:
        context.exit(1)


def _print(step: Step) -> None:
    marks = {OK: "ok", WARNING: "WARNING", FAILED: "FAILED", SKIPPED: "-"}
    lines = step.seen.splitlines() or [""]
    say(f"{marks[step.status]:<7} {step.step:<16} {lines[0]}")
    for line in lines[1:]:
        say(f"{'':25}{line}")
    if step.advice:
        say(f"{'':25}-> {step.advice}")


def _examine(pen: MagickPen, client: ClientArguments, *, ask: bool) -> Iterator[Step]:
    site, api = _resolve(pen.base_url, client), _resolve(pen.api_url, client)
    yield site if site == api else _joined(site, api)
    if site.status == FAILED:
        yield from _skipped(after=RESOLUTION)
        return
    discovery: Discovery | None = None
    failure: MagickPenError | None = None
    try:
        discovery = pen.discover()
        reading = discovery.reading
    except CredentialsError as error:
        failure, reading = error, error.reading
    except MagickPenError as error:
        at_index = error.url.rstrip("/") in ("", pen.base_url)
        failed = "site" if at_index else "bundles"
        if not at_index:
            yield Step("site", OK, pen.base_url)
        yield Step(failed, FAILED, f"{error.message} ({error.url})", error.hint)
        yield from _skipped(after=failed)
        return
    yield from _check_reading(reading)
    yield _check_constants(discovery, failure)
    yield _check_clock(reading)
    connection = _connect(pen.api_url, api, client)
    yield connection
    if failure is not None or connection.status == FAILED:
        yield Step("signed request", SKIPPED, "a required step failed")
    else:
        yield _ask(pen) if ask else Step("signed request", SKIPPED, "--ask sends one")


def _joined(first: Step, second: Step) -> Step:
    worst = first if first.status == FAILED else second
    return dataclasses.replace(worst, seen=f"{first.seen}\n{second.seen}")


def _skipped(after: str) -> Iterator[Step]:
    for name in _STEPS[_STEPS.index(after) + 1 :]:
        yield Step(name, SKIPPED, f"{after} failed")


def _resolve(url: str, client: ClientArguments) -> Step:
    host = str(urlsplit(url).hostname)
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        seen = f"{host}: {error.strerror or error}"
        if proxy_of(url, client):
            return Step(RESOLUTION, OK, f"{seen}; resolved by the proxy")
        advice = "Check the network, the DNS server, and --base-url and --api-url."
        return Step(RESOLUTION, FAILED, seen, advice)
    addresses = dict.fromkeys(str(address[4][0]) for address in found)
    return Step(RESOLUTION, OK, f"{host}: {', '.join(addresses)}")


def _connect(url: str, resolved: Step, client: ClientArguments) -> Step:
    """Connect to the API without a question, which would count against the quota."""
    parts = urlsplit(url)
    if resolved.status == FAILED:
        return Step("api", FAILED, f"{url}: no address")
    if proxy := proxy_of(url, client):
        return Step("api", SKIPPED, f"{url} is reached through {proxy}")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = str(parts.hostname)
    try:
        with socket.create_connection((host, port), min(client.timeout, 10)) as connection:
            if parts.scheme == "https":
                ssl_context().wrap_socket(connection, server_hostname=host).close()
    except ssl.SSLCertVerificationError as error:
        seen = f"{url}: its certificate is not trusted: {error.verify_message}"
        return Step("api", FAILED, seen, DISTRUST_HINT)
    except ConfigurationError as error:
        return Step("api", FAILED, error.message)
    except OSError as error:
        seen = f"{url}: no connection: {error.strerror or error}"
        return Step("api", FAILED, seen, "Check the network and --api-url.")
    return Step("api", OK, f"{url}: connected")


def _check_reading(reading: SiteReading) -> Iterator[Step]:
    index, scripts = reading.pages[0], [p for p in reading.pages if p.url != reading.pages[0].url]
    yield Step("site", OK, str(index))
    problems = [str(script) for script in scripts if script.problem]
    read = len(scripts) - len(problems)
    size = sum(script.size for script in scripts)
    advice = "" if read else "Open the site in a browser: it may have changed, or be down."
    yield Step(
        "bundles",
        OK if read else FAILED,
        "\n".join([f"{read} read, {size} bytes", *problems]),
        advice,
    )


def _check_constants(discovery: Discovery | None, failure: MagickPenError | None) -> Step:
    if discovery is None:
        assert failure is not None
        advice = (
            "The site may have changed: look for a newer version, or pass secrets= to a client."
        )
        return Step("constants", FAILED, failure.message, advice)
    secrets = discovery.secrets
    advice = "" if secrets.proved else f"They are not proved: {UNPROVED}."
    return Step(
        "constants",
        OK if secrets.proved else WARNING,
        f"X-API-Secret {masked(secrets.x_api_secret)}, secret {masked(secrets.secret)},"
        f" salt {masked(secrets.salt)}\nin {discovery.bundle}",
        advice,
    )


def _check_clock(reading: SiteReading) -> Step:
    offset = reading.clock_offset
    if offset is None:
        return Step("clock", SKIPPED, "the server does not send its time")
    seen = f"{abs(offset):.0f} s {'behind' if offset > 0 else 'ahead of'} the server's"
    if abs(offset) < 1.5:
        seen = "agrees with the server's"
    if abs(offset) <= CLOCK_TOLERANCE:
        return Step("clock", OK, seen)
    return Step("clock", FAILED, seen, "Set this machine's clock: signatures contain the time.")


def _ask(pen: MagickPen) -> Step:
    try:
        reply = pen.ask("Say hello.")
    except MagickPenError as error:
        return Step("signed request", FAILED, error.message, error.hint)
    return Step("signed request", OK, f"answered after {reply.elapsed:.1f} s")
