"""What is known of a request on its way: enough to tell what an error means for it."""

from __future__ import annotations

import math
import time
from collections import deque
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from magickpen.core.deadline import Deadline
from magickpen.core.http import Request
from magickpen.network.addresses import Address, permitted
from magickpen.network.proxy import Hidden

R = TypeVar("R")

KEY = "magickpen"
"""The extension of a request of httpx that holds its progress, and of a response its lease."""

_PORTS = {"http": 80, "https": 443}


class Registry(Generic[R]):
    """The responses of a client that are being read.

    A response that nobody else refers to is only noted by the garbage collector, which may run at
    any allocation, also in a thread that holds a lock which closing needs. The next call closes it.

    Attributes:
        in_use: all of them, so that the garbage collector does not meet what they consist of.
        abandoned: those that nobody else refers to.
    """

    def __init__(self) -> None:
        self.in_use: set[R] = set()
        self.abandoned: deque[R] = deque()


class Progress:
    """The progress of one request.

    The pool of the default client sets it; for a client of the caller's, the trace events of
    httpcore do.

    Attributes:
        deadline: that of the call.
        public_only: whether the request may only go to a public address.
        known: whether anything sets the progress.
        begun: whether sending the request has begun.
        head: the status and the headers of the response, once they came.
        way: the proxy that the request goes to or through, for a message, or "".
        tried: the addresses that were tried and what came of them, for a message, or "".
        timeouts: the seconds for each kind of waiting, as httpx names them.
    """

    def __init__(
        self, request: Request | None = None, timeouts: dict[str, float | None] | None = None
    ) -> None:
        self.timeouts: dict[str, float | None] = timeouts or {}
        self.deadline: Deadline = (
            request.deadline if request else Deadline(math.inf, time.monotonic)
        )
        self.public_only: bool = request is not None and request.public_only
        self.known: bool = False
        self.begun: bool = False
        self.head: tuple[int, list[tuple[bytes, bytes]]] | None = None
        self.way: str = ""
        self.tried: str = ""
        parts = urlsplit(request.url if request else "")
        self._service = (parts.hostname, parts.port or _PORTS.get(parts.scheme))

    @property
    def connecting(self) -> bool:
        """Whether there certainly was no connection to the host yet."""
        return self.known and not self.begun

    def observe(self, event: str, info: dict[str, Any]) -> None:
        """Take a trace event of httpcore.

        Raises:
            ResponseError: the connection leads to where the request may not go.
        """
        self.known = True
        match event.partition(".")[2]:
            case "connect_tcp.started":
                host, port = info["host"], info["port"]
                self.way = f" to the proxy {host}:{port}" * ((host, port) != self._service)
            case "connect_tcp.complete":
                if self.public_only and not self.way:
                    address = info["return_value"].get_extra_info("server_addr")
                    permitted(str(self._service[0]), [Address(0, 0, 0, "", address)])
                self.way = self.way.replace(" to ", " through ", 1)
            case "setup_socks5_connection.started" if info["auth"]:
                # httpcore takes it from here, and logs it.
                info["auth"] = tuple(map(Hidden, info["auth"]))
            case "receive_response_headers.complete":
                match info["return_value"]:
                    case (_, status, _, headers) | (status, headers):
                        self.head = (status, headers)
                    case _:
                        pass
            case _:
                pass

    async def observe_async(self, event: str, info: dict[str, Any]) -> None:
        """Take a trace event of an async client."""
        self.observe(event, info)


def progress_of(request: Any) -> Progress:
    """Return the progress of a request of httpcore."""
    progress: Progress = request.extensions.get(KEY) or Progress()
    return progress
