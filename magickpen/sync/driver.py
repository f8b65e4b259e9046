"""Carries out the effects of flows, blocking; `magickpen.aio.driver` does so awaiting."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeVar, assert_never

from magickpen.core.deadline import Deadline
from magickpen.core.effects import Exclusive, Finish, Flow, Open, Read, Run, Sleep, Steps
from magickpen.core.errors import ConfigurationError, MagickPenError
from magickpen.network.library import library_of
from magickpen.network.proxy import Route
from magickpen.network.transport import Body, HttpClient, HttpxTransport

R = TypeVar("R")


class _Process:
    """The realm of the locks of a process."""


# By process: after a fork the child shares neither sockets nor a held lock.
_processes: dict[int, _Process] = {}


class Driver:
    """Runs flows over a pool of connections, which is made at the first use.

    Attributes:
        closed: whether it is closed.
    """

    def __init__(self, http_client: HttpClient | None, route: Route) -> None:
        if http_client is not None:
            library_of(http_client, "Client")
        self._http_client = http_client
        self._route = route
        self._transports: dict[int, HttpxTransport] = {}  # by process, too
        self.closed: bool = False

    def run(self, flow: Flow[R]) -> R:
        """Run a flow that reads each body that it opens, and return its result."""
        return self._drive(flow)[0]

    def open(self, flow: Flow[None]) -> Body:
        """Run a flow that leaves a body open, and return the body."""
        body = self._drive(flow)[1]
        assert body is not None, "the flow ended without an open body"
        return body

    def close(self) -> None:
        """Close the connections of this process."""
        self.closed = True
        transport = self._transports.pop(os.getpid(), None)
        if transport is not None:
            transport.close()

    def _check_open(self) -> None:
        if self.closed:
            raise ConfigurationError("the client is closed; ask before its `with` block ends")

    def _transport(self) -> HttpxTransport:
        # It may have been closed since the call began.
        self._check_open()
        process = os.getpid()
        transport = self._transports.get(process)
        if transport is None:
            made = HttpxTransport(self._http_client, self._route)
            transport = self._transports.setdefault(process, made)
        return transport

    def _drive(self, flow: Flow[R]) -> tuple[R, Body | None]:
        self._check_open()
        steps = Steps(flow)
        body: Body | None = None
        try:
            for effect in steps:
                try:
                    match effect:
                        case Open(request):
                            assert body is None, "the last body was not read"
                            body = self._transport().open(request)
                            steps.result = body.head
                        case Read(limit):
                            assert body is not None, "nothing was opened"
                            opened, body = body, None
                            steps.result = opened.read(limit)
                        case Sleep(seconds):
                            time.sleep(seconds)
                        case Exclusive(mutex, inner, deadline):
                            realm = _processes.setdefault(os.getpid(), _Process())
                            with _held(mutex.lock(realm, threading.Lock), deadline):
                                steps.result = self._drive(inner)[0]
                        case Run(function):
                            steps.result = function()
                        case Finish(stream):
                            steps.result = stream.reply()
                        case _:
                            assert_never(effect)
                except MagickPenError as failure:
                    steps.failure = failure
        except BaseException:
            steps.close()
            if body is not None:
                body.close()
            raise
        return steps.value, body


@contextmanager
def _held(lock: threading.Lock, deadline: Deadline) -> Generator[None]:
    remaining = deadline.remaining()
    if not lock.acquire(timeout=-1 if remaining == math.inf else remaining):
        raise deadline.error()
    try:
        yield
    finally:
        lock.release()
