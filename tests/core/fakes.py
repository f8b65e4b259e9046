"""What the core's tests pass in the place of clocks and randomness, and steps through flows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from magickpen.core.deadline import Deadline
from magickpen.core.effects import Flow, Head, Open, Renew, Request
from magickpen.core.runtime import Runtime
from magickpen.core.signing import SiteSecrets

SECRETS = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx")
NEWER = SiteSecrets("WCASR6ZQJYM85DVDX7", "E8Qlrd2I7dBUXPYx3gRa")
EPOCH = 1727913600.0


@dataclass
class Clock:
    """A clock that stands until a test moves it."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def runtime(clock: Clock | None = None, random: float = 0.5) -> Runtime:
    return Runtime(monotonic=clock or Clock(), time=lambda: EPOCH, random=lambda: random)


def no_deadline() -> Deadline:
    return Deadline(math.inf, Clock())


def result_of(flow: Flow[object], sent: object) -> object:
    """Send the last result into a flow and return what the flow returns."""
    with pytest.raises(StopIteration) as stop:
        flow.send(sent)
    return stop.value.value


def opened(effect: object) -> Request:
    """Return the request that a flow wants to be sent."""
    assert isinstance(effect, Open)
    return effect.request


def head(status: int = 200, content_type: str = "text/plain", **headers: str) -> Head:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Head(status, {"content-type": content_type, **named} if content_type else named)


def look_up(effect: object) -> Flow[SiteSecrets]:
    """Return the flow that a driver runs while it holds the lock."""
    assert isinstance(effect, Renew)
    return effect.flow


def land(flow: Flow[SiteSecrets], secrets: SiteSecrets = NEWER) -> SiteSecrets:
    """Let a flow find these secrets on the site."""
    assert opened(next(flow)).url == "https://magickpen.com/"
    flow.send(head(200, "text/html"))
    flow.send(b"<script src=/a.js></script>")
    flow.send(head())
    bundle = f'{{"X-API-Secret":"{secrets.x_api_secret}",secret:"{secrets.secret}"}}'
    found = result_of(flow, bundle.encode())
    assert isinstance(found, SiteSecrets)
    return found
