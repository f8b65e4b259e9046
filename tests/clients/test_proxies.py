"""Proxies: calls through them, what they refuse, how they are told, and that no password shows."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
import httpx
import httpx2
import pytest
import trustme

from magickpen import (
    APIConnectionError,
    APITimeoutError,
    AsyncMagickPen,
    ConfigurationError,
    MagickPen,
    Reply,
    SiteSecrets,
)
from magickpen.emulator import Emulator
from magickpen.network import library
from magickpen.network.async_backend import AsyncStream
from magickpen.network.backend import Stream
from tests.support.facades import BlockingPen, Facade
from tests.support.proxies import HERE, HttpProxy, Proxy, SocksProxy, TlsFront, basic

pytestmark = [pytest.mark.usefixtures("short_pauses"), pytest.mark.slow]

HOST = "service.example"

PASSWORD = "hunter2"
USER = ("me", PASSWORD)
USERINFO = ":".join(USER)

BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"

KINDS = pytest.mark.parametrize("kind", [HttpProxy, SocksProxy])
HANDSHAKES = pytest.mark.parametrize(
    ("kind", "scheme"),
    [(HttpProxy, "https"), (SocksProxy, "https"), (SocksProxy, "http")],
    ids=["connect", "socks-https", "socks-http"],
)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture(scope="module")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """What a server with the names of the tests speaks TLS with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate: Any = authority.issue_cert(HOST, HERE)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def _trust(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make new clients trust that server."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


@pytest.fixture(scope="module")
def front(_emulator: Emulator, tls: ssl.SSLContext) -> Iterator[TlsFront]:
    with TlsFront(port_of(_emulator), tls) as front:
        yield front


@pytest.fixture
def urls(service: Emulator, front: TlsFront, _trust: None) -> dict[str, str]:
    """The URLs of the service by scheme, with a name that proxies alone know."""
    return {
        "http": f"http://{HOST}:{port_of(service)}",
        "https": f"https://{HOST}:{front.port}",
    }


@pytest.fixture(params=["http", "https"])
def url(request: pytest.FixtureRequest, urls: dict[str, str]) -> str:
    return urls[request.param]


@pytest.fixture
def known_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the service's name be known to all."""
    known = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        return known(HERE if name == HOST else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def port_of(service: Emulator) -> int:
    return int(service.url.rpartition(":")[2])


def secrets(service: Emulator) -> SiteSecrets:
    return SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)


def ask(facade: Facade, service: Emulator, url: str, **options: Any) -> Reply:
    """Ask a question in one request, unless `secrets` is None."""

    async def scenario(pen: AsyncMagickPen) -> Reply:
        return await pen.ask("Hi")

    options = {"base_url": url, "api_url": url, "secrets": secrets(service)} | options
    return facade.run(scenario, service, **options)


def fail(facade: Facade, service: Emulator, url: str, **options: Any) -> APIConnectionError:
    with pytest.raises(APIConnectionError) as caught:
        ask(facade, service, url, **options)
    return caught.value


def settled(proxy: Proxy) -> bool:
    """Whether all connections to the proxy are closed, in a while."""
    patience = time.monotonic() + 10
    while proxy.open and time.monotonic() < patience:
        time.sleep(0.005)
    return not proxy.open


def authority_of(url: str) -> str:
    return url.partition("://")[2]


@KINDS
def test_a_call_and_the_reading_of_the_site_go_through_a_proxy(
    facade: Facade, service: Emulator, url: str, kind: type[Proxy]
) -> None:
    with kind() as proxy:
        reply = ask(facade, service, url, proxy=proxy.url(), secrets=None)
        assert settled(proxy)
    assert "Hi" in reply.text
    assert [request.path for request in service.requests][-1] == "/ask"
    targets = {asked.target for asked in proxy.asked}
    if kind is SocksProxy:
        assert targets == {authority_of(url)}
    elif url.startswith("https"):
        assert targets == {f"CONNECT {authority_of(url)}"}
        assert b"HTTP/1.1" not in proxy.carried
    else:
        assert {f"GET {url}/", f"POST {url}/ask"} < targets


@KINDS
@pytest.mark.parametrize(
    "credentials", [("me", PASSWORD), ("me@work", "a:b/c?d#e%f"), ("мы", "pässwörd"), ("me", "")]
)
def test_a_user_name_and_a_password_are_for_the_proxy_alone(
    facade: Facade, service: Emulator, url: str, kind: type[Proxy], credentials: tuple[str, str]
) -> None:
    userinfo = ":".join(quote(part, safe="") for part in credentials)
    with kind(credentials=credentials) as proxy:
        assert ask(facade, service, url, proxy=proxy.url(userinfo), max_retries=0).attempts == 1
    shown = ":".join(credentials) if kind is SocksProxy else basic(credentials)
    assert [asked.authorization for asked in proxy.asked] == [shown]
    assert "proxy-authorization" not in service.requests[0].headers


def test_a_proxy_may_speak_tls(
    facade: Facade, service: Emulator, url: str, tls: ssl.SSLContext
) -> None:
    with HttpProxy(credentials=USER, context=tls) as proxy:
        assert proxy.url().startswith("https://")
        assert "Hi" in ask(facade, service, url, proxy=proxy.url(USERINFO)).text
        assert settled(proxy)
    assert len(proxy.asked) == 1


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_looks_names_up(
    facade: Facade, service: Emulator, urls: dict[str, str], scheme: str
) -> None:
    with SocksProxy() as proxy:
        address = proxy.url().replace("socks5", scheme)
        ask(facade, service, urls["http"], proxy=address)
        ask(facade, service, service.url, proxy=address)
    named, numbered = proxy.asked
    assert (named.by_name, named.target) == (True, authority_of(urls["http"]))
    assert (numbered.by_name, numbered.target) == (False, authority_of(service.url))


@KINDS
@pytest.mark.parametrize(
    ("userinfo", "known"),
    [("me:wrong", True), ("me:wrong", False), ("", True)],
    ids=["wrong", "wrong-for-the-site", "none"],
)
def test_a_proxy_is_shown_a_wrong_password_once(
    facade: Facade, service: Emulator, url: str, kind: type[Proxy], userinfo: str, known: bool
) -> None:
    with kind(credentials=USER) as proxy:
        options = {} if known else {"secrets": None}
        error = fail(facade, service, url, proxy=proxy.url(userinfo), max_retries=2, **options)
        assert settled(proxy)
        assert len(proxy.asked) == proxy.connections == 1
    assert type(error) is APIConnectionError
    assert (error.sent, error.attempts, service.requests) == (False, 1, [])
    assert "through the proxy" in error.message
    assert "user name and password in the URL of the proxy" in error.hint


def test_a_proxy_that_is_not_there_is_named_and_tried_again(
    facade: Facade, service: Emulator, url: str
) -> None:
    with socket.socket() as closed:
        # It keeps the port from others, and does not listen.
        closed.bind((HERE, 0))
        port = closed.getsockname()[1]
        for scheme in ("http", "socks5"):
            proxy = f"{scheme}://{USERINFO}@{HERE}:{port}"
            error = fail(facade, service, url, proxy=proxy, max_retries=1)
            assert f"no connection to the proxy {HERE}:{port}: " in error.message
            assert (error.sent, error.attempts) == (False, 2)


@HANDSHAKES
@pytest.mark.parametrize(
    "fault",
    [b"", b"nonsense\r\n\r\n", BAD_GATEWAY, UNAVAILABLE],
    ids=["hang-up", "?", "502", "503"],
)
def test_a_handshake_that_failed_is_tried_again(
    facade: Facade,
    service: Emulator,
    urls: dict[str, str],
    kind: type[Proxy],
    scheme: str,
    fault: bytes,
) -> None:
    with kind(fault) as proxy:
        reply = ask(facade, service, urls[scheme], proxy=proxy.url(), max_retries=1)
        assert settled(proxy)
    assert (reply.attempts, proxy.connections, len(service.requests)) == (2, 2, 1)


@HANDSHAKES
def test_a_handshake_that_failed_is_told(
    facade: Facade, service: Emulator, urls: dict[str, str], kind: type[Proxy], scheme: str
) -> None:
    with kind(BAD_GATEWAY) as proxy:
        error = fail(facade, service, urls[scheme], proxy=proxy.url(), max_retries=0)
        # The caller still holds the error, and with it the frames that it came through.
        assert settled(proxy)
    said = "502 Bad Gateway" if kind is HttpProxy else "it does not speak SOCKS5"
    assert error.message == f"no connection through the proxy {HERE}:{proxy.port}: {said}"
    assert (error.sent, error.attempts, service.requests) == (False, 1, [])


@HANDSHAKES
def test_a_handshake_without_an_answer_is_a_timeout(
    facade: Facade,
    service: Emulator,
    urls: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Proxy],
    scheme: str,
) -> None:
    monkeypatch.setattr(library, "CONNECT_TIMEOUT", 0.3)
    for stream in (Stream, AsyncStream):
        monkeypatch.setattr(stream.read, "__defaults__", (0.3,))
    with kind(None) as proxy:
        error = fail(facade, service, urls[scheme], proxy=proxy.url(), timeout=0.3, max_retries=0)
        assert settled(proxy)
    assert type(error) is APITimeoutError
    assert f"the proxy {HERE}:{proxy.port}" in error.message
    assert (error.sent, service.requests) == (False, [])


@HANDSHAKES
def test_a_deadline_bounds_a_handshake(
    facade: Facade, service: Emulator, urls: dict[str, str], kind: type[Proxy], scheme: str
) -> None:
    with kind(None) as proxy:
        error = fail(facade, service, urls[scheme], proxy=proxy.url(), deadline=0.3)
        assert settled(proxy)
    assert type(error) is APITimeoutError
    assert service.requests == []


def test_what_a_proxy_forbids_is_not_tried_again(
    facade: Facade, service: Emulator, urls: dict[str, str]
) -> None:
    with HttpProxy(FORBIDDEN) as proxy:
        error = fail(facade, service, urls["https"], proxy=proxy.url(), max_retries=2)
    assert "403 Forbidden" in error.message
    assert (error.sent, error.attempts, proxy.connections) == (False, 1, 1)
    assert "password" not in error.hint


@pytest.mark.parametrize(
    ("reply", "said", "attempts"),
    [(2, "not allowed by ruleset", 1), (4, "Host unreachable", 2), (5, "Connection refused", 2)],
)
def test_what_a_socks_proxy_says_is_told(
    facade: Facade, service: Emulator, url: str, reply: int, said: str, attempts: int
) -> None:
    with SocksProxy(credentials=USER) as proxy:
        proxy.reply = reply
        error = fail(facade, service, url, proxy=proxy.url(USERINFO), max_retries=1)
        assert settled(proxy)
    assert said in error.message
    assert (error.sent, error.attempts, len(proxy.asked)) == (False, attempts, attempts)
    assert "password" not in error.hint


def test_a_question_that_a_proxy_had_taken_is_not_asked_twice(
    facade: Facade, service: Emulator, urls: dict[str, str]
) -> None:
    with HttpProxy(b"") as proxy:
        error = fail(facade, service, urls["http"], proxy=proxy.url(), max_retries=2)
    assert (error.sent, error.attempts, proxy.connections) == (True, 1, 1)


@KINDS
def test_a_service_that_is_not_trusted_is_not_asked_through_a_proxy(
    facade: Facade, service: Emulator, front: TlsFront, kind: type[Proxy]
) -> None:
    url = f"https://{HOST}:{front.port}"
    with kind() as proxy:
        error = fail(facade, service, url, proxy=proxy.url(), max_retries=0)
        assert settled(proxy)
    assert f"through the proxy {HERE}:{proxy.port}: " in error.message
    assert "CERTIFICATE_VERIFY_FAILED" in error.message
    assert (error.sent, service.requests) == (False, [])


@KINDS
@pytest.mark.parametrize("library", [httpx, httpx2], ids=lambda library: library.__name__)
def test_a_client_of_the_caller_brings_its_proxy(
    facade: Facade,
    service: Emulator,
    url: str,
    authority: trustme.CA,
    caplog: pytest.LogCaptureFixture,
    kind: type[Proxy],
    library: Any,
) -> None:
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=authority.cert_pem.bytes().decode())
    caplog.set_level(logging.DEBUG)

    async def answered(proxy: str) -> Reply:
        async with contextlib.AsyncExitStack() as stack:
            if facade.blocking:
                client = stack.enter_context(library.Client(verify=context, proxy=proxy))
            else:
                client = library.AsyncClient(verify=context, proxy=proxy)
                await stack.enter_async_context(client)
            options = {"api_url": url, "secrets": secrets(service), "http_client": client}
            pen = await stack.enter_async_context(facade.client(service, **options))
            return await pen.ask("Hi")

    with kind(credentials=USER) as proxy:
        reply = anyio.run(answered, proxy.url(USERINFO), backend=facade.backend)
    assert "Hi" in reply.text
    assert len(proxy.asked) == 1
    assert PASSWORD not in caplog.text


@pytest.mark.parametrize(
    ("variable", "scheme"),
    [
        ("HTTP_PROXY", "http"),
        ("http_proxy", "http"),
        ("HTTPS_PROXY", "https"),
        ("ALL_PROXY", "http"),
        ("all_proxy", "https"),
        ("MAGICKPEN_PROXY", "http"),
        ("MAGICKPEN_PROXY", "https"),
    ],
)
@KINDS
def test_the_environment_names_a_proxy(
    facade: Facade,
    service: Emulator,
    urls: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Proxy],
    variable: str,
    scheme: str,
) -> None:
    with kind(credentials=USER) as proxy:
        monkeypatch.setenv(variable, proxy.url(USERINFO))
        assert "Hi" in ask(facade, service, urls[scheme]).text
    assert len(proxy.asked) == 1


def test_the_environment_may_leave_the_scheme_out(
    facade: Facade, service: Emulator, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HttpProxy() as proxy:
        monkeypatch.setenv("ALL_PROXY", f"{HERE}:{proxy.port}")
        assert "Hi" in ask(facade, service, url).text
    assert len(proxy.asked) == 1


@pytest.mark.usefixtures("known_name")
@pytest.mark.parametrize(
    ("environment", "argument", "used"),
    [
        ({"ALL_PROXY": "other"}, "mine", "mine"),
        ({"MAGICKPEN_PROXY": "other", "ALL_PROXY": "third"}, "mine", "mine"),
        ({"MAGICKPEN_PROXY": "mine", "ALL_PROXY": "other"}, None, "mine"),
        ({"HTTPS_PROXY": "mine", "ALL_PROXY": "other"}, None, "mine"),
        ({"MAGICKPEN_PROXY": "", "HTTPS_PROXY": "mine"}, None, "mine"),
        ({"HTTPS_PROXY": "mine", "NO_PROXY": "other.example"}, None, "mine"),
        ({"HTTP_PROXY": "other"}, None, None),
        ({"ALL_PROXY": "other", "NO_PROXY": HOST}, None, None),
        ({"ALL_PROXY": "other", "NO_PROXY": "other.example, .example"}, None, None),
        ({"ALL_PROXY": "other", "no_proxy": "*"}, None, None),
        ({"ALL_PROXY": "other", "NO_PROXY": HOST}, "mine", "mine"),
        ({"MAGICKPEN_PROXY": "mine", "NO_PROXY": "*"}, None, "mine"),
    ],
    ids=str,
)
def test_the_nearest_word_names_the_proxy(
    facade: Facade,
    service: Emulator,
    urls: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    argument: str | None,
    used: str | None,
) -> None:
    with HttpProxy() as mine, HttpProxy() as other:
        address = {"mine": mine.url(), "other": other.url(), "third": other.url(), None: None}
        for variable, value in environment.items():
            monkeypatch.setenv(variable, address.get(value) or value)
        assert "Hi" in ask(facade, service, urls["https"], proxy=address[argument]).text
    assert (len(mine.asked), len(other.asked)) == (int(used == "mine"), 0)


def test_a_proxy_of_the_environment_does_not_lead_back_to_this_machine(
    facade: Facade, service: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HttpProxy() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url())
        assert "Hi" in ask(facade, service, service.url).text
        assert proxy.connections == 0
        assert "Hi" in ask(facade, service, service.url, proxy=proxy.url()).text
        assert proxy.connections == 1


# Where a password is among them, it may not be shown, whatever a parser takes it for.
NO_URLS = [
    "proxy.example:3128",
    f"{USERINFO}@proxy.example:3128",
    "//proxy.example:3128",
    "http://",
    "ftp://proxy.example",
    "socks4://proxy.example:1080",
    f"http://{USERINFO}@",
    f"http://{USERINFO}@:3128",
    f"http://{USERINFO}@proxy.example:99999",
    f"http://{USERINFO}@proxy.example:0",
    f"http://{USERINFO}@proxy.example:port",
    "http://[::1:3128",
    "http://proxy .example:3128",
    " http://proxy.example:3128",
    "http://proxy.example:3128\n",
    "http://proxy.example\r\nx: y",
]
UNENCODED = [
    f"http://me:{PASSWORD}/x@proxy.example:3128",
    f"http://me:{PASSWORD}?x@proxy.example:3128",
    f"http://me:{PASSWORD}#x@proxy.example:3128",
    f"http://me:1/{PASSWORD}@proxy.example:3128",
    f"http://me:1?{PASSWORD}@proxy.example:3128",
    f"http://me:1#{PASSWORD}@proxy.example:3128",
]
TOO_LONG = f"socks5://me:{PASSWORD * 40}@proxy.example"


def told(error: BaseException) -> str:
    """All that tracebacks and logs may show of an error."""
    shown = "".join(traceback.format_exception(error))
    while error.__cause__ is not None:
        error = error.__cause__
        shown += repr(error)
    return shown


WRONG = [(name, value) for name in ("proxy", "MAGICKPEN_PROXY") for value in NO_URLS + UNENCODED]


# No variable of the environment can hold the last one.
@pytest.mark.parametrize(
    ("name", "value"), [*WRONG, ("proxy", "http://proxy\x00.example")], ids=ascii
)
def test_what_is_no_url_of_a_proxy_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    options: dict[str, Any] = {"proxy": value} if name == "proxy" else {}
    if not options:
        monkeypatch.setenv(name, value)
    for client in (MagickPen, AsyncMagickPen):
        with pytest.raises(ConfigurationError) as caught:
            client(**options)
        assert caught.value.message.startswith(f"{name} must ")
        assert PASSWORD not in told(caught.value)
        if value in UNENCODED:
            assert "%2F" in caught.value.message
        else:
            assert "http:// or https:// or socks5:// or socks5h://" in caught.value.message


@pytest.mark.parametrize("value", ["", 3128, True, b"http://proxy:80", ("proxy", 80), object()])
def test_what_is_no_text_of_a_proxy_is_told(value: Any) -> None:
    for client in (MagickPen, AsyncMagickPen):
        with pytest.raises(ConfigurationError, match=r"^proxy must be a URL that begins with http"):
            client(proxy=value)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("http://proxy.example:3128/path", "must not have a path"),
        ("http://proxy.example:3128?a=b", "must not have a query"),
        (TOO_LONG, "more than 255 bytes"),
    ],
    ids=["path", "query", "too-long"],
)
def test_what_a_proxy_cannot_have_is_told(value: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        MagickPen(proxy=value)
    assert PASSWORD not in told(caught.value)


def test_a_proxy_that_cannot_be_found_is_told(facade: Facade, service: Emulator) -> None:
    expected = r"no connection to the proxy 999\.1\.1\.1:3128: "
    with pytest.raises(APIConnectionError, match=expected) as caught:
        ask(facade, service, "http://site.example", proxy=f"http://{USERINFO}@999.1.1.1:3128")
    assert PASSWORD not in told(caught.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *[(name, f"x://{USERINFO}@proxy.example") for name in ("HTTP_PROXY", "https_proxy")],
        *[
            ("ALL_PROXY", value)
            for value in (
                "http://",
                f"http://{USERINFO}@proxy.example:99999",
                f"{USERINFO}@proxy.example:port",
                "proxy .example",
                *UNENCODED,
                TOO_LONG,
            )
        ],
    ],
    ids=ascii,
)
def test_a_wrong_variable_of_the_environment_is_named(
    facade: Facade,
    service: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
) -> None:
    monkeypatch.setenv("NO_PROXY", "other.example")
    monkeypatch.setenv(variable, value)
    scheme = "http" if variable == "HTTP_PROXY" else "https"
    with pytest.raises(ConfigurationError) as caught:
        ask(facade, service, f"{scheme}://site.example")
    assert caught.value.message.startswith(f"{variable} must ")
    assert PASSWORD not in told(caught.value)


@pytest.mark.usefixtures("known_name")
@pytest.mark.parametrize("value", ["::1", "fd00::/8", "[fd00::]/8", "[::1]:80", "a,[", " "])
def test_any_list_of_hosts_without_a_proxy_is_taken(
    facade: Facade,
    service: Emulator,
    urls: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    value: str,
) -> None:
    with HttpProxy() as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url())
        monkeypatch.setenv("NO_PROXY", value)
        assert "Hi" in ask(facade, service, urls["https"]).text
        monkeypatch.setenv("NO_PROXY", f"{value},{HOST}")
        assert "Hi" in ask(facade, service, urls["https"]).text
    assert len(proxy.asked) == 1


def test_where_no_proxy_is_wanted_a_wrong_one_does_not_matter(
    facade: Facade, service: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "x://proxy.example")
    monkeypatch.setenv("NO_PROXY", "*")
    assert "Hi" in ask(facade, service, service.url).text


def test_a_socks_proxy_without_its_extra_says_what_to_install(
    facade: Facade, service: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    proxy = f"socks5://{USERINFO}@proxy.example"
    install = r"is a SOCKS proxy, .*pip install 'magickpen\[socks\]'"
    with pytest.raises(ConfigurationError, match=f"^proxy {install}") as caught:
        ask(facade, service, "https://site.example", proxy=proxy)
    assert PASSWORD not in told(caught.value)
    monkeypatch.setenv("NO_PROXY", "other.example")
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(ConfigurationError, match=f"ALL_PROXY.* {install}") as caught:
        ask(facade, service, "https://site.example")
    assert PASSWORD not in told(caught.value)


PROXIES: dict[str, Callable[[type[Proxy]], Proxy]] = {
    "answered": lambda kind: kind(credentials=USER),
    "denied": lambda kind: kind(credentials=("me", "another")),
    "hung-up": lambda kind: kind(b"", b""),
    "nonsense": lambda kind: kind(b"nonsense\r\n\r\n", b"nonsense\r\n\r\n"),
    "silent": lambda kind: kind(None, None),
}
"""What a proxy does with two connections."""


@KINDS
@pytest.mark.parametrize("case", PROXIES)
def test_no_log_and_no_traceback_shows_the_password_of_a_proxy(
    facade: Facade,
    service: Emulator,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    kind: type[Proxy],
    case: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = ""

    async def scenario(pen: AsyncMagickPen) -> str:
        inner = vars(pen)["_pen"] if isinstance(pen, BlockingPen) else pen
        try:
            await pen.ask("Hi")
        except APIConnectionError as error:
            return told(error) + repr(inner)
        return repr(inner)

    with PROXIES[case](kind) as proxy:
        address = proxy.url(USERINFO)
        given: Any = {"base_url": url, "api_url": url, "secrets": secrets(service)}
        given |= {"max_retries": 0} | ({"deadline": 0.2} if case == "silent" else {})
        shown += facade.run(scenario, service, **given, proxy=address)
        monkeypatch.setenv("ALL_PROXY", address)
        shown += facade.run(scenario, service, **given)
        assert proxy.connections == 2
    records = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    shown += caplog.text + "".join(records)
    assert "httpcore" in shown
    for secret in (PASSWORD, basic(USER).removeprefix("Basic ")):
        assert secret not in shown
