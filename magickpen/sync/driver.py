"""Carries out what a flow asks for, blocking. `magickpen.aio.driver` is the same, awaiting."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar, assert_never

from magickpen.core.deadline import Deadline
from magickpen.core.effects import Flow, Open, Read, Renew, Run, Sleep, Steps
from magickpen.core.errors import ConfigurationError, MagickPenError
from magickpen.network.library import library_of
from magickpen.network.transport import Body, HttpClient, HttpxTransport

R = TypeVar("R")


class _Pool(NamedTuple):
    transport: HttpxTransport
    lock: threading.Lock


class Driver:
    """Runs flows over a pool of connections, which is made at first use."""

    def __init__(self, http_client: HttpClient | None, proxy: str | None) -> None:
        if http_client is not None:
            library_of(http_client, "Client")
        self._http_client = http_client
        self._proxy = proxy
        # By process: after a fork the child shares neither sockets nor a held lock.
        self._pools: dict[int, _Pool] = {}
        self._closed = False

    def run(self, flow: Flow[R]) -> R:
        """Run a flow that reads what it opens, and return its result."""
        return self._drive(flow, self._pool())[0]

    def open(self, flow: Flow[None]) -> Body:
        """Run a flow that ends with an open body, and return the body."""
        body = self._drive(flow, self._pool())[1]
        assert body is not None, "the flow ended without an open body"
        return body

    def close(self) -> None:
        """Close the connections of this process."""
        self._closed = True
        pool = self._pools.pop(os.getpid(), None)
        if pool is not None:
            pool.transport.close()

    def _pool(self) -> _Pool:
        if self._closed:
            raise ConfigurationError("the client is closed; ask before its `with` block ends")
        process = os.getpid()
        pool = self._pools.get(process)
        if pool is None:
            transport = HttpxTransport(self._http_client, self._proxy)
            pool = self._pools.setdefault(process, _Pool(transport, threading.Lock()))
        return pool

    def _drive(self, flow: Flow[R], pool: _Pool) -> tuple[R, Body | None]:
        steps = Steps(flow)
        body: Body | None = None
        try:
            for effect in steps:
                try:
                    match effect:
                        case Open(request):
                            assert body is None, "the last body was not read"
                            body = pool.transport.open(request)
                            steps.result = body.head
                        case Read(limit):
                            assert body is not None, "nothing was opened"
                            opened, body = body, None
                            steps.result = opened.read(limit)
                        case Sleep(seconds):
                            time.sleep(seconds)
                        case Renew(look_up, deadline):
                            with _held(pool.lock, deadline):
                                steps.result = self._drive(look_up, pool)[0]
                        case Run(function):
                            steps.result = function()
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
