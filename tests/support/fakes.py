"""What the core's tests pass in the place of clocks and randomness, and steps through flows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar, assert_never
from urllib.parse import urljoin

import pytest

from magickpen.core.context import Context
from magickpen.core.deadline import Deadline
from magickpen.core.discovery import Cache, Discovery
from magickpen.core.effects import Exclusive, Finish, Flow, Open, Read, Run, Sleep, Steps
from magickpen.core.errors import CredentialsError, MagickPenError
from magickpen.core.http import Head, Request
from magickpen.core.runtime import Runtime
from magickpen.core.session import Known
from magickpen.core.settings import Settings
from magickpen.core.signing import SiteSecrets
from magickpen.core.site_reading import SiteReading

R = TypeVar("R")
Answer: TypeAlias = str | tuple[Head, bytes] | MagickPenError

SITE = "https://magickpen.com"
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


def context(
    settings: Settings | None = None, clock: Clock | None = None, deadline: Deadline | None = None
) -> Context:
    settings = settings or Settings()
    clock = clock or Clock()
    return Context(settings, runtime(clock), deadline or Deadline(settings.deadline, clock))


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


def look_up(effect: object) -> Flow[Known]:
    """Return the flow that a driver runs while it holds the mutex."""
    assert isinstance(effect, Exclusive)
    return effect.flow


def land(flow: Flow[R], secrets: SiteSecrets = NEWER) -> R:
    """Let a flow find these secrets on the site."""
    return PaperSite({"/": page(secrets)}).drive(flow)


def page(secrets: SiteSecrets = SECRETS) -> str:
    """Return the page in which `discover` finds these secrets."""
    return f"{secrets.x_api_secret} {secrets.secret} {secrets.salt} {secrets.proved}"


def discover(context: Context, cache: Cache) -> Flow[Discovery]:
    """Stand in for discovery: the site's page is the secrets, in four words."""
    url = f"{context.settings.base_url}/"
    request = Request(
        method="GET",
        url=url,
        headers={},
        timeout=context.settings.timeout,
        deadline=context.deadline,
    )
    yield from Open(request)
    words = (yield from Read(1000)).decode().split()
    if len(words) != 4:
        raise CredentialsError("no secrets found")
    secrets = SiteSecrets(*words[:3], proved=words[3] == "True")
    return Discovery(secrets, url, SiteReading())


class PaperSite:
    """A site that answers flows without any I/O.

    Args:
        pages: by URL, or by path for the default site, a body, a whole response, or a failure.

    Attributes:
        requests: what it was asked.
        slept: the seconds that flows wanted to wait.
    """

    def __init__(self, pages: Mapping[str, Answer]) -> None:
        self._pages = {urljoin(SITE, path): answer for path, answer in pages.items()}
        self.requests: list[Request] = []
        self.slept: list[float] = []
        self.on_request: Callable[[Request], None] = lambda request: None
        self.on_run: Callable[[Callable[[], object]], object] = lambda function: function()

    def put(self, path: str, answer: Answer) -> None:
        """Answer a path in this way from now on."""
        self._pages[urljoin(SITE, path)] = answer

    @property
    def asked_for(self) -> list[str]:
        """The URLs of the requests, those of the default site without its origin."""
        return [request.url.removeprefix(SITE) for request in self.requests]

    def drive(self, flow: Flow[R]) -> R:
        """Carry a flow out and return its result."""
        steps = Steps(flow)
        body = b""
        for effect in steps:
            try:
                match effect:
                    case Open(request):
                        steps.result, body = self._answer(request)
                    case Read(limit):
                        steps.result = body[:limit]
                    case Sleep(seconds):
                        self.slept.append(seconds)
                    case Exclusive(_, inner):
                        steps.result = self.drive(inner)
                    case Run(function):
                        steps.result = self.on_run(function)
                    case Finish(stream):
                        steps.result = stream.reply()
                    case _:
                        assert_never(effect)
            except MagickPenError as failure:
                steps.failure = failure
        return steps.value

    def _answer(self, request: Request) -> tuple[Head, bytes]:
        self.requests.append(request)
        self.on_request(request)
        answer = self._pages.get(request.url, (head(404), b""))
        if isinstance(answer, MagickPenError):
            raise answer
        if isinstance(answer, tuple):
            return answer
        kind = "text/html" if answer.startswith("<") else "text/javascript"
        return head(200, kind), answer.encode()
