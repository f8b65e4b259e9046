from __future__ import annotations

import copy
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
    error = RateLimitError("no more for W25SECRET", status_code=429, body="W25SECRET is spent")
    error.redact(["W25SECRET", ""])
    for shown in (str(error), repr(error), error.body, error.message):
        assert "W25SECRET" not in shown
    assert error.message == "no more for …"
