"""The exceptions of magickpen.

MagickPenError
  ConfigurationError           a wrong argument (also a ValueError)
  CredentialsError             the site was read, and its secrets were not found
  APIConnectionError           no connection, or it broke before the answer began
    APITimeoutError
  APIStatusError               a status other than 200
    BadRequestError 400   AuthenticationError 401   PermissionDeniedError 403
    NotFoundError 404     RateLimitError 429        InternalServerError 5xx
  ChallengeError               a challenge or another HTML page instead of an answer
  ResponseError                an invalid answer
  StreamInterruptedError       the answer broke off; .partial holds the text received
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar

from magickpen.core.redaction import Redact
from magickpen.core.site_reading import SiteReading


@dataclass(eq=False, repr=False)
class MagickPenError(Exception):
    """Base class of the errors of this package.

    Attributes:
        message: what happened.
        url: the URL concerned, without user name and password, or "".
        attempts: how many times the request had been sent.
        hint: what to do about it, or "".
    """

    message: str
    _: KW_ONLY
    url: str = ""
    attempts: int = 0
    hint: str = ""

    code: ClassVar[str] = "error"
    """A word for the kind of the error, for programs."""

    def __post_init__(self) -> None:
        super().__init__(self.message)

    @property
    def retryable(self) -> bool:
        """Whether the same question may be answered a little later."""
        return False

    def to_dict(self) -> dict[str, object]:
        """Return the error as JSON can hold it.

        Its keys are `code`, `message` (without the hint), `retryable`, `url` and `attempts`, and
        `status_code`, `retry_after` (in seconds) and `partial` where the error has them.
        """
        names = ("code", "message", "retryable", "url", "attempts")
        further = [n for n in ("status_code", "retry_after", "partial") if hasattr(self, n)]
        return {name: getattr(self, name) for name in (*names, *further)}

    def __str__(self) -> str:
        times = f"after {self.attempts} attempt{'s' * (self.attempts != 1)}"
        circumstances = ", ".join(filter(None, [self.url, times if self.attempts else ""]))
        text = f"{self.message} ({circumstances})" if circumstances else self.message
        return f"{text}. {self.hint}" if self.hint else text

    def redact(self, redact: Redact) -> None:
        """Remove private values from what the error quotes from a server."""
        self.message = redact(self.message)
        Exception.__init__(self, self.message)
        # A traceback shows the causes as well.
        cause = self.__cause__
        while cause is not None:
            cause.args = tuple(
                redact(part) if isinstance(part, str) else part for part in cause.args
            )
            cause = cause.__cause__ or cause.__context__

    def __reduce__(self) -> tuple[object, ...]:
        # The default calls the class with `args` alone, which fails in the process that unpickles
        # an error with required arguments, and hangs a process pool.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(
    kind: type[MagickPenError], args: tuple[object, ...], attributes: dict[str, object]
) -> MagickPenError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


class ConfigurationError(MagickPenError, ValueError):
    """An argument is wrong; nothing was sent."""

    code = "configuration"


@dataclass(eq=False, repr=False, kw_only=True)
class CredentialsError(MagickPenError):
    """The site was read, and the secrets that sign a request were not found in it.

    Attributes:
        reading: what was read, which secrets were found, and the server's clock.
    """

    code = "credentials"
    reading: SiteReading = field(default_factory=SiteReading)
    hint: str = (
        "`magickpen doctor` checks each step. The site may have changed: look for a newer version"
        " of this client, or pass secrets=SiteSecrets(...) if you know them."
    )

    @property
    def searched(self) -> tuple[str, ...]:
        """What was read: a line for each page or script, with its size or its problem."""
        return tuple(map(str, self.reading.pages))

    def __str__(self) -> str:
        return "\n  ".join([super().__str__(), *self.searched])


@dataclass(eq=False, repr=False, kw_only=True)
class APIConnectionError(MagickPenError):
    """No connection could be made, or it broke before the answer began.

    Attributes:
        sent: whether the service may have received the request.
        lasting: whether another attempt would certainly fail in the same way.
    """

    code = "connection"
    sent: bool = True
    lasting: bool = False
    hint: str = "Check the network, the proxy and the URL."

    @property
    def retryable(self) -> bool:
        return not self.lasting


@dataclass(eq=False, repr=False, kw_only=True)
class APITimeoutError(APIConnectionError):
    """The connection or the first bytes of the answer took too long."""

    code = "timeout"
    hint: str = "Allow more with timeout= or deadline= (seconds)."


@dataclass(eq=False, repr=False, kw_only=True)
class APIStatusError(MagickPenError):
    """The service answered with a status other than 200.

    Attributes:
        status_code: the HTTP status.
        body: the start of the body, as text.
        headers: the response's headers, with names in lower case.
        retry_after: seconds to wait before the next question, or None if the service did not say.
    """

    code = "status"
    status_code: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    retry_after: float | None = None

    @property
    def retryable(self) -> bool:
        return is_passing_status(self.status_code)

    def redact(self, redact: Redact) -> None:
        super().redact(redact)
        self.body = redact(self.body)
        self.headers = {name: redact(value) for name, value in self.headers.items()}


class BadRequestError(APIStatusError):
    """Status 400: the service did not understand the request."""

    code = "bad_request"


class AuthenticationError(APIStatusError):
    """Status 401: the service refused the credentials, even after they were renewed."""

    code = "authentication"


class PermissionDeniedError(APIStatusError):
    """Status 403: the service refused the credentials, even after they were renewed."""

    code = "permission_denied"


@dataclass(eq=False, repr=False, kw_only=True)
class NotFoundError(APIStatusError):
    """Status 404: the endpoint does not exist; base_url or api_url may be wrong."""

    code = "not_found"
    hint: str = "Check base_url and api_url."


class RateLimitError(APIStatusError):
    """Status 429: too many requests, or the quota of the day is used up; see `retry_after`."""

    code = "rate_limited"


@dataclass(eq=False, repr=False, kw_only=True)
class InternalServerError(APIStatusError):
    """Status 5xx: the service failed."""

    code = "server_error"
    hint: str = "Try again later."


@dataclass(eq=False, repr=False, kw_only=True)
class ChallengeError(MagickPenError):
    """The service sent a challenge or another HTML page instead of an answer.

    Attributes:
        status_code: the HTTP status.
        title: the page's title, or "".
        body: the start of the page.
    """

    code = "challenge"
    status_code: int = 0
    title: str = ""
    body: str = ""
    hint: str = (
        "Open the site in a browser: this client does not solve challenges."
        " If you have a Turnstile token, pass it as turnstile_token=."
    )

    def redact(self, redact: Redact) -> None:
        super().redact(redact)
        self.title = redact(self.title)
        self.body = redact(self.body)


@dataclass(eq=False, repr=False, kw_only=True)
class ResponseError(MagickPenError):
    """The answer is invalid: wrong content type, an error object, empty, or too long.

    Attributes:
        partial: the text received before.
    """

    code = "response"
    partial: str = ""


@dataclass(eq=False, repr=False, kw_only=True)
class StreamInterruptedError(MagickPenError):
    """The answer broke off before its end.

    Attributes:
        partial: the text received.
    """

    code = "interrupted"
    partial: str = ""
    hint: str = "The text received so far is in .partial."

    @property
    def retryable(self) -> bool:
        return True


_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
}


def is_passing_status(status: int) -> bool:
    """Return whether a status of the service or of a proxy means a temporary failure."""
    return status in (408, 409, 425, 429) or status >= 500


def status_error_class(status_code: int) -> type[APIStatusError]:
    """Return the class of the error for an HTTP status."""
    fallback = InternalServerError if status_code >= 500 else APIStatusError
    return _BY_STATUS.get(status_code, fallback)
