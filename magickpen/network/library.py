"""Clients, requests and errors of httpx, and of httpx2 in its place.

httpx takes some 100 ms to import, so it is imported when the first client is made.
"""

from __future__ import annotations

import functools
import math
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from magickpen.core.checks import kind_of
from magickpen.core.errors import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    MagickPenError,
    ResponseError,
)
from magickpen.core.http import Request
from magickpen.network.compression import accepted_encodings
from magickpen.network.proxy import check_proxy_url, proxy_refusal
from magickpen.network.trace import RequestTrace
from magickpen.version import __version__

if TYPE_CHECKING:
    import ssl

    import httpx

C = TypeVar("C")

CONNECT_TIMEOUT = 10.0
"""Seconds for a connection to be made."""

KEEPALIVE_EXPIRY = 60.0
"""Seconds for which an idle connection is kept: a person reads an answer before asking again."""

_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

_LIBRARIES = ("httpx", "httpx2")


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    # One for all clients: it takes some 20 ms to make.
    import httpx  # noqa: PLC0415

    return httpx.create_ssl_context()


def _check_environment() -> None:
    # urllib reads them for httpx, too. It takes long to import.
    from urllib.request import getproxies  # noqa: PLC0415

    used = getproxies()
    if "*" in (host.strip() for host in used.get("no", "").split(",")):
        return
    for name, value in os.environ.items():
        kind = name.lower().removesuffix("_proxy")
        if name.lower() not in _PROXY_VARIABLES or not value or used.get(kind) != value:
            continue
        if kind != "no":
            check_proxy_url(name, value if "://" in value else f"http://{value}")
        elif "[" in value or not value.isprintable():
            raise ConfigurationError(
                f"{name} must be names and addresses of hosts with commas between them, and no"
                f" brackets around IPv6 addresses, not {value!r}"
            )


def make_client(kind: str, proxy: str | None) -> object:
    """Make an `httpx.Client` or `httpx.AsyncClient` of our own, as `kind` says.

    Its pool has no upper bound: in that of httpcore 1.0.9, requests that wait for a connection
    take time that grows with their square.

    Raises:
        ConfigurationError: httpx cannot use the proxy, or the proxy settings of the environment.
    """
    import httpx  # noqa: PLC0415

    limits = httpx.Limits(
        max_connections=None, max_keepalive_connections=20, keepalive_expiry=KEEPALIVE_EXPIRY
    )
    subject = "proxy"
    mounts: dict[str, None] = {}
    if proxy is None:
        names = [name for name in os.environ if name.lower() in _PROXY_VARIABLES]
        subject = f"the proxy setting of the environment ({', '.join(names)})"
        # A proxy of the environment does not lead back to this machine, where an emulator is.
        _check_environment()
        mounts = {f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")}
    try:
        make: Callable[..., object] = getattr(httpx, kind)
        return make(
            verify=_ssl_context(),
            limits=limits,
            proxy=proxy,
            mounts=mounts,
            headers={"user-agent": f"magickpen/{__version__}"},
        )
    except ImportError:
        raise ConfigurationError(
            f"{subject} is a SOCKS proxy, which needs an extra: pip install 'magickpen[socks]'"
        ) from None
    except (ValueError, httpx.InvalidURL):
        # The error itself may quote the proxy's password.
        raise ConfigurationError(f"{subject} is nothing that httpx can use") from None


def library_of(client: object, kind: str) -> ModuleType:
    """Return the module, httpx or httpx2, that a caller's client comes from.

    Args:
        client: the client.
        kind: the name of the class that it has to be, "Client" or "AsyncClient".

    Raises:
        ConfigurationError: it is no such client.
    """
    for base in type(client).__mro__:
        library = base.__module__.partition(".")[0]
        if base.__name__ == kind and library in _LIBRARIES:
            return sys.modules[library]
    raise ConfigurationError(f"http_client must be an httpx.{kind}, not {kind_of(client)}")


def built_request(
    client: httpx.Client | httpx.AsyncClient, request: Request, library: ModuleType
) -> httpx.Request:
    """Return the request as a client sends it.

    Of what a client adds to each request, such as cookies and an authorization, nothing goes to
    another origin than the site's.

    Raises:
        APITimeoutError: the deadline has passed.
        ConfigurationError: the URL is none.
        ResponseError: the site leads to what is none.
    """
    if request.deadline.passed:
        raise request.deadline.error(request.url)
    encodings = accepted_encodings(client.headers.get("accept-encoding", ""))
    options = _request_options(request, {"accept-encoding": encodings, **request.headers})
    if request.cross_origin and "user-agent" in client.headers:
        options["headers"].setdefault("user-agent", client.headers["user-agent"])
    build: Callable[..., httpx.Request] = (
        library.Request if request.cross_origin else client.build_request
    )
    try:
        return build(**options)
    except library.InvalidURL as error:
        options.clear()
        _forget_frames(error)
        complaint = f"{request.url[:200]!r} is no URL: {error}"
        if request.cross_origin:
            raise ResponseError(f"the site leads to what cannot be read: {complaint}") from error
        raise ConfigurationError(complaint) from error


def send_options(request: Request) -> dict[str, Any]:
    """Return what `send` of a client takes beside the request."""
    authorization = {"auth": None} if request.cross_origin else {}
    return {"stream": True, "follow_redirects": False, **authorization}


def _request_options(request: Request, headers: dict[str, str]) -> dict[str, Any]:
    deadline = request.deadline
    patience = _bound(deadline.limit(request.timeout))
    timeouts = {
        "connect": deadline.limit(CONNECT_TIMEOUT),
        "pool": patience,
        "write": patience,
        "read": patience,
    }
    return {
        "method": request.method,
        "url": request.url,
        "headers": headers,
        "content": request.body or None,
        "extensions": {"timeout": timeouts},
    }


def _bound(seconds: float) -> float | None:
    return None if seconds == math.inf else seconds


def translated(
    error: Exception, request: Request, trace: RequestTrace, library: ModuleType
) -> MagickPenError:
    """Return what an error of the library, or of the deadline, means for a call."""
    url = request.url
    sent = trace.sending or (not trace.traced and _may_have_been_sent(error, library))
    _forget_frames(error)
    if request.deadline.passed or isinstance(error, TimeoutError):
        passed = request.deadline.error(url)
        passed.sent = sent
        return passed
    reason = _reason(error)
    connection = f"no connection{trace.way}"
    if isinstance(error, library.TimeoutException):
        if isinstance(error, library.ConnectTimeout):
            message = f"{connection} within {CONNECT_TIMEOUT:g} s"
        elif isinstance(error, library.PoolTimeout):
            message = f"no connection was free within {request.timeout:g} s"
        elif trace.connecting:
            message = f"{connection}: it did not answer in time"
        else:
            message = f"nothing came for {request.timeout:g} s"
        return APITimeoutError(message, url=url, sent=sent)
    if isinstance(error, library.ProxyError):
        return proxy_refusal(reason, trace.way, url)
    if isinstance(error, (library.ConnectError, UnicodeError)) or trace.connecting:
        return APIConnectionError(
            f"{connection}: {reason}", sent=sent, lasting=_is_distrust(error), url=url
        )
    return APIConnectionError(f"the connection failed: {reason}", url=url, sent=sent)


def _forget_frames(error: BaseException | None) -> None:
    # What the libraries have in their variables are the credentials and the proxy's password, and
    # some tools show variables with a traceback.
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def _is_distrust(error: BaseException | None) -> bool:
    """Whether the certificate of the server is not trusted, and will not be in a second."""
    import ssl  # noqa: PLC0415

    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def _reason(error: Exception) -> str:
    # On trio, httpcore's own error is empty, and so is trio's; what lies behind it tells.
    cause: BaseException | None = error
    while cause is not None:
        # What it says may quote the answer.
        if reason := str(cause).partition("bytearray(")[0].rstrip(": "):
            return reason
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__


def _may_have_been_sent(error: Exception, library: ModuleType) -> bool:
    if isinstance(error, UnicodeError):
        # The name of the host is none.
        return False
    connecting = (library.ConnectError, library.ConnectTimeout, library.PoolTimeout)
    if not isinstance(error, connecting):
        return True
    # Over another transport than httpcore the same names tell of a server that hung up after the
    # request, too. Such a transport leaves its own library's error as the cause.
    cause = error.__cause__
    return cause is not None and not type(cause).__module__.startswith("httpcore")
