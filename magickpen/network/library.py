"""Clients, requests and errors of httpx or httpx2.

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
"""Seconds for making a connection."""

KEEPALIVE_EXPIRY = 60.0
"""Seconds for which an idle connection is kept: people read an answer before they ask again."""

_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

_LIBRARIES = ("httpx", "httpx2")


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    # Shared by all clients, since it takes some 20 ms to make.
    import httpx  # noqa: PLC0415

    return httpx.create_ssl_context()


def _check_environment() -> None:
    # httpx reads them by this function as well. It takes long to import.
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
                f"{name} must be host names and addresses separated by commas, without brackets"
                f" around IPv6 addresses, not {value!r}"
            )


def make_client(kind: str, proxy: str | None) -> object:
    """Make an `httpx.Client` or `httpx.AsyncClient`, as named by `kind`.

    Its pool is unbounded: in httpcore 1.0.9, requests that wait for a connection take quadratic
    time.

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
        # Proxies of the environment are not used for this machine, where emulators run.
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
        # The error itself may quote the password of the proxy.
        raise ConfigurationError(f"{subject} cannot be used by httpx") from None


def library_of(client: object, kind: str) -> ModuleType:
    """Return the module of the caller's client: httpx or httpx2.

    Args:
        client: the client.
        kind: the name of the expected class, "Client" or "AsyncClient".

    Raises:
        ConfigurationError: it is not such a client.
    """
    for base in type(client).__mro__:
        library = base.__module__.partition(".")[0]
        if base.__name__ == kind and library in _LIBRARIES:
            return sys.modules[library]
    raise ConfigurationError(f"http_client must be an httpx.{kind}, not {kind_of(client)}")


def built_request(
    client: httpx.Client | httpx.AsyncClient, request: Request, library: ModuleType
) -> httpx.Request:
    """Return the request that a client sends.

    What the client adds to its requests, such as cookies and an authorization, is not sent to
    another origin than the site's.

    Raises:
        APITimeoutError: the deadline has passed.
        ConfigurationError: the URL is invalid.
        ResponseError: the site links to an invalid URL.
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
        complaint = f"{request.url[:200]!r} is not a valid URL: {error}"
        if request.cross_origin:
            raise ResponseError(f"the site links to an invalid URL: {complaint}") from error
        raise ConfigurationError(complaint) from error


def send_options(request: Request) -> dict[str, Any]:
    """Return the arguments of the client's `send` besides the request."""
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
    """Return the error of this package for an error of the library or of the deadline."""
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
    # The variables of the libraries contain the credentials and the password of the proxy, and some
    # tools print the variables of a traceback.
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def _is_distrust(error: BaseException | None) -> bool:
    """Return whether the certificate of the server is not trusted."""
    import ssl  # noqa: PLC0415

    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def _reason(error: Exception) -> str:
    # On trio, the errors of httpcore and trio are empty; their cause has the message.
    cause: BaseException | None = error
    while cause is not None:
        # The message may quote the answer.
        if reason := str(cause).partition("bytearray(")[0].rstrip(": "):
            return reason
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__


def _may_have_been_sent(error: Exception, library: ModuleType) -> bool:
    if isinstance(error, UnicodeError):
        # The name of the host is invalid.
        return False
    connecting = (library.ConnectError, library.ConnectTimeout, library.PoolTimeout)
    if not isinstance(error, connecting):
        return True
    # With a transport other than httpcore, the same errors may mean that the server hung up after
    # the request. Their cause is then an error of that library.
    cause = error.__cause__
    return cause is not None and not type(cause).__module__.startswith("httpcore")
