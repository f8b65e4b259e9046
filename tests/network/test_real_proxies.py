"""Proxies that people use, with the right, a wrong and no password.

tinyproxy and microsocks are packages of Debian; where they are missing, proxy.py is tried alone.
"""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from magickpen import APIConnectionError, SiteSecrets
from magickpen.emulator import Emulator
from tests.support.facades import Facade
from tests.support.proxies import HERE, TlsFront
from tests.support.raw_server import wait_until

TINYPROXY = """Port {port}
Listen 127.0.0.1
BasicAuth me right
"""

Command = Callable[[int, Path], list[str]]


def tinyproxy(port: int, folder: Path) -> list[str]:
    settings = folder / "tinyproxy.conf"
    settings.write_text(TINYPROXY.format(port=port))
    return ["tinyproxy", "-d", "-c", str(settings)]


def microsocks(port: int, folder: Path) -> list[str]:
    return ["microsocks", "-i", HERE, "-p", str(port), "-u", "me", "-P", "right"]


def proxy_py(port: int, folder: Path) -> list[str]:
    options = ["--hostname", HERE, "--port", str(port), "--basic-auth", "me:right"]
    workers = ["--num-workers", "1", "--num-acceptors", "1", "--log-level", "e"]
    return [sys.executable, "-m", "proxy", *options, *workers, "--data-dir", str(folder)]


PROXIES: dict[str, tuple[str, Command]] = {
    "tinyproxy": ("http", tinyproxy),
    "microsocks": ("socks5", microsocks),
    "proxy.py": ("http", proxy_py),
}


@pytest.fixture(scope="module", params=PROXIES)
def proxy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what makes the URL of a running proxy from a user name and a password."""
    scheme, command = PROXIES[request.param]
    if request.param != "proxy.py" and shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    arguments = command(port, tmp_path_factory.mktemp("proxy"))
    with subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        wait_until(lambda: listens(port))
        yield lambda login: f"{scheme}://{login}{HERE}:{port}"
        running.terminate()


def listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex((HERE, port)) == 0


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture
def urls(service: Emulator, authority: trustme.CA) -> Iterator[dict[str, str]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate: Any = authority.issue_cert(HERE)
    certificate.configure_cert(context)
    with TlsFront(int(service.url.rpartition(":")[2]), context) as front:
        yield {"http": service.url, "https": f"https://{HERE}:{front.port}"}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_proxy_answers_or_is_said_to_refuse(
    facade: Facade,
    service: Emulator,
    authority: trustme.CA,
    urls: dict[str, str],
    proxy: Callable[[str], str],
    scheme: str,
) -> None:
    service.reply = "Hello"
    context = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    secrets = SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)

    async def scenario(pen: Any) -> str:
        try:
            return str((await pen.ask("Hi")).text)
        except APIConnectionError as error:
            return f"{error} sent={error.sent}"

    def asked(login: str) -> str:
        return facade.run(
            scenario,
            service,
            api_url=urls[scheme],
            secrets=secrets,
            proxy=proxy(login),
            ssl_context=context,
        )

    assert asked("me:right@") == "Hello"
    for login in ("me:wrong@", ""):
        told = asked(login)
        assert "through the proxy" in told
        assert told.endswith("sent=False")
        assert "Check the user name and password in the URL of the proxy" in told
        assert "wrong" not in told
