from __future__ import annotations

import math
from typing import Any

import pytest

from magickpen.core.errors import ConfigurationError
from magickpen.core.settings import Settings, check_url, without_userinfo


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("base_url", "magickpen.com", "^base_url must be a URL .* not 'magickpen.com'"),
        ("base_url", "ftp://magickpen.com", "begins with http:// or https://"),
        ("base_url", "https://", "not 'https://'"),
        ("base_url", "https://magickpen.com:99999", "Port out of range"),
        ("base_url", "http://[::1", "Invalid IPv6 URL"),
        ("base_url", "https://magickpen .com", "not 'https://magickpen .com'"),
        ("base_url", "https://magickpen.com?a=b", "not have a query or a fragment"),
        ("base_url", b"https://magickpen.com", "a value of type bytes"),
        (
            "base_url",
            "https://user:hunter2@host",
            "not contain a user name and password; use an authorization",
        ),
        ("api_url", None, "api_url must be a URL .* not None"),
        ("model", "gpt-5", "model must be 'gpt-4o-mini', not 'gpt-5'"),
        ("model", 4, "not 4"),
        ("endpoint", "generate", "endpoint must be 'ask' or 'chat', not 'generate'"),
        ("timeout", -1, "timeout must be a number of seconds above 0, not -1"),
        ("timeout", 0, "not 0"),
        ("timeout", math.nan, "not nan"),
        ("timeout", True, "not True"),
        ("timeout", "5", "a value of type str"),
        ("deadline", -1.5, "deadline must be .* not -1.5"),
        ("max_retries", -1, "max_retries must be a whole number of at least 0, not -1"),
        ("max_retries", 1.5, "not 1.5"),
        ("max_retries", True, "not True"),
        ("max_reply_bytes", 0, "^max_reply_bytes must be .* at least 1, not 0"),
        ("turnstile_token", None, "turnstile_token must be a string, not None"),
        ("discovery_limits", 5, "discovery_limits must be DiscoveryLimits, not 5"),
        ("headers", [("a", "b")], "headers must be a mapping of strings, not a value of type list"),
        ("headers", {"a": 1}, "headers must be a mapping of strings to strings"),
        ("headers", {1: "a"}, "headers must be a mapping of strings to strings"),
        (
            "headers",
            {"x-name": "a\nb"},
            "printable ASCII without leading or trailing spaces; that of 'x-name'",
        ),
        ("headers", {"x-name": "ä"}, "printable ASCII"),
        ("headers", {"x-name": "a "}, "printable ASCII"),
        ("headers", {"": "a"}, "letters, digits and hyphens, not ''"),
        ("headers", {"x name": "a"}, "letters, digits and hyphens, not 'x name'"),
        ("headers", {"x-name:": "a"}, "letters, digits and hyphens, not 'x-name:'"),
        ("base_url", "https://a..b", "begins with http:// or https://, not 'https://a..b'"),
        (
            "base_url",
            "https://bücher.example",
            "be ASCII.*write its host as 'xn--bcher-kva.example'",
        ),
        ("retry_unanswered", 1, "retry_unanswered must be True or False, not 1"),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(
    name: str, value: Any, complaint: str
) -> None:
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        Settings(**{name: value})
    assert name in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_wrong_url_does_not_show_its_password() -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_url("proxy", "gopher://user:hunter2@proxy.example")
    assert "hunter2" not in str(caught.value)
    assert "proxy.example" in str(caught.value)


def test_a_url_loses_the_slash_at_its_end() -> None:
    assert Settings(base_url="http://127.0.0.1:8000/").base_url == "http://127.0.0.1:8000"
    assert Settings(api_url="http://127.0.0.1/X/").api_url == "http://127.0.0.1/X"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://a:b@host/path", "http://host/path"),
        ("http://a:b/c@host", "http://host"),
        ("http://a:b?c#d@host", "http://host"),
        ("http://a:b://c@host", "http://host"),
        ("a:b@host", "host"),
        ("http://host/path", "http://host/path"),
        ("http://host", "http://host"),
        ("no url", "no url"),
    ],
)
def test_user_names_and_passwords_are_left_out(url: str, shown: str) -> None:
    assert without_userinfo(url) == shown


def test_header_names_are_in_lower_case() -> None:
    assert Settings(headers={"X-Name": "Value"}).headers == {"x-name": "Value"}
    assert Settings(headers={"!#$%&'*+.^_`|~0-Az": ""}).headers == {"!#$%&'*+.^_`|~0-az": ""}


def test_a_bound_of_years_is_none() -> None:
    settings = Settings(timeout=1e9, deadline=math.inf)
    assert settings.timeout == settings.deadline == math.inf


def test_no_repr_holds_a_token_or_header() -> None:
    shown = repr(Settings(turnstile_token="hunter2", headers={"cookie": "hunter3"}))
    assert "hunter" not in shown
