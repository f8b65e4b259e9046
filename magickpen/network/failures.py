"""What an error of an HTTP library, of a transport or of the system means for a request.

The public names of the errors are the same in httpx, httpx2 and httpcore. So an error is known by
the names of its classes, and by the libraries that they come from.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from magickpen.core.errors import APIConnectionError, APITimeoutError, MagickPenError
from magickpen.core.http import Request
from magickpen.network.compression import CompressionError
from magickpen.network.progress import Progress
from magickpen.network.proxy import proxy_refusal

if TYPE_CHECKING:
    import httpx

_LIBRARIES = frozenset(
    [
        "httpx",
        "httpx2",
        "httpcore",
        "httpcore2",
        "h11",
        "h2",
        "hpack",
        "anyio",
        "trio",
        "socksio",
        "socket",
        "http",
        "aiohttp",
        "httpx_aiohttp",
        "respx",
        "pytest_httpx",
        "vcr",
    ]
)
"""Whose errors are failures of the network or of a double."""

_SYSTEM_ERRORS = (OSError, EOFError, UnicodeError, StopIteration, StopAsyncIteration)

_COARSE = 0.05
"""Seconds by which a timeout may come too early."""

_NO_CONNECTION = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnicodeError"}


def translated(error: Exception, request: Request, progress: Progress) -> Exception:
    """Return the error of this package for a failure, or any other error as it is.

    Args:
        error: what was raised while the request was sent, or its response was read.
        request: the request.
        progress: how far it has come.
    """
    if isinstance(error, MagickPenError) or not _is_failure(error):
        return error
    names = {base.__name__ for base in type(error).__mro__}
    forget_frames(error)
    # Clocks are coarse.
    late = (
        bool({"TimeoutException", "TimeoutError"} & names)
        and request.deadline.remaining() < _COARSE
    )
    if request.deadline.passed or late:
        return expired(request, progress)
    failure = _failure(error, names, request, progress)
    failure.sent = progress.begun if progress.known else not _is_without_connection(error, names)
    return failure


def expired(request: Request, progress: Progress) -> APITimeoutError:
    """Return the error for a deadline that has passed."""
    failure = request.deadline.error(request.url)
    failure.sent = progress.begun or not progress.known
    if progress.tried:
        failure.message += f", without a connection{progress.way}: {progress.tried}"
    return failure


def answered(error: Exception, progress: Progress, library: ModuleType) -> httpx.Response | None:
    """Return the response to a request, if an error was only raised after its head had come.

    A hook of the caller's may raise the error of a status, and httpx raises an error for a redirect
    to what is no URL.
    """
    response: httpx.Response | None = None
    if type(error).__name__ == "HTTPStatusError":
        response = getattr(error, "response", None)
    elif progress.head is not None and 300 <= progress.head[0] < 400 and _is_failure(error):
        response = library.Response(progress.head[0], headers=progress.head[1], content=b"")
    return response


def forget_frames(error: BaseException | None) -> None:
    """Remove the frames of an error and its causes.

    The variables of the libraries contain the credentials and the password of the proxy, and some
    tools print the variables of a traceback.
    """
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def _is_without_connection(error: Exception, names: set[str]) -> bool:
    # With a transport other than httpcore, the same errors may mean that the server hung up after
    # the request. Their cause is then an error of that library.
    cause = error.__cause__
    return bool(_NO_CONNECTION & names) and (
        cause is None or type(cause).__module__.startswith(("httpcore", "respx"))
    )


def _is_failure(error: Exception) -> bool:
    homes = {base.__module__.partition(".")[0] for base in type(error).__mro__}
    return isinstance(error, (CompressionError, *_SYSTEM_ERRORS)) or bool(homes & _LIBRARIES)


def _failure(
    error: Exception, names: set[str], request: Request, progress: Progress
) -> APIConnectionError:
    url = request.url
    connection = f"no connection{progress.way}"
    if {"TimeoutException", "TimeoutError"} & names:
        return APITimeoutError(_patience(names, connection, progress), url=url)
    reason = _reason(error)
    if "ProxyError" in names:
        return proxy_refusal(reason, progress.way, url)
    if progress.connecting or {"ConnectError", "UnicodeError"} & names:
        failure = APIConnectionError(f"{connection}: {reason}", url=url)
        if _is_distrust(error):
            from magickpen.network.trust import DISTRUST_HINT  # noqa: PLC0415

            failure.lasting, failure.hint = True, DISTRUST_HINT
        return failure
    return APIConnectionError(f"the connection failed: {reason}", url=url)


def _patience(names: set[str], connection: str, progress: Progress) -> str:
    """Return the message about a timeout."""
    if "ConnectTimeout" in names:
        tried = f": {progress.tried}" if progress.tried else ""
        return f"{connection} within {progress.timeouts['connect']:g} s{tried}"
    if "PoolTimeout" in names:
        return f"no connection was free within {progress.timeouts['pool']:g} s"
    if progress.connecting:
        return f"{connection}: it did not answer in time"
    return f"nothing came for {progress.timeouts['read']:g} s"


def _is_distrust(error: BaseException | None) -> bool:
    """Return whether the certificate of the server is not trusted."""
    import ssl  # noqa: PLC0415  it takes long, and few calls need it

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
