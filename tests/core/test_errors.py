from __future__ import annotations

import copy
import json
import pickle

import pytest

from magickpen.core import errors
from magickpen.core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    ChallengeError,
    ConfigurationError,
    CredentialsError,
    MagickPenError,
    RateLimitError,
    ResponseError,
    StreamInterruptedError,
)
from magickpen.core.redaction import redactor
from magickpen.core.site_reading import PageRead, SiteReading

STATUS_ERRORS: list[type[APIStatusError]] = [APIStatusError, *APIStatusError.__subclasses__()]
EXAMPLES: list[MagickPenError] = [
    MagickPenError("it failed", url="https://host/", attempts=2, hint="Wait."),
    ConfigurationError("timeout is wrong"),
    CredentialsError(
        "nothing found",
        url="https://host/",
        reading=SiteReading(
            (PageRead("https://host/", 9), PageRead("https://host/a.js", 0, "404 Not Found")),
            found=("salt",),
            clock_offset=-2.0,
        ),
    ),
    APIConnectionError("no connection", sent=False),
    APITimeoutError("too late"),
    *(
        kind("refused", status_code=429, body="b", headers={"a": "b"}, retry_after=3.0)
        for kind in STATUS_ERRORS
    ),
    ChallengeError("a challenge", status_code=403, title="Just a moment..."),
    ResponseError("no answer", partial="Hel"),
    StreamInterruptedError("it broke off", partial="Hel", attempts=1),
]


def test_every_error_is_tried() -> None:
    kinds = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, MagickPenError)
    }
    assert {type(example) for example in EXAMPLES} == kinds


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_travels_between_processes(error: MagickPenError, protocol: int) -> None:
    for twin in (pickle.loads(pickle.dumps(error, protocol)), copy.copy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert twin.args == error.args
        assert vars(twin) == vars(error)


def test_a_message_tells_what_where_how_often_and_what_to_do() -> None:
    assert str(EXAMPLES[0]) == "it failed (https://host/, after 2 attempts). Wait."
    assert str(MagickPenError("it failed", attempts=1)) == "it failed (after 1 attempt)"
    assert str(MagickPenError("it failed")) == "it failed"


def test_a_failed_discovery_says_where_it_looked() -> None:
    assert str(EXAMPLES[2]).endswith(
        "\n  https://host/: 9 bytes\n  https://host/a.js: 404 Not Found"
    )


def test_a_wrong_argument_is_a_value_error() -> None:
    assert isinstance(ConfigurationError("timeout is wrong"), ValueError)


def test_a_secret_that_the_service_quotes_is_taken_out() -> None:
    error = RateLimitError(
        "no more for W25SECRET",
        status_code=429,
        body="W25SECRET is spent",
        headers={"x-spent": "W25SECRET", "x-other": "1"},
    )
    error.redact(redactor({}, "W25SECRET", ""))
    for shown in (str(error), repr(error), error.body, error.message):
        assert "W25SECRET" not in shown
    assert error.message == "no more for …"
    assert error.args == (error.message,)
    assert error.body == "… is spent"
    assert error.headers == {"x-spent": "…", "x-other": "1"}


def test_what_an_error_is_not_told_is_empty() -> None:
    error = MagickPenError("it failed")
    assert (error.args, error.url, error.attempts) == (("it failed",), "", 0)
    refused = APIStatusError("refused", status_code=400)
    assert (refused.body, refused.headers, refused.retry_after) == ("", {}, None)
    challenge = ChallengeError("a challenge")
    assert (challenge.status_code, challenge.title) == (0, "")
    assert ResponseError("no answer").partial == StreamInterruptedError("it broke").partial == ""


def test_a_request_counts_as_sent_unless_it_is_certain_that_it_was_not() -> None:
    assert APIConnectionError("broken").sent is True
    assert APITimeoutError("too late").sent is True


def test_the_text_that_had_come_is_kept_with_where_it_came_from() -> None:
    assert ResponseError("no answer", partial="Hel").partial == "Hel"
    error = StreamInterruptedError("it broke", partial="Hel", url="https://host/", attempts=2)
    assert (error.partial, error.url, error.attempts) == ("Hel", "https://host/", 2)


def test_the_causes_of_an_error_are_told_no_secret_either() -> None:
    error = MagickPenError("it failed")
    error.__cause__ = cause = ValueError("illegal line: W25SECRET", 7)
    cause.__context__ = context = OSError(5, "W25SECRET")
    error.redact(redactor({}, "W25SECRET"))
    assert cause.args == ("illegal line: …", 7)
    assert context.args == (5, "…")


CODES = {
    MagickPenError: "error",
    ConfigurationError: "configuration",
    CredentialsError: "credentials",
    APIConnectionError: "connection",
    APITimeoutError: "timeout",
    APIStatusError: "status",
    errors.BadRequestError: "bad_request",
    errors.AuthenticationError: "authentication",
    errors.PermissionDeniedError: "permission_denied",
    errors.NotFoundError: "not_found",
    RateLimitError: "rate_limited",
    errors.InternalServerError: "server_error",
    ChallengeError: "challenge",
    ResponseError: "response",
    StreamInterruptedError: "interrupted",
}


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_is_told_to_programs(error: MagickPenError) -> None:
    told = json.loads(json.dumps(error.to_dict()))
    assert told["code"] == CODES[type(error)]
    assert told["message"] == error.message
    expected = {"code", "message", "retryable", "url", "attempts"}
    if isinstance(error, APIStatusError):
        expected |= {"status_code", "retry_after"}
    if isinstance(error, ChallengeError):
        expected |= {"status_code"}
    if isinstance(error, (ResponseError, StreamInterruptedError)):
        expected |= {"partial"}
    assert told.keys() == expected


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (ConfigurationError("x"), False),
        (CredentialsError("x"), False),
        (ChallengeError("x"), False),
        (ResponseError("x"), False),
        (StreamInterruptedError("x"), True),
        (APIConnectionError("x"), True),
        (APITimeoutError("x"), True),
        (APIConnectionError("x", lasting=True), False),
        (errors.BadRequestError("x", status_code=400), False),
        (RateLimitError("x", status_code=429), True),
        (errors.InternalServerError("x", status_code=503), True),
    ],
)
def test_an_error_says_whether_to_try_again(error: MagickPenError, retryable: bool) -> None:
    assert error.retryable is retryable
