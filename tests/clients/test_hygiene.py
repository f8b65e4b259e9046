"""Nothing private reaches a log, a repr, an error, a traceback, or another server."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Iterable, Iterator
from typing import Any

import anyio
import httpx
import pytest

from magickpen import (
    APIStatusError,
    AsyncMagickPen,
    ConfigurationError,
    CredentialsError,
    MagickPen,
    MagickPenError,
    SiteSecrets,
    StreamInterruptedError,
)
from magickpen.emulator import CutStream, Emulator, HtmlPage, RateLimit, Status
from tests.support.facades import Facade
from tests.support.proxies import HttpProxy, SocksProxy
from tests.support.raw_server import Connection, PlayServer, closed_port, makes

# Each is one word, so that no way of quoting makes it look different.
PROMPT, SYSTEM, ANSWER = "PrivatePrompt", "PrivateSystem", "PrivateAnswer"
TOKEN, HEADER, PASSWORD, SALT = "PrivateToken", "PrivateHeader", "PrivatePassword", "PrivateSalt"
SECRET_WORDS = [TOKEN, HEADER, PASSWORD, SALT]
QUESTION, REPLY = f"What is {PROMPT}?", f"It is {ANSWER}, and this is more than enough of it."
PROXY_USER = ("user", PASSWORD)
OPTIONS: dict[str, Any] = {
    "headers": {"authorization": f"Bearer {HEADER}", "x-mine": HEADER},
    "turnstile_token": TOKEN,
}
CLIENTS: list[type[MagickPen] | type[AsyncMagickPen]] = [MagickPen, AsyncMagickPen]
LIBRARIES = ("magickpen", "httpx", "httpcore", "h11")


pytestmark = pytest.mark.usefixtures("short_pauses")


@pytest.fixture(scope="module")
def _salted_emulator() -> Iterator[Emulator]:
    with Emulator(salt=SALT) as emulator:
        yield emulator


@pytest.fixture
def site(_salted_emulator: Emulator) -> Emulator:
    _salted_emulator.reset()
    _salted_emulator.reply = REPLY
    return _salted_emulator


class Session:
    """A use of everything there is, and what was private in it."""

    def __init__(self, facade: Facade, site: Emulator) -> None:
        self._facade = facade
        self._site = site
        self._secrets: list[str] = []
        self.errors: list[MagickPenError] = []
        self.reprs: list[str] = []

    @property
    def private(self) -> list[str]:
        return [PROMPT, SYSTEM, ANSWER, *self.secret]

    @property
    def secret(self) -> list[str]:
        sent = [received.headers.get("signature") for received in self._site.requests]
        signatures = [signature for signature in sent if signature is not None]
        assert len(signatures) > 10
        return [*SECRET_WORDS, *self._secrets, *signatures]

    def run(self) -> None:
        # The debug mode of asyncio logs more.
        options = {"debug": True} if self._facade.name == "asyncio" else {}
        anyio.run(self._main, backend=self._facade.backend, backend_options=options)

    async def _main(self) -> None:
        site = self._site
        self._note_secrets()
        async with self._facade.client(site, **OPTIONS) as pen:
            self._show(await pen.discover(), await pen.fetch_secrets())
            credentials = await pen.fetch_api_credentials()
            self._secrets.append(credentials.signature)
            self._show(credentials)
            await pen.ask(QUESTION, system=SYSTEM)
            async with pen.stream(QUESTION) as stream:
                self._show(stream)
                async for _ in stream:
                    self._show(stream)
            site.rotate()
            self._note_secrets()
            chat = pen.with_options(endpoint="chat")
            assert (await chat.ask(QUESTION, system=SYSTEM)).attempts == 2
            site.play(Status(503))
            assert (await pen.ask(QUESTION)).attempts == 2
            conversation = pen.conversation(system=SYSTEM)
            for _ in range(2):
                await conversation.ask(QUESTION)
            self._show(pen, chat, conversation, site.requests, site.secrets)
            # Some bytes of the answer come before it breaks off.
            site.play(RateLimit(3600), CutStream(30), HtmlPage(), Status(400), Status(500))
            for _ in range(4):
                await self._fail(pen)
            await self._fail(pen.with_options(max_retries=0))
            site.play(Status(200, f'{{"error": "none"}} {ANSWER}'), Status(200, "", "image/png"))
            await self._fail(pen)
            await self._fail(pen)
            await self._fail(pen.with_options(max_reply_bytes=30))
            site.play(Status(403, "Forbidden", "text/plain"))
            await self._fail(pen)
        for kind in (HttpProxy, SocksProxy):
            with kind(credentials=("user", "another")) as proxy:
                await self._fail_over(proxy.url(":".join(PROXY_USER)))
        with closed_port() as url:
            await self._fail_over(url.replace("://", f"://{':'.join(PROXY_USER)}@"))

    async def _fail_over(self, proxy: str) -> None:
        options = {**OPTIONS, "proxy": proxy, "max_retries": 0}
        known = SiteSecrets(self._site.secrets.x_api_secret, self._site.secrets.secret, SALT)
        async with self._facade.client(self._site, secrets=known, **options) as pen:
            self._show(pen)
            await self._fail(pen)

    async def _fail(self, pen: AsyncMagickPen) -> None:
        with pytest.raises(MagickPenError) as caught:
            await pen.ask(QUESTION, system=SYSTEM)
        self.errors.append(caught.value)

    def _note_secrets(self) -> None:
        self._secrets += [self._site.secrets.x_api_secret, self._site.secrets.secret]

    def _show(self, *objects: object) -> None:
        self.reprs += map(repr, objects)


def shown_by(error: BaseException) -> Iterator[tuple[str, str]]:
    """Yield what tells of an error, with its place: texts, and the locals of the libraries."""
    yield "str", str(error)
    yield "repr", repr(error)
    waiting = [traceback.TracebackException.from_exception(error, capture_locals=True)]
    while waiting:
        trace = waiting.pop()
        yield "traceback", "".join(trace.format_exception_only())
        for frame in trace.stack:
            package = re.search(rf"/({'|'.join(LIBRARIES)})/", frame.filename)
            if package and "/tests/" not in frame.filename:
                for name, value in (frame.locals or {}).items():
                    yield f"{name} in {package[1]}, {frame.name}", value
        waiting += filter(None, [trace.__cause__, trace.__context__])


def leaks(texts: Iterable[tuple[str, str]], private: Iterable[str]) -> set[tuple[str, str]]:
    return {(place, secret) for place, text in texts for secret in private if secret in text}


def test_no_log_of_a_session_holds_anything_private(
    facade: Facade, site: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    session = Session(facade, site)
    session.run()
    loggers = {record.name.partition(".")[0] for record in caplog.records}
    assert loggers >= {"magickpen", "httpx", "httpcore"}
    assert f"{site.url}/ask" in caplog.text
    lines = [(record.name, repr(vars(record))) for record in caplog.records]
    lines.append(("formatted", caplog.text))
    assert leaks(lines, session.private) == set()


def test_no_error_of_a_session_shows_a_secret(facade: Facade, site: Emulator) -> None:
    session = Session(facade, site)
    session.run()
    kinds = [type(error).__name__ for error in session.errors]
    assert kinds[:9] == [
        "RateLimitError",
        "StreamInterruptedError",
        "ChallengeError",
        "BadRequestError",
        "InternalServerError",
        "ResponseError",
        "ResponseError",
        "ResponseError",
        "PermissionDeniedError",
    ]
    # Of the three proxies.
    assert len(kinds) == 12
    found = {
        (type(error).__name__, *leak)
        for error in session.errors
        for leak in leaks(shown_by(error), session.secret)
    }
    assert found == set()


def test_no_repr_of_a_session_shows_anything_private(facade: Facade, site: Emulator) -> None:
    session = Session(facade, site)
    session.run()
    assert len(session.reprs) > 10
    assert leaks([(text, text) for text in session.reprs], session.private) == set()


def test_credentials_go_to_the_api_alone(facade: Facade, site: Emulator) -> None:
    Session(facade, site).run()
    pages = [r for r in site.requests if not r.path.startswith(("/ask", "/chat"))]
    assert len(pages) >= 6
    for name in ("x-api-secret", "secret", "signature", "timestamp", "nonce"):
        assert not [page.path for page in pages if name in page.headers]


ECHOED = ("x-api-secret", "secret", "signature", "authorization", "x-mine")


def echo(status: int) -> PlayServer:
    """Return a server that quotes the request in its body and in a header."""

    def answer(connection: Connection) -> bytes:
        head, _, body = connection.request.decode().partition("\r\n\r\n")
        headers = dict(re.findall(r"^([^:]+): (.*)\r?$", head, re.MULTILINE))
        sent = {name.lower(): value for name, value in headers.items()}
        query = json.loads(body)
        # What comes first is quoted in a message.
        quoted = " ".join([*map(sent.__getitem__, ECHOED), *map(str, query.values())])
        content = json.dumps({"message": quoted}).encode()
        lines = [
            f"HTTP/1.1 {status} Echo",
            "content-type: application/json",
            f"x-echo: {' '.join(quoted.split())}",
            f"content-length: {len(content)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + content

    return PlayServer((makes(answer),))


@pytest.mark.parametrize("status", [400, 401, 429, 500, 200])
def test_an_error_that_quotes_the_request_tells_no_secret(
    facade: Facade, site: Emulator, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG, logger="magickpen")
    known = SiteSecrets("PrivateApiSecret", "PrivateSecret", SALT)
    errors: list[MagickPenError] = []

    async def scenario(pen: AsyncMagickPen) -> None:
        with pytest.raises(MagickPenError) as caught:
            await pen.ask(QUESTION, system=SYSTEM)
        errors.append(caught.value)

    with echo(status) as server:
        options = {**OPTIONS, "api_url": server.url, "secrets": known, "max_retries": 0}
        facade.run(scenario, site, **options)
        signatures = re.findall(rb"(?im)^signature: (\w+)", server.received[-1])
    error = errors[0]
    texts = [("str", str(error)), ("repr", repr(error)), ("message", error.message)]
    texts += [(name, str(getattr(error, name, ""))) for name in ("body", "headers")]
    secret = [*SECRET_WORDS, "PrivateApiSecret", "PrivateSecret", signatures[0].decode()]
    assert leaks(texts, secret) == set()
    assert leaks([("log", caplog.text)], [*secret, PROMPT, SYSTEM]) == set()


@pytest.mark.parametrize(
    "framing", [f"5\r\nIt is {ANSWER}\r\n0\r\n\r\n", f"{ANSWER}\r\n", f"4\r\nIt is {ANSWER}"]
)
def test_an_answer_in_garbled_framing_is_not_quoted(
    facade: Facade, site: Emulator, framing: str
) -> None:
    head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n"
    errors: list[MagickPenError] = []

    async def scenario(pen: AsyncMagickPen) -> None:
        with pytest.raises(StreamInterruptedError) as caught:
            await pen.ask(QUESTION)
        errors.append(caught.value)

    with PlayServer(((head + framing).encode(),)) as server:
        facade.run(scenario, site, api_url=server.url, **OPTIONS)
    assert ANSWER not in str(errors[0])


@pytest.mark.parametrize("path", ["/", "/ask"])
def test_an_error_page_that_repeats_the_request_shows_no_header(
    facade: Facade, site: Emulator, path: str
) -> None:
    errors: list[MagickPenError] = []

    async def scenario(pen: AsyncMagickPen) -> None:
        said = f"no such page; authorization: Bearer {HEADER}"
        site.play(Status(404, said, headers={"x-request": HEADER}), path=path)
        with pytest.raises(APIStatusError, match="no such page") as caught:
            await (pen.discover() if path == "/" else pen.ask(QUESTION))
        errors.append(caught.value)

    facade.run(scenario, site, **OPTIONS)
    texts = shown_by(errors[0])
    assert leaks(texts, [HEADER]) == set()


# The client's own are in the table of faults, where nothing may be asked elsewhere, either.
@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_of_the_api_leads_nowhere_for_a_client_that_follows_redirects(
    facade: Facade, site: Emulator, status: int
) -> None:
    with PlayServer((b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nHi",)) as other:
        client = facade.http_client(follow_redirects=True)

        async def scenario(pen: AsyncMagickPen) -> None:
            site.play(Status(status, headers={"location": f"{other.url}/ask"}))
            with pytest.raises(APIStatusError, match="redirects to") as caught:
                await pen.ask(QUESTION)
            assert caught.value.status_code == status
            client.close() if facade.blocking else await client.aclose()

        facade.run(scenario, site, http_client=client, **OPTIONS)
        assert other.received == []
    assert len([r for r in site.requests if r.path == "/ask"]) == 1


def test_a_script_that_is_elsewhere_is_asked_for_without_the_users_headers(
    facade: Facade, site: Emulator
) -> None:
    script = b"HTTP/1.1 200 OK\r\ncontent-type: text/javascript\r\ncontent-length: 1\r\n\r\n1"
    client = facade.http_client(cookies={"session": HEADER}, auth=("me", HEADER))
    with PlayServer((script,)) as other:
        page = f"<script src={other.url}/a.js></script><script src=/_nuxt/b.js></script>"
        site.play(Status(200, page, "text/html"), path="/")
        site.play(Status(302, headers={"location": f"{other.url}/b.js"}), path="/_nuxt/b.js")

        async def scenario(pen: AsyncMagickPen) -> None:
            with pytest.raises(CredentialsError):
                await pen.discover()
            client.close() if facade.blocking else await client.aclose()

        facade.run(scenario, site, http_client=client, **OPTIONS)
        asked = [request.split(b" ")[1] for request in other.received]
        assert sorted(asked) == [b"/a.js", b"/b.js"]
        for request in other.received:
            assert HEADER.encode() not in request
            assert b"authorization" not in request.lower()
            assert b"cookie" not in request.lower()
    assert HEADER in site.requests[0].headers["x-mine"]


BROKEN = {
    "line end": "a\r\nx-more: b",
    "line feed": "a\nb",
    "carriage return": "a\rb",
    "null": "a\x00b",
    "tab": "a\tb",
    "delete": "a\x7fb",
    "accent": "é",
    "surrogate": "\ud800",
    "line separator": "a\u2028b",
}
BROKEN_VALUES = {**BROKEN, "space before": " a", "space after": "a "}
BROKEN_NAMES = {
    **BROKEN,
    "empty": "",
    "space": "a b",
    "space before": " a",
    "colon": "a:",
    "pseudo-header": ":path",
    "quote": 'a"b',
    "bracket": "a(b",
}


# Each with a word that the error may not show.
private_values = pytest.mark.parametrize(
    "value",
    [f" {HEADER}" if value == " a" else HEADER + value for value in BROKEN_VALUES.values()],
    ids=BROKEN_VALUES.keys(),
)


@pytest.mark.parametrize("kind", CLIENTS)
@private_values
def test_a_header_value_that_would_break_its_line_is_refused(kind: Any, value: str) -> None:
    for make in (kind, kind().with_options):
        with pytest.raises(ConfigurationError, match="x-mine") as caught:
            make(headers={"x-mine": value})
        assert HEADER not in str(caught.value)


@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize("name", BROKEN_NAMES.values(), ids=BROKEN_NAMES.keys())
def test_a_header_name_that_would_break_its_line_is_refused(kind: Any, name: str) -> None:
    with pytest.raises(ConfigurationError, match="headers"):
        kind(headers={name: "value"})
    with pytest.raises(ConfigurationError, match="headers"):
        kind().with_options(headers={name: "value"})


def test_other_headers_are_sent(facade: Facade, service: Emulator) -> None:
    headers = {
        "Authorization": "a b",
        "X_Mine": "",
        "x.mine": "~!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}",
        "!#$%&'*+-.^_`|~09": "a",
    }

    async def scenario(pen: AsyncMagickPen) -> None:
        await pen.fetch_secrets()

    facade.run(scenario, service, headers=headers)
    sent = service.requests[0].headers
    assert {name: sent[name.lower()] for name in headers} == headers


@private_values
@pytest.mark.parametrize("field", ["x_api_secret", "secret"])
def test_secrets_that_would_break_a_header_are_refused(field: str, value: str) -> None:
    values: dict[str, Any] = {"x_api_secret": "a", "secret": "b", field: value}
    with pytest.raises(ConfigurationError, match=field) as caught:
        MagickPen(secrets=SiteSecrets(**values))
    assert HEADER not in str(caught.value)


@pytest.mark.parametrize("field", ["x_api_secret", "secret", "salt"])
@pytest.mark.parametrize("value", [None, 7, b"bytes"])
def test_secrets_that_are_no_strings_are_refused(field: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=field):
        MagickPen(secrets=SiteSecrets(**{"x_api_secret": "a", "secret": "b", field: value}))


@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize("host", ["bücher.example", "magické.com", "пример.рф"])
def test_a_site_whose_host_would_break_a_header_is_refused(kind: Any, host: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        kind(base_url=f"https://{host}")


def test_a_host_that_would_break_a_header_is_refused_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAGICKPEN_BASE_URL", "https://bücher.example")
    with pytest.raises(ConfigurationError, match="MAGICKPEN_BASE_URL"):
        MagickPen()


def play_constant(service: Emulator, field: str, value: str) -> None:
    """Serve the site once with another constant in one of its scripts."""
    constant: str = getattr(service.secrets, field)
    written = json.dumps(value)[1:-1]
    for path in re.findall(r'script src="(.*?)"', httpx.get(service.url).text):
        source = httpx.get(service.url + path).text
        if constant in source:
            changed = Status(200, source.replace(constant, written), "text/javascript")
            service.reset()
            service.play(changed, path=path)


# The tests above tell which values those are.
@pytest.mark.parametrize("value", [BROKEN["line end"], BROKEN["accent"]], ids=ascii)
@pytest.mark.parametrize("field", ["x_api_secret", "secret"])
def test_constants_of_a_site_that_would_break_a_header_are_a_clear_error(
    facade: Facade, service: Emulator, field: str, value: str
) -> None:
    play_constant(service, field, value)

    async def scenario(pen: AsyncMagickPen) -> None:
        with pytest.raises(CredentialsError) as caught:
            await pen.ask(QUESTION)
        assert value not in str(caught.value)

    facade.run(scenario, service)
    assert not [received for received in service.requests if received.path == "/ask"]


@pytest.mark.parametrize("field", ["x_api_secret", "secret"])
def test_other_constants_of_a_site_are_taken(facade: Facade, service: Emulator, field: str) -> None:
    play_constant(service, field, "PrivateConstant!")

    async def scenario(pen: AsyncMagickPen) -> SiteSecrets:
        return await pen.fetch_secrets()

    assert getattr(facade.run(scenario, service), field) == "PrivateConstant!"


PROGRAM = """
import asyncio, sys
from magickpen import AsyncMagickPen, MagickPen
url, clients, options = sys.argv[1], int(sys.argv[2]), eval(sys.argv[3])
pens = [MagickPen(base_url=url, api_url=url, **options) for _ in range(clients)]
print(pens[0].ask(sys.argv[4]).text)
async def main():
    async with AsyncMagickPen(base_url=url, api_url=url, **options) as pen:
        print((await pen.ask(sys.argv[4])).text)
asyncio.run(main())
"""


def run_program(site: Emulator, level: str | None, clients: int = 1) -> list[str]:
    """Run a program that asks, with MAGICKPEN_LOG set, and return the lines of its log."""
    site.reset()
    site.reply = REPLY
    environment = {name: value for name, value in os.environ.items() if name != "MAGICKPEN_LOG"}
    if level is not None:
        environment["MAGICKPEN_LOG"] = level
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, site.url, str(clients), repr(OPTIONS), QUESTION],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stdout.splitlines().count(REPLY) == 2
    return ended.stderr.splitlines()


def test_a_log_that_the_environment_asks_for_holds_nothing_private(site: Emulator) -> None:
    lines = run_program(site, "debug")
    assert [line for line in lines if "magickpen" in line and f"{site.url}/ask" in line]
    signatures = [r.headers["signature"] for r in site.requests if r.path == "/ask"]
    private = [
        PROMPT,
        SYSTEM,
        ANSWER,
        *SECRET_WORDS,
        site.secrets.x_api_secret,
        site.secrets.secret,
        *signatures,
    ]
    assert leaks([(line, line) for line in lines], private) == set()


def test_without_the_variable_there_is_no_log(site: Emulator) -> None:
    assert run_program(site, None) == []
    assert run_program(site, "") == []


def test_several_clients_log_each_line_once(site: Emulator) -> None:
    one, three = run_program(site, "debug"), run_program(site, "debug", clients=3)
    asked = f"{site.url}/ask"
    assert sum(asked in line for line in one) == sum(asked in line for line in three) > 0


@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize("value", ["nonsense", "debug,info", "17"])
def test_a_wrong_level_is_named_when_a_client_is_made(
    kind: Any, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGICKPEN_LOG", value)
    with pytest.raises(ConfigurationError, match="MAGICKPEN_LOG") as caught:
        kind()
    assert "debug" in str(caught.value)
