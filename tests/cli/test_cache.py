"""What the command keeps from one time to the next; each time it runs in a process of its own."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from magickpen.emulator import Emulator
from magickpen.secrets_store import FileStore

pytestmark = pytest.mark.slow


def cache_file() -> Path:
    store = FileStore.default()
    assert isinstance(store, FileStore)
    return store.path


@pytest.fixture
def environment(service: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAGICKPEN_BASE_URL", service.url)
    monkeypatch.setenv("MAGICKPEN_API_URL", service.url)


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "magickpen", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def magickpen(*arguments: str) -> str:
    process = start(*arguments)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def paths(service: Emulator) -> list[str]:
    found = [request.path.removeprefix("/_nuxt/") for request in service.requests]
    return [path if path.startswith("/") else "bundle" for path in found]


@pytest.mark.usefixtures("environment")
def test_the_second_question_is_one_request(service: Emulator) -> None:
    service.reply = "Rhine"
    assert magickpen("ask", "river?") == "Rhine\n"
    assert paths(service) == ["/", "bundle", "bundle", "/ask"]
    service.reset()
    service.reply = "Elbe"
    assert magickpen("ask", "river?") == "Elbe\n"
    assert paths(service) == ["/ask"]


@pytest.mark.usefixtures("environment")
def test_after_a_rotation_they_are_renewed_once(service: Emulator) -> None:
    magickpen("ask", "river?")
    service.rotate()
    service.reset()
    service.reply = "Elbe"
    assert magickpen("ask", "river?") == "Elbe\n"
    assert paths(service) == ["/ask", "/", "bundle", "bundle", "/ask"]
    service.reset()
    magickpen("ask", "river?")
    assert paths(service) == ["/ask"]


@pytest.mark.usefixtures("environment")
def test_the_file_is_the_users_alone(service: Emulator) -> None:
    magickpen("credentials")
    file = cache_file()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(json.loads(file.read_text())["sites"]) == [service.url]
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.usefixtures("environment")
def test_a_damaged_file_is_replaced(service: Emulator) -> None:
    # `tests/test_secrets_store.py` tells in how many ways it may be.
    cache_file().parent.mkdir(parents=True)
    cache_file().write_bytes(b"{")
    magickpen("ask", "river?")
    assert list(json.loads(cache_file().read_text())["sites"]) == [service.url]


@pytest.mark.usefixtures("environment")
def test_it_can_be_done_without(service: Emulator) -> None:
    magickpen("ask", "--no-cache", "river?")
    magickpen("ask", "--offline", "river?")
    assert not cache_file().exists()


@pytest.mark.usefixtures("environment")
def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(service: Emulator) -> None:
    Path(os.environ["HOME"]).write_text("in the way")
    assert "emulator" in magickpen("ask", "river?")


@pytest.mark.usefixtures("environment")
def test_credentials_are_read_anew(service: Emulator) -> None:
    magickpen("credentials")
    service.rotate()
    found = json.loads(magickpen("credentials", "--json", "--reveal"))
    assert found["secret"] == service.secrets.secret


@pytest.mark.usefixtures("environment")
def test_ten_processes_share_the_file_while_the_secrets_rotate(service: Emulator) -> None:
    magickpen("ask", "river?")
    service.reply = lambda prompt: f"to {prompt}"
    service.rotate()
    processes = [start("ask", str(n)) for n in range(10)]
    for n, process in enumerate(processes):
        out, err = process.communicate(timeout=120)
        assert (out, err, process.returncode) == (f"to {n}\n", "", 0)
    service.reset()
    magickpen("ask", "river?")
    assert paths(service) == ["/ask"]
    lock = Path(f"{cache_file()}.lock")
    assert sorted(cache_file().parent.iterdir()) == [cache_file(), lock]


@pytest.mark.usefixtures("environment")
def test_ten_processes_that_start_cold_read_the_site_once(service: Emulator) -> None:
    service.reply = "Rhine"
    processes = [start("ask", "river?") for _ in range(10)]
    for process in processes:
        assert process.communicate(timeout=60)[0] == "Rhine\n"
    assert paths(service).count("/ask") == 10
    assert paths(service).count("/") == 1


@pytest.mark.usefixtures("environment")
def test_without_a_home_it_asks_all_the_same(
    service: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.reply = "Rhine"
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/dev/null/home")
    process = start("ask", "river?")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "Rhine\n")
    assert "cannot be written" in err
