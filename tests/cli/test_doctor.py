from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from magickpen.cli.app import app, run
from magickpen.cli.doctor import CLOCK_TOLERANCE
from magickpen.cli.options import ClientArguments
from magickpen.cli.surroundings import surroundings
from magickpen.emulator import Emulator, RateLimit, Status
from tests.support.guesses import prove_nothing
from tests.support.raw_server import untrusted_server

pytestmark = pytest.mark.usefixtures("short_pauses")

Examine = Callable[..., dict[str, Any]]


@pytest.fixture
def examine(
    service: Emulator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Examine:
    """Run the doctor on the emulator, and return what it says as JSON."""
    monkeypatch.setenv("MAGICKPEN_BASE_URL", service.url)
    monkeypatch.setenv("MAGICKPEN_API_URL", service.url)

    def examine(*arguments: str) -> dict[str, Any]:
        status = run(["doctor", "--json", "--no-cache", *arguments])
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert told["ok"] == (status == 0)
        assert status in (0, 1)
        return told

    return examine


def statuses(told: dict[str, Any]) -> dict[str, str]:
    return {step["step"]: step["status"] for step in told["steps"]}


def step(told: dict[str, Any], name: str) -> dict[str, str]:
    found: dict[str, str] = next(step for step in told["steps"] if step["step"] == name)
    return found


def test_a_healthy_way(examine: Examine, service: Emulator) -> None:
    told = examine()
    assert statuses(told) == {
        "name resolution": "ok",
        "site": "ok",
        "bundles": "ok",
        "constants": "ok",
        "clock": "ok",
        "api": "ok",
        "signed request": "skipped",
    }
    assert told["ok"]
    assert step(told, "name resolution")["seen"] == "127.0.0.1: 127.0.0.1"
    assert "2 read" in step(told, "bundles")["seen"]
    assert f"{service.url}/_nuxt/" in step(told, "constants")["seen"]
    assert service.secrets.secret not in json.dumps(told)
    assert {"magickpen", "python", "httpx", "anyio"} <= told["versions"].keys()
    assert "/ask" not in [request.path for request in service.requests]


def test_unproved_constants_are_a_warning(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    prove_nothing(monkeypatch)
    told = examine("--ask")
    assert told["ok"]
    assert step(told, "constants")["status"] == "warning"
    assert "not proved" in step(told, "constants")["advice"]
    assert step(told, "signed request")["status"] == "ok"


def test_a_question_is_asked_on_demand(examine: Examine, service: Emulator) -> None:
    told = examine("--ask")
    assert step(told, "signed request")["status"] == "ok"
    assert [request.path for request in service.requests].count("/ask") == 1


def test_in_words(
    service: Emulator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGICKPEN_BASE_URL", service.url)
    monkeypatch.setenv("MAGICKPEN_API_URL", service.url)
    service.play(Status(200, "<p>Nothing here.", "text/html"), path="/")
    assert run(["doctor", "--no-cache"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("magickpen ")
    assert any(line.startswith("ok      site") for line in lines)
    assert any(line.startswith("FAILED  constants") for line in lines)
    assert any("-> " in line and "secrets=" in line for line in lines)


def test_a_refused_question(examine: Examine, service: Emulator) -> None:
    service.play(RateLimit(3600))
    told = examine("--ask")
    assert step(told, "signed request")["status"] == "failed"
    assert "429" in step(told, "signed request")["seen"]
    assert "3600" in step(told, "signed request")["advice"]


def test_a_site_that_does_not_tell(examine: Examine, service: Emulator) -> None:
    page = Status(200, "<script src=/_nuxt/gone.js></script>", "text/html")
    service.play(page, page, path="/")
    told = examine("--ask")
    assert statuses(told) == {
        "name resolution": "ok",
        "site": "ok",
        "bundles": "failed",
        "constants": "failed",
        "clock": "ok",
        "api": "ok",
        "signed request": "skipped",
    }
    assert "gone.js: the service answered 404" in step(told, "bundles")["seen"]


def test_a_site_that_cannot_be_read(examine: Examine, service: Emulator) -> None:
    told = examine("--base-url", "http://127.0.0.1:1")
    assert statuses(told) == {
        "name resolution": "ok",
        "site": "failed",
        "bundles": "skipped",
        "constants": "skipped",
        "clock": "skipped",
        "api": "skipped",
        "signed request": "skipped",
    }
    assert "http://127.0.0.1:1" in step(told, "site")["seen"]


def test_a_bundle_that_cannot_be_read(examine: Examine, service: Emulator) -> None:
    bundle = next(iter(bundles(service)))
    service.play(*[Status(503, "busy") for _ in range(2)], path=bundle)
    service.play(Status(200, f"<script src={bundle}></script>", "text/html"), path="/")
    told = examine("--max-retries", "1")
    assert step(told, "site")["status"] == "ok"
    assert step(told, "bundles")["status"] == "failed"
    assert bundle in step(told, "bundles")["seen"]
    assert step(told, "constants")["status"] == "skipped"


def bundles(service: Emulator) -> list[str]:
    return list(service._service.deployment.bundles)


@pytest.fixture
def no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no name of the service be known."""
    known = socket.getaddrinfo

    def getaddrinfo(host: str, *args: Any, **options: Any) -> Any:
        if host.endswith(".invalid"):
            raise socket.gaierror(-2, "Name or service not known")
        return known(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.usefixtures("no_names")
def test_an_unknown_site(examine: Examine) -> None:
    told = examine("--base-url", "https://site.invalid")
    resolution = step(told, "name resolution")
    assert resolution["status"] == "failed"
    assert "site.invalid: Name or service not known" in resolution["seen"]
    assert "DNS" in resolution["advice"]
    assert set(statuses(told).values()) == {"failed", "skipped"}


@pytest.mark.usefixtures("no_names")
def test_an_unknown_api_does_not_hide_the_site(examine: Examine) -> None:
    told = examine("--api-url", "https://api.invalid", "--ask")
    assert statuses(told) == {
        "name resolution": "failed",
        "site": "ok",
        "bundles": "ok",
        "constants": "ok",
        "clock": "ok",
        "api": "failed",
        "signed request": "skipped",
    }


@pytest.mark.usefixtures("no_names")
def test_names_are_left_to_a_proxy(examine: Examine) -> None:
    told = examine("--base-url", "http://site.invalid", "--proxy", "http://127.0.0.1:1")
    assert "resolved by the proxy" in step(told, "name resolution")["seen"]
    assert step(told, "name resolution")["status"] == "ok"


@pytest.mark.parametrize(
    ("offset", "status", "seen"),
    [
        (CLOCK_TOLERANCE + 5, "failed", "35 s behind the server's"),
        (-CLOCK_TOLERANCE - 5, "failed", "35 s ahead of the server's"),
        (-5, "ok", "5 s ahead of the server's"),
        (0, "ok", "agrees with the server's"),
        (None, "skipped", "does not send its time"),
    ],
)
def test_the_clock(
    examine: Examine,
    service: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    offset: float | None,
    status: str,
    seen: str,
) -> None:
    monkeypatch.setattr("magickpen.discovery.search._clock_offset", lambda head, runtime: offset)
    clock = step(examine(), "clock")
    assert clock["status"] == status
    assert seen in clock["seen"]
    assert ("clock" in clock["advice"]) == (status == "failed")


def test_an_api_that_cannot_be_reached_fails(examine: Examine) -> None:
    told = examine("--api-url", "http://127.0.0.1:9", "--ask")
    assert statuses(told)["api"] == "failed"
    assert statuses(told)["signed request"] == "skipped"
    assert "http://127.0.0.1:9: no connection" in step(told, "api")["seen"]
    assert not told["ok"]


def test_a_certificate_that_is_not_trusted_fails(examine: Examine) -> None:
    with untrusted_server() as url:
        told = examine("--api-url", url)
    assert statuses(told)["api"] == "failed"
    assert "its certificate is not trusted: " in step(told, "api")["seen"]
    assert "SSL_CERT_FILE" in step(told, "api")["advice"]


def test_a_file_without_certificates_fails(
    examine: Examine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path))
    told = examine("--api-url", f"https://127.0.0.1:{free_port()}")
    assert told["environment"]["certificates"].startswith("SSL_CERT_FILE must name a file")
    assert statuses(told)["api"] == "failed"


def test_the_surroundings_are_told_without_passwords(
    examine: Examine, service: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://user:hunter2@proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "elsewhere.example")
    told = examine()["environment"]
    assert "HTTP_PROXY=http://proxy.example:3128, NO_PROXY=elsewhere.example" in told["variables"]
    assert told["proxy"] == "none"
    assert told["cache"] == "none"
    assert told["history"] == str(tmp_path / "XDG_DATA_HOME" / "magickpen" / "history.db")
    assert told["configuration"].endswith("config.toml")
    assert told["certificates"].startswith("the system (")
    assert "hunter2" not in str(told)
    assert surroundings_of("http://a.example", "http://b.elsewhere.example")["proxy"] == (
        "http://proxy.example:3128 (HTTP_PROXY) for the site, none for the API"
    )


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def surroundings_of(site: str, api: str) -> dict[str, str]:
    with app.make_context("magickpen", ["doctor"]) as context:
        command = app.get_command(context, "doctor")
        assert command is not None
        options = command.make_context("doctor", [], parent=context).params
    shared = {name: options[name] for name in ClientArguments._fields}
    return surroundings(site, api, ClientArguments(**shared))
