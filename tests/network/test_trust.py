"""Which certificates are trusted, with real handshakes."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import certifi
import pytest
import trustme
import truststore

from magickpen import APIConnectionError, ConfigurationError, MagickPen, MagickPenError, SiteSecrets
from magickpen.emulator import Emulator
from magickpen.network import trust
from tests.support.facades import Facade
from tests.support.proxies import HERE, TlsFront


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture
def front(service: Emulator, authority: trustme.CA) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate: Any = authority.issue_cert(HERE)
    certificate.configure_cert(context)
    with TlsFront(int(service.url.rpartition(":")[2]), context) as front:
        yield front


@pytest.fixture
def file(authority: trustme.CA, tmp_path: Path) -> Path:
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return file


def ask(facade: Facade, service: Emulator, front: TlsFront, **options: Any) -> str:
    secrets = SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)

    async def scenario(pen: Any) -> str:
        return str(await pen.ask("Hi"))

    url = f"https://{HERE}:{front.port}"
    return facade.run(scenario, service, api_url=url, secrets=secrets, **options)


def test_a_certificate_that_nobody_trusts_is_refused_with_a_way_out(
    facade: Facade, service: Emulator, front: TlsFront
) -> None:
    with pytest.raises(APIConnectionError, match="SSL_CERT_FILE") as caught:
        ask(facade, service, front)
    assert "CERTIFICATE_VERIFY_FAILED" in caught.value.message
    assert (caught.value.attempts, caught.value.sent) == (1, False)


def test_the_file_of_the_environment_is_trusted(
    facade: Facade,
    service: Emulator,
    front: TlsFront,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    assert "Hi" in ask(facade, service, front)


def test_the_folder_of_the_environment_is_trusted(
    facade: Facade,
    service: Emulator,
    front: TlsFront,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subprocess.run(["openssl", "rehash", str(file.parent)], check=True)
    monkeypatch.setenv("SSL_CERT_DIR", str(file.parent))
    assert "Hi" in ask(facade, service, front)


def test_a_context_of_the_callers_is_trusted(
    facade: Facade, service: Emulator, front: TlsFront, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such.pem")
    context = ssl.create_default_context(cafile=str(file))
    assert "Hi" in ask(facade, service, front, ssl_context=context)


def test_truststore_checks_certificates_where_it_is_used(
    facade: Facade, service: Emulator, front: TlsFront, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(APIConnectionError, match="SSL_CERT_FILE"):
        ask(facade, service, front, ssl_context=context)
    # On this system, truststore reads the file that OpenSSL reads.
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    assert "Hi" in ask(facade, service, front, ssl_context=context)


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_windows_and_macos_ask_the_system(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", system)
    trust._trust_of.cache_clear()
    assert isinstance(trust.ssl_context(), truststore.SSLContext)
    assert trust.trust_source() == "the system"
    trust._trust_of.cache_clear()


def test_a_machine_without_certificates_trusts_those_of_certifi(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "_BUNDLES", (str(tmp_path / "no-bundle"),))
    paths = ssl.get_default_verify_paths()._replace(
        openssl_cafile=str(tmp_path / "none"), openssl_capath=str(tmp_path)
    )
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    trust._trust_of.cache_clear()
    expected = ssl.create_default_context(cafile=certifi.where()).cert_store_stats()
    assert trust.ssl_context().cert_store_stats() == expected
    assert trust.trust_source() == certifi.where()
    trust._trust_of.cache_clear()


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("kind", ["missing", "folder", "empty", "fifo"])
def test_what_holds_no_certificates_is_named_when_tls_is_needed(
    facade: Facade,
    service: Emulator,
    front: TlsFront,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    kind: str,
) -> None:
    path = tmp_path / "place"
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "fifo":
        os.mkfifo(path)
    monkeypatch.setenv(variable, str(path))
    secrets = SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)

    async def plain(pen: Any) -> str:
        return str(await pen.ask("Hi"))

    assert "Hi" in facade.run(plain, service, secrets=secrets)
    with pytest.raises(ConfigurationError) as caught:
        ask(facade, service, front)
    assert caught.value.message.startswith(f"{variable} must name a ")
    assert repr(str(path)) in caught.value.message


@pytest.mark.parametrize("value", ["yes", True, "/etc/ssl/certs"], ids=repr)
def test_only_a_context_is_taken_for_one(value: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^ssl_context must be an ssl\.SSLContext, not"):
        MagickPen(ssl_context=value)


def fail(pen: MagickPen) -> None:
    with pytest.raises(MagickPenError):
        pen.ask("Hi")


def test_a_silent_peer_in_its_handshake_delays_nobody_else(
    facade: Facade, service: Emulator, front: TlsFront, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    secrets = SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)
    with socket.create_server((HERE, 0)) as silent:
        url = f"https://{HERE}:{silent.getsockname()[1]}"
        pen = MagickPen(api_url=url, secrets=secrets, ssl_context=context, deadline=5)
        waiting = threading.Thread(target=fail, args=[pen])
        waiting.start()
        peer, _ = silent.accept()
        started = time.monotonic()
        assert "Hi" in ask(facade, service, front, ssl_context=context)
        assert time.monotonic() - started < 3
        pen.close()
        peer.close()
        waiting.join()
