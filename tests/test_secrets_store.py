from __future__ import annotations

import json
import logging
import os
import pickle
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from magickpen import FileStore, SecretsStore, SiteSecrets
from magickpen.secrets_store import MAX_SITES

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
