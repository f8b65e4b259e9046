from __future__ import annotations

import threading
import time

import pytest

from magickpen.network import watchdog as module
from magickpen.network.watchdog import Watchdog


class Call:
    """What has a deadline."""

    def __init__(self) -> None:
        self.expired = threading.Event()

    def expire(self) -> None:
        self.expired.set()


def test_it_tells_when_the_time_is_up() -> None:
    watchdog, late, soon = Watchdog(), Call(), Call()
    watchdog.watch(late, 600)
    watchdog.watch(soon, 0.01)
    assert soon.expired.wait(5)
    assert not late.expired.is_set()
    watchdog.release(late)


def test_what_is_released_is_told_nothing() -> None:
    watchdog, released, other = Watchdog(), Call(), Call()
    watchdog.watch(released, 0.05)
    watchdog.watch(other, 0.1)
    watchdog.release(released)
    assert other.expired.wait(5)
    assert not released.expired.is_set()
    watchdog.release(other)


def test_what_fails_when_it_is_told_does_not_end_it() -> None:
    class Broken(Call):
        def expire(self) -> None:
            raise OSError

    watchdog, other = Watchdog(), Call()
    watchdog.watch(Broken(), 0.01)
    watchdog.watch(other, 0.05)
    assert other.expired.wait(5)


def test_its_thread_ends_with_what_it_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PERIOD", 0.01)
    watchdog, call = Watchdog(), Call()
    for _ in range(2):
        watchdog.watch(call, 600)
        thread = watchdog._thread
        assert thread is not None
        time.sleep(0.03)
        assert thread.is_alive()
        watchdog.release(call)
        thread.join(5)
        assert not thread.is_alive()
        assert watchdog._thread is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_ends_its_thread_does_not_end_it() -> None:
    class Fatal(Call):
        def expire(self) -> None:
            raise SystemExit

    watchdog, other = Watchdog(), Call()
    watchdog.watch(Fatal(), 0.01)
    thread = watchdog._thread
    assert thread is not None
    thread.join(5)
    watchdog.watch(other, 0.01)
    assert other.expired.wait(5)
