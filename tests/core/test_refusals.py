from __future__ import annotations

import pytest

from magickpen.core.errors import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ChallengeError,
    InternalServerError,
    MagickPenError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ResponseError,
)
from magickpen.core.http import Head
from magickpen.core.refusals import answer_refusal, refusal
from tests.support.fakes import EPOCH, head

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
        (500, b"x" * 300, "x" * 300),
        (500, b"x" * 301, "x" * 300 + "…"),
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
    assert "Try again in 3600 s." in str(error)
    for make in (refusal, answer_refusal):
        dated = make(head(429, retry_after="Thu, 03 Oct 2024 00:00:30 GMT"), b"", URL, EPOCH)
        assert isinstance(dated, RateLimitError)
        assert dated.retry_after == 30
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
    untyped = refusal(head(status, ""), page, URL, EPOCH)
    asked = answer_refusal(head(status, "text/html"), page, URL, EPOCH)
    for error in (by_header, by_title, untyped, asked):
        assert isinstance(error, ChallengeError)
        assert error.message == "the site requires a challenge to be solved"
        assert error.status_code == status
        assert "does not solve challenges" in str(error)
    assert isinstance(by_title, ChallengeError)
    assert by_title.title == "Just a moment..."


@pytest.mark.parametrize(
    "title",
    ["Just a moment...", "Attention Required! | Cloudflare", "Checking your browser before access"],
)
def test_the_titles_of_challenges_are_known(title: str) -> None:
    page = f"<html><title>{title}</title>".encode()
    error = refusal(head(403, "text/html"), page, URL, EPOCH)
    assert isinstance(error, ChallengeError)
    assert error.title == title


def test_a_text_that_quotes_a_challenge_is_none() -> None:
    error = refusal(head(403), b"<title>Just a moment...</title>", URL, EPOCH)
    assert isinstance(error, PermissionDeniedError)


PAGE = b"<html><title>Down &amp; out</title><body>Back soon</body></html>"


@pytest.mark.parametrize("status", [200, 201, 400, 401, 403, 404, 429, 499])
@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/xhtml+xml", ""])
def test_a_page_is_no_answer(status: int, content_type: str) -> None:
    error = answer_refusal(head(status, content_type), PAGE, URL, EPOCH)
    assert isinstance(error, ChallengeError)
    assert (error.title, error.status_code, error.url) == ("Down & out", status, URL)
    assert "maintenance" in str(error)
    assert (f"status {status}" in str(error)) == (status != 200)


def test_a_page_without_a_title_is_none_either() -> None:
    error = answer_refusal(head(403, "text/html"), b"<html>", URL, EPOCH)
    assert isinstance(error, ChallengeError)
    assert error.title == ""
    assert "an HTML page instead of an answer, with status 403 and the title ''" in error.message


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", "application/json", ""])
def test_what_decides_is_what_it_is(content_type: str) -> None:
    plain = content_type == "text/plain"
    page = answer_refusal(head(403, content_type), PAGE, URL, EPOCH)
    assert type(page) is (PermissionDeniedError if plain else ChallengeError)
    text = answer_refusal(head(403, content_type), b"Not <b>today</b>", URL, EPOCH)
    assert type(text) is PermissionDeniedError


def test_a_page_keeps_its_start() -> None:
    page = answer_refusal(head(403, "text/html"), PAGE, URL, EPOCH)
    challenge = answer_refusal(head(403, cf_mitigated="challenge"), PAGE, URL, EPOCH)
    for error in (page, challenge):
        assert isinstance(error, ChallengeError)
        assert error.body == PAGE.decode()


def test_the_title_of_a_page_that_is_no_utf8() -> None:
    error = answer_refusal(head(403, "text/html"), b"<title>Down\xff</title>", URL, EPOCH)
    assert isinstance(error, ChallengeError)
    assert error.title == "Down\ufffd"


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (head(300, "text/html"), APIStatusError),
        (head(301, "text/html", location="/ask/"), APIStatusError),
        (head(304, "text/html"), APIStatusError),
        (head(429, "text/html", retry_after="60"), RateLimitError),
        (head(500, "text/html"), InternalServerError),
        (head(503, "text/html", retry_after="60"), InternalServerError),
    ],
)
def test_a_page_says_less_than_the_status_that_it_comes_with(
    response: Head, kind: type[APIStatusError]
) -> None:
    assert type(answer_refusal(response, PAGE, URL, EPOCH)) is kind


def test_the_title_of_a_page_is_what_the_service_said() -> None:
    for content_type in ("text/html", ""):
        error = refusal(head(503, content_type), PAGE, URL, EPOCH)
        assert error.message.endswith("503 Service Unavailable: Down & out")
    bare = refusal(head(503, "text/html"), b"<title>Down</title>", URL, EPOCH)
    assert bare.message.endswith("503 Service Unavailable: Down")


def test_a_page_of_the_site_is_refused_by_its_status_alone() -> None:
    assert type(refusal(head(404, "text/html"), PAGE, URL, EPOCH)) is NotFoundError


@pytest.mark.parametrize("status", [204, 205])
def test_no_content_is_no_answer(status: int) -> None:
    error = answer_refusal(head(status, ""), b"", URL, EPOCH)
    assert isinstance(error, ResponseError)
    assert "the answer is empty" in str(error)
    assert error.url == URL


@pytest.mark.parametrize("status", [400, 403, 429, 500])
def test_what_is_no_page_is_what_its_status_says(status: int) -> None:
    response = head(status, "application/json")
    error = answer_refusal(response, b"{}", URL, EPOCH)
    assert type(error) is type(refusal(response, b"{}", URL, EPOCH))


def test_another_content_type_is_no_answer() -> None:
    error = refusal(head(200, "image/png"), b"", URL, EPOCH)
    assert isinstance(error, ResponseError)
    assert "'image/png'" in str(error)
    assert error.url == URL


LONG = "A" * 10_000_000


@pytest.mark.parametrize(
    "error",
    [
        refusal(head(500), LONG.encode(), URL, EPOCH),
        refusal(head(500), f'{{"error": "{LONG}"}}'.encode(), URL, EPOCH),
        refusal(head(500, "text/html"), f"<title>{LONG}</title>".encode(), URL, EPOCH),
        refusal(head(302, location=LONG), b"", URL, EPOCH),
        refusal(head(200, f"image/{LONG}"), b"", URL, EPOCH),
        answer_refusal(head(403, "text/html"), f"<title>{LONG[:900]}".encode(), URL, EPOCH),
    ],
    ids=["text", "json", "title", "location", "type", "page"],
)
def test_a_message_quotes_little(error: MagickPenError) -> None:
    assert len(error.message) < 500


@pytest.mark.parametrize("body", [b"Denied", b"<!doctype html><title>Denied</title>"])
def test_407_is_a_proxys(body: bytes) -> None:
    for make in (refusal, answer_refusal):
        error = make(head(407), body, URL, EPOCH)
        assert isinstance(error, APIConnectionError)
        assert error.message == "no connection through the proxy: 407 Proxy Authentication Required"
        assert (error.sent, error.lasting, error.url) == (False, True, URL)
        assert "user name and password" in error.hint


def test_401_of_a_proxy_is_told_by_its_server() -> None:
    error = answer_refusal(head(401, "text/html", server="tinyproxy/1.11.1"), PAGE, URL, EPOCH)
    assert isinstance(error, APIConnectionError)
    assert error.message == "no connection through the proxy: 401 Unauthorized"
    assert "user name and password" in error.hint
    own = answer_refusal(head(401, server="nginx"), b"", URL, EPOCH)
    assert isinstance(own, AuthenticationError)
