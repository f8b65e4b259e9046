"""The exceptions of magickpen.

MagickPenError
  ConfigurationError           a wrong argument (also a ValueError)
  CredentialsError             the site was read, and the constants were not found
  APIConnectionError           no connection, or it broke before the answer began
    APITimeoutError
  APIStatusError               a status other than 200
    BadRequestError 400   AuthenticationError 401   PermissionDeniedError 403
    NotFoundError 404     RateLimitError 429        InternalServerError 5xx
  ChallengeError               a challenge or another page of HTML in the place of an answer
  ResponseError                an answer that cannot be one
  StreamInterruptedError       the answer broke off; .partial holds the text that had come
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict, Unpack

from magickpen.core.site_reading import SiteReading


class Circumstances(TypedDict, total=False):
    """What every error can be told beside its message; see `MagickPenError`."""

    url: str
    attempts: int
    hint: str


class MagickPenError(Exception):
    """Base of every error that this package raises on purpose.

    Attributes:
        message: what happened, in one sentence without its full stop.
        url: the URL concerned, without user name and password; "" where there is none.
        attempts: how often the request had been sent when the error was raised; 0 where nothing
            was sent.
        hint: what can be done about it; "" where nothing helps.
    """

    hint: str = ""

    def __init__(self, message: str, **circumstances: Unpack[Circumstances]) -> None:
        super().__init__(message)
        self.message: str = message
        self.url: str = circumstances.get("url", "")
        self.attempts: int = circumstances.get("attempts", 0)
        self.hint = circumstances.get("hint", self.hint)

    def __str__(self) -> str:
        times = f"after {self.attempts} attempt{'s' * (self.attempts != 1)}"
        circumstances = ", ".join(filter(None, [self.url, times if self.attempts else ""]))
        text = f"{self.message} ({circumstances})" if circumstances else self.message
        return f"{text}. {self.hint}" if self.hint else text

    def redact(self, secrets: Iterable[str]) -> None:
        """Take secrets out of what the error quotes from the service."""
        secrets = list(filter(None, secrets))
        self.message = _without(secrets, self.message)
        Exception.__init__(self, self.message)
        # A traceback shows the causes, too.
        cause = self.__cause__
        while cause is not None:
            cause.args = tuple(
                _without(secrets, part) if isinstance(part, str) else part for part in cause.args
            )
            cause = cause.__cause__ or cause.__context__

    def __reduce__(self) -> tuple[object, ...]:
        # The default calls the class with `args` alone, which fails in the process that unpickles
        # an error with required arguments, and hangs a process pool.
        return _restore, (type(self), self.args, self.__dict__)


def _without(secrets: Iterable[str], text: str) -> str:
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    return text


def _restore(
    kind: type[MagickPenError], args: tuple[object, ...], attributes: dict[str, object]
) -> MagickPenError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


class ConfigurationError(MagickPenError, ValueError):
    """An argument is wrong; nothing was sent."""


class CredentialsError(MagickPenError):
    """The site was read, and the constants that sign a request were not found in it.

    Attributes:
        reading: what was read, which constants were found, and the server's clock.
    """

    hint = (
        "`magickpen doctor` checks each step. The site may have changed: look for a newer version"
        " of this client, or pass secrets=SiteSecrets(...) if you know them."
    )

    def __init__(
        self,
        message: str,
        *,
        reading: SiteReading | None = None,
        **circumstances: Unpack[Circumstances],
    ) -> None:
        super().__init__(message, **circumstances)
        self.reading: SiteReading = reading or SiteReading()

    @property
    def searched(self) -> tuple[str, ...]:
        """What was read: a line for each page or script, with its size or why it was not read."""
        return tuple(map(str, self.reading.pages))

    def __str__(self) -> str:
        return "\n  ".join([super().__str__(), *self.searched])


class APIConnectionError(MagickPenError):
    """There was no connection, or it broke before the answer began.

    Attributes:
        sent: False where it is certain that the request did not leave; True where the service may
            have received it.
        lasting: whether the next attempt is certain to fail in the same way; then there is none.
    """

    hint = "Check the network, the proxy and the URL."

    def __init__(
        self,
        message: str,
        *,
        sent: bool = True,
        lasting: bool = False,
        **circumstances: Unpack[Circumstances],
    ) -> None:
        super().__init__(message, **circumstances)
        self.sent = sent
        self.lasting = lasting


class APITimeoutError(APIConnectionError):
    """The connection or the first bytes of the answer did not come in time."""

    hint = "Allow more with timeout= or deadline= (seconds)."


class APIStatusError(MagickPenError):
    """The service answered with a status other than 200.

    Attributes:
        status_code: the HTTP status.
        body: the start of the body, as text.
        headers: the response's headers, with names in lower case.
        retry_after: seconds until the service wants to be asked again, or None where it did not
            say so.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        retry_after: float | None = None,
        **circumstances: Unpack[Circumstances],
    ) -> None:
        super().__init__(message, **circumstances)
        self.status_code = status_code
        self.body: str = body
        self.headers: dict[str, str] = dict(headers or {})
        self.retry_after = retry_after

    def redact(self, secrets: Iterable[str]) -> None:
        super().redact(secrets := list(secrets))
        self.body = _without(secrets, self.body)
        self.headers = {name: _without(secrets, value) for name, value in self.headers.items()}


class BadRequestError(APIStatusError):
    """Status 400: the service did not understand the request."""


class AuthenticationError(APIStatusError):
    """Status 401: the service refused the credentials, new ones from the site included."""


class PermissionDeniedError(APIStatusError):
    """Status 403: the service refused the credentials, new ones from the site included."""


class NotFoundError(APIStatusError):
    """Status 404: there is no such endpoint; base_url or api_url may be wrong."""

    hint = "Check base_url and api_url."


class RateLimitError(APIStatusError):
    """Status 429: too many requests, or the day's quota is spent; see `retry_after`."""


class InternalServerError(APIStatusError):
    """Status 5xx: the service failed."""

    hint = "Try again later."


class ChallengeError(MagickPenError):
    """A challenge or another page of HTML came in the place of an answer.

    Attributes:
        status_code: the HTTP status.
        title: the page's title; "" where it has none.
    """

    hint = (
        "Open the site in a browser; this client solves no challenge."
        " A token that you have can be passed as turnstile_token."
    )

    def __init__(
        self,
        message: str,
        *,
        status_code: int = 0,
        title: str = "",
        **circumstances: Unpack[Circumstances],
    ) -> None:
        super().__init__(message, **circumstances)
        self.status_code = status_code
        self.title = title


class ResponseError(MagickPenError):
    """An answer that cannot be one: wrong content type, an error object, empty, or too long.

    Attributes:
        partial: the text that had come before.
    """

    def __init__(
        self,
        message: str,
        *,
        partial: str = "",
        **circumstances: Unpack[Circumstances],
    ) -> None:
        super().__init__(message, **circumstances)
        self.partial = partial


class StreamInterruptedError(MagickPenError):
    """The answer broke off before its end.

    Attributes:
        partial: all text that had come.
    """

    hint = "What had come is in .partial."

    def __init__(
        self, message: str, *, partial: str = "", **circumstances: Unpack[Circumstances]
    ) -> None:
        super().__init__(message, **circumstances)
        self.partial = partial


_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
}


def status_error_class(status_code: int) -> type[APIStatusError]:
    """Return the class of the error for an HTTP status."""
    fallback = InternalServerError if status_code >= 500 else APIStatusError
    return _BY_STATUS.get(status_code, fallback)
