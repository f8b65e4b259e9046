"""The emulator: the service on a real server, in a thread, on a loopback port."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import threading
from collections.abc import Sequence
from types import NoneType
from typing import Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from magickpen.emulator.builds import KINDS, SiteKind
from magickpen.emulator.faults import Fault
from magickpen.emulator.quota import Quota
from magickpen.emulator.received import Received
from magickpen.emulator.replies import ReplySource
from magickpen.emulator.service import Service, StreamCutError
from magickpen.emulator.site import Secrets
from magickpen.emulator.upstream import Upstream

_START_TIMEOUT = 10.0

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


class Emulator:
    """A local MagickPen service, on a real server and a free loopback port.

    Example:
        with Emulator() as service:
            pen = MagickPen(base_url=service.url, api_url=service.url)

    It keeps the last 3,000 requests, with up to 4 MiB of their bodies.

    Args:
        reply: the answer: a text, or a function that takes the prompt and returns a text or the
            pieces to send; it may be a generator, and async. By default, the answer repeats the
            prompt and names the emulator.
        upstream: the base URL of a server that answers in OpenAI's protocol, such as
            `http://127.0.0.1:11434/v1` for Ollama; in the place of `reply`.
        upstream_model: the name of the model there; None for the first one that it lists.
        quota: how many questions are answered in a period; None for no limit.
        per: the length of a period in seconds, by `time.time()`; a day by default.
        tells_retry_after: whether a refusal for the quota has the header Retry-After.
        host: the address to listen on.
        allowed_hosts: further names by which it may be reached, such as "*.example" or "*".
        port: the port to listen on; 0 for a free one.
        site: the kind of build that the site is made by: "nuxt2", "nuxt4", "vite", "webpack5", or
            "bare" for a script without a bundler.
        salt: the salt of the signature.
        chunk_delay: seconds between two pieces of an answer.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: an argument is out of its range.
    """

    def __init__(
        self,
        *,
        reply: ReplySource | None = None,
        upstream: str | None = None,
        upstream_model: str | None = None,
        quota: int | None = None,
        per: float = 86_400.0,
        tells_retry_after: bool = True,
        host: str = "127.0.0.1",
        allowed_hosts: Sequence[str] = (),
        port: int = 0,
        site: SiteKind = "nuxt2",
        salt: str = "TGDBU9zCgM",
        chunk_delay: float = 0.0,
    ) -> None:
        _check_reply(reply)
        for name, text in (("upstream", upstream), ("upstream_model", upstream_model)):
            _check(name, text, (str, NoneType), "a string or None")
        _check("quota", quota, (int, NoneType), "a whole number or None", least=1)
        _check("per", per, (int, float), "a number of seconds", least=0)
        _check("host", host, str, "a string")
        _check("allowed_hosts", allowed_hosts, (list, tuple), "a list of names")
        _check("port", port, int, "a whole number", least=0)
        _checked_site(site)
        _check("salt", salt, str, "a string")
        _check("chunk_delay", chunk_delay, (int, float), "a number of seconds", least=0)
        self._host = host
        self._port = port
        self._service = Service(
            reply=reply,
            upstream=None if upstream is None else Upstream(upstream, upstream_model),
            quota=None if quota is None else Quota(quota, per),
            tells_retry_after=tells_retry_after,
            site=site,
            salt=salt,
            chunk_delay=chunk_delay,
            allowed_hosts=(*_LOOPBACK, *allowed_hosts) if is_loopback(host) else ("*",),
        )
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base URL of both the site and the API."""
        every = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
        host = every.get(self._host, self._host)
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    @property
    def secrets(self) -> Secrets:
        """The secrets of the site."""
        return self._service.deployment.secrets

    @property
    def requests(self) -> list[Received]:
        """The last requests received, in the order in which they were answered."""
        return list(self._service.requests)

    @property
    def reply(self) -> ReplySource | None:
        """The answer, as for the constructor; it can be set."""
        return self._service.reply

    @reply.setter
    def reply(self, reply: ReplySource | None) -> None:
        _check_reply(reply)
        self._service.reply = reply

    def reset(self) -> None:
        """Forget the requests, the faults that were not played, and `reply`."""
        self._service.reset()
        self._service.reply = None

    def rotate(self, site: SiteKind | None = None) -> None:
        """Deploy the site anew, with new secrets and new names of bundles.

        Args:
            site: the kind of build, from now on; None for the one before.

        Raises:
            ValueError: there is no such kind.
        """
        self._service.rotate(None if site is None else _checked_site(site))

    def play(self, *faults: Fault | None, path: str | None = None) -> None:
        """Play faults on the next requests that pass the checks, one each.

        Args:
            *faults: the faults, in this order; None for a request that is answered.
            path: the path of the requests; None for both endpoints.

        Raises:
            TypeError: something else was passed.
        """
        for fault in faults:
            if fault is not None and not isinstance(fault, Fault):
                raise TypeError(
                    f"play() takes faults such as RateLimit(), not {type(fault).__name__}"
                )
        self._service.play(faults, path)

    def start(self) -> None:
        """Start serving, unless it already is.

        Raises:
            OSError: the port is in use.
        """
        if self._server is not None:
            return
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        self._server = _Server(
            uvicorn.Config(
                self._service.app,
                http=_Connection,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="magickpen-emulator", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(_START_TIMEOUT):
            raise RuntimeError("the emulator did not start")

    def stop(self) -> None:
        """Stop serving, and cut the answers that are being sent."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    # asyncio disables Nagle's algorithm only if the protocol is named. With it, a small answer
    # waits 40 ms for the acknowledgement of its head.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class _Connection(H11Protocol):
    """A connection that the service can close: requests carry it in their state."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "connection": transport}


def _is_news(record: logging.LogRecord) -> bool:
    """Drop the traceback of a stream that was cut on purpose."""
    return not (record.exc_info and isinstance(record.exc_info[1], StreamCutError))


def _check(
    name: str,
    value: object,
    kinds: type | tuple[type, ...],
    wanted: str,
    least: float | None = None,
) -> None:
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise TypeError(f"{name} must be {wanted}, not {type(value).__name__}")
    if least is not None and isinstance(value, (int, float)) and not value >= least:
        raise ValueError(f"{name} must be {wanted}, at least {least}, not {value!r}")


def _checked_site(site: SiteKind) -> SiteKind:
    if site not in KINDS:
        raise ValueError(f"site must be one of {', '.join(KINDS)}, not {site!r}")
    return site


def _check_reply(reply: object) -> None:
    if reply is not None and not isinstance(reply, str) and not callable(reply):
        kind = type(reply).__name__
        raise TypeError(f"reply must be a text, or a function of the prompt, not {kind}")
