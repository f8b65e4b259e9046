from __future__ import annotations

import json
import logging
import os
import pickle
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from magickpen import FileStore, MemoryStore, SecretsStore, SiteSecrets
from magickpen.core.secrets_store import SharedStore
from magickpen.secrets_store import MAX_BYTES, MAX_SITES

SITE = "https://magickpen.com"
SECRETS = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx", "q7Zk2mWx0B")


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "folder" / "secrets.json")


def test_what_is_saved_can_be_loaded(store: FileStore) -> None:
    assert isinstance(store, SecretsStore)
    assert store.load(SITE) is None
    store.save(SITE, SECRETS)
    store.save("https://other.example", SiteSecrets("a", "b"))
    assert store.load(SITE) == SECRETS
    assert FileStore(str(store.path)).load("https://other.example") == SiteSecrets("a", "b")
    assert store.load("https://third.example") is None


@pytest.mark.parametrize("proved", [True, False])
def test_the_grade_is_kept(store: FileStore, proved: bool) -> None:
    store.save(SITE, replace(SECRETS, proved=proved))
    loaded = store.load(SITE)
    assert loaded is not None
    assert loaded.proved is proved


def test_an_entry_without_a_grade_is_not_proved(store: FileStore) -> None:
    store.path.parent.mkdir()
    entry = {"x_api_secret": "a", "secret": "b", "salt": "c"}
    store.path.write_text(json.dumps({"sites": {SITE: entry}}))
    loaded = store.load(SITE)
    assert loaded == SiteSecrets("a", "b", "c")
    assert not loaded.proved


def test_the_file_is_its_users_alone(store: FileStore) -> None:
    mask = os.umask(0)
    try:
        store.save(SITE, SECRETS)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "null",
        "[]",
        '{"sites": []}',
        '{"sites": 1}',
        '{"sites": {"https://magickpen.com": 1}}',
        '{"sites": {"https://magickpen.com": {"x_api_secret": "a", "secret": "b"}}}',
        '{"sites": {"https://magickpen.com": {"x_api_secret": 1, "secret": "b", "salt": "c"}}}',
        '{"sites": {"https://magickpen.com": {"x_api_secret": "\\n", "secret": "b", "salt": "c"}}}',
        "[" * 100_000,
        "\xff\x00",
    ],
)
def test_a_damaged_file_is_ignored_and_replaced(store: FileStore, content: str) -> None:
    store.path.parent.mkdir()
    store.path.write_bytes(content.encode("latin-1"))
    assert store.load(SITE) is None
    store.save(SITE, SECRETS)
    assert store.load(SITE) == SECRETS


def test_a_write_that_fails_leaves_the_file_as_it_was(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store.save(SITE, SECRETS)

    def full(written: Path, target: Path) -> None:
        # Only within a folder does a file take another's place at once.
        assert written.parent == target.parent
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with caplog.at_level(logging.WARNING, "magickpen"):
        store.save(SITE, SiteSecrets("a", "b"))
    assert "No space left" in caplog.text
    assert store.load(SITE) == SECRETS
    assert list(store.path.parent.iterdir()) == [store.path]


def test_old_sites_are_forgotten(store: FileStore) -> None:
    for number in range(MAX_SITES + 1):
        store.save(f"http://127.0.0.1:{number}", SECRETS)
    store.save("http://127.0.0.1:1", SECRETS)
    sites = list(json.loads(store.path.read_text())["sites"])
    assert len(sites) == MAX_SITES
    assert "http://127.0.0.1:0" not in sites
    assert sites[-1] == "http://127.0.0.1:1"


def test_it_can_be_pickled(store: FileStore) -> None:
    twin = pickle.loads(pickle.dumps(store))
    assert twin.path == store.path
    assert repr(twin) == f"FileStore({str(store.path)!r})"


def test_a_store_in_memory_keeps_what_is_saved() -> None:
    store = MemoryStore()
    assert isinstance(store, SecretsStore)
    assert not isinstance(store, SharedStore)
    assert store.load(SITE) is None
    store.save(SITE, SECRETS)
    assert store.load(SITE) == SECRETS
    assert SECRETS.secret not in repr(store)


def test_the_default_file_is_in_the_cache_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert repr(FileStore.default()) == f"FileStore('{tmp_path}/magickpen/secrets.json')"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert repr(FileStore.default()) == "FileStore('/home/me/.cache/magickpen/secrets.json')"
    monkeypatch.setattr("sys.platform", "darwin")
    assert "/home/me/Library/Caches/magickpen" in repr(FileStore.default())
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert repr(FileStore.default()) == "FileStore('/local/magickpen/secrets.json')"
    monkeypatch.setenv("MAGICKPEN_CACHE", "/elsewhere.json")
    assert repr(FileStore.default()) == "FileStore('/elsewhere.json')"


def test_without_a_home_nothing_is_kept(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", home)
    assert isinstance(FileStore.default(), MemoryStore)
    assert "MAGICKPEN_CACHE" in caplog.text


@pytest.mark.parametrize("kind", ["fifo", "zero", "folder"])
def test_what_is_no_regular_file_is_neither_read_nor_replaced(
    store: FileStore, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    store.path.parent.mkdir()
    if kind == "fifo":
        os.mkfifo(store.path)
    elif kind == "zero":
        store.path.symlink_to("/dev/zero")
    else:
        store.path.mkdir()
    assert store.load(SITE) is None
    store.save(SITE, SECRETS)
    assert not store.path.is_file()
    assert "is no regular file" in caplog.text


def test_secrets_that_come_through_a_pipe_are_not_taken(store: FileStore) -> None:
    store.save(SITE, SECRETS)
    content = store.path.read_bytes()
    store.path.unlink()
    os.mkfifo(store.path)
    pipe = os.open(store.path, os.O_RDWR)
    try:
        os.write(pipe, content)
        assert store.load(SITE) is None
    finally:
        os.close(pipe)


def test_a_file_of_more_than_a_mebibyte_is_not_read(store: FileStore) -> None:
    store.save(SITE, SECRETS)
    content = store.path.read_bytes()
    store.path.write_bytes(content + b" " * (MAX_BYTES - len(content)))
    assert store.load(SITE) == SECRETS
    store.path.write_bytes(content[:-1] + b" " * MAX_BYTES + b"}")
    assert store.load(SITE) is None


def test_one_at_a_time_holds_the_lock(store: FileStore) -> None:
    assert isinstance(store, SharedStore)
    lock = store.try_lock()
    assert lock is not None
    assert FileStore(store.path).try_lock() is None
    lock.close()
    again = FileStore(store.path).try_lock()
    assert again is not None
    again.close()


def test_where_nothing_can_be_written_everybody_has_the_lock(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = FileStore(tmp_path / "file" / "secrets.json")
    for _ in range(2):
        assert store.try_lock() is not None
