from __future__ import annotations

import pytest

from magickpen.core.errors import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ChallengeError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ResponseError,
)
from magickpen.core.refusals import is_html, refusal
from tests.core.fakes import EPOCH, head

URL = "https://api.magickpen.com/ask"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, APIStatusError),
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (418, APIStatusError),
        (429, RateLimitError),
        (500, InternalServerError),
        (599, InternalServerError),
    ],
)
def test_each_status_has_its_error(status: int, kind: type[APIStatusError]) -> None:
    error = refusal(head(status), b"", URL, EPOCH)
    assert type(error) is kind
    assert isinstance(error, APIStatusError)
    assert (error.status_code, error.url) == (status, URL)


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (503, b'{"message": "overloaded"}', "503 Service Unavailable: overloaded"),
        (503, b" over \n loaded ", "503 Service Unavailable: over loaded"),
        (503, b"", "503 Service Unavailable"),
        (403, b"Forbidden", "403 Forbidden"),
        (599, b"", "the service answered 599"),
        (500, b"x" * 400, "x" * 300 + "…"),
        (500, b"\xff", "\ufffd"),
    ],
)
def test_the_message_tells_what_the_service_said(status: int, body: bytes, message: str) -> None:
    error = refusal(head(status), body, URL, EPOCH)
    assert error.message.endswith(message)


def test_the_error_keeps_body_and_headers() -> None:
    error = refusal(head(500, x_request_id="7"), b"boom", URL, EPOCH)
    assert isinstance(error, APIStatusError)
    assert error.body == "boom"
    assert error.headers["x-request-id"] == "7"


def test_a_rate_limit_says_when_to_come_back() -> None:
    error = refusal(head(429, retry_after="3600"), b"", URL, EPOCH)
    assert isinstance(error, RateLimitError)
    assert error.retry_after == 3600
    assert "Come back in 3600 s." in str(error)
    silent = refusal(head(429), b"", URL, EPOCH)
    assert isinstance(silent, RateLimitError)
    assert silent.retry_after is None


def test_a_redirect_says_where_to() -> None:
    error = refusal(head(301, location="https://www.magickpen.com/ask"), b"", URL, EPOCH)
    assert "it redirects to https://www.magickpen.com/ask" in str(error)


@pytest.mark.parametrize("status", [200, 403, 503])
def test_a_challenge_is_told_by_its_header_or_title(status: int) -> None:
    by_header = refusal(head(status, cf_mitigated="challenge"), b"", URL, EPOCH)
    page = b"<!doctype html><TITLE lang='en'>Just a moment...</TITLE>"
    by_title = refusal(head(status, "text/html"), page, URL, EPOCH)
    for error in (by_header, by_title):
        assert isinstance(error, ChallengeError)
        assert error.status_code == status
        assert "solves no challenge" in str(error)
    assert isinstance(by_title, ChallengeError)
    assert by_title.title == "Just a moment..."


def test_a_text_that_quotes_a_challenge_is_none() -> None:
    error = refusal(head(403), b"<title>Just a moment...</title>", URL, EPOCH)
    assert isinstance(error, PermissionDeniedError)


def test_a_page_is_told_by_its_title() -> None:
    page = b"<html><title>Down &amp; out</title><body>Back soon</body></html>"
    answered = refusal(head(200, "text/html"), page, URL, EPOCH)
    assert isinstance(answered, ChallengeError)
    assert answered.title == "Down & out"
    assert "maintenance" in str(answered)
    failed = refusal(head(503, "text/html"), page, URL, EPOCH)
    assert isinstance(failed, InternalServerError)
    assert failed.message.endswith("503 Service Unavailable: Down & out")
    untitled = refusal(head(200, "text/html"), b"<p>", URL, EPOCH)
    assert isinstance(untitled, ChallengeError)
    assert untitled.title == ""


def test_another_content_type_is_no_answer() -> None:
    error = refusal(head(200, "image/png"), b"", URL, EPOCH)
    assert isinstance(error, ResponseError)
    assert "'image/png'" in str(error)


def test_a_page_without_a_content_type_is_told_by_its_start() -> None:
    assert is_html(head(200, ""), b" <!DOCTYPE HTML><title>")
    assert not is_html(head(200, ""), b"Hello")
    assert not is_html(head(200, "text/plain"), b"<html>")
