from __future__ import annotations

import json

import pytest

from magickpen.core.endpoints import ENDPOINTS, encode_body, page_headers, query_headers
from magickpen.core.messages import Message, parse_messages

CONVERSATION = (Message("system", "Be brief."), Message("user", "Hi"))


def test_ask_takes_one_text() -> None:
    assert ENDPOINTS["ask"].path == "/ask"
    assert ENDPOINTS["ask"].body(CONVERSATION, "token") == {
        "query": "System: Be brief.\nUser: Hi\nAssistant:",
        "turnstileResponse": "token",
        "action": "verify",
    }


def test_chat_takes_the_messages() -> None:
    assert ENDPOINTS["chat"].path == "/chat/free"
    assert ENDPOINTS["chat"].body(CONVERSATION, "token") == {
        "history": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
        ]
    }


def test_a_body_is_compact_utf8() -> None:
    assert encode_body({"query": "né 😀"}) == '{"query":"né 😀"}'.encode()


@pytest.mark.parametrize("text", ["\ud800", "a\udc80b", '"\\\n'])
def test_any_text_can_be_sent(text: str) -> None:
    body = encode_body(ENDPOINTS["ask"].body(parse_messages(f"x{text}"), ""))
    assert json.loads(body)["query"] == f"x{text}"


def test_a_query_says_that_it_comes_from_the_site() -> None:
    headers = query_headers("https://magickpen.com/path")
    assert headers == {
        "accept": "application/json, text/plain, */*",
        "accept-language": "en-US,en;q=0.9",
        "content-type": "application/json",
        "origin": "https://magickpen.com",
        "referer": "https://magickpen.com/",
    }


def test_a_page_is_read_in_the_same_language() -> None:
    assert page_headers()["accept-language"] == "en-US,en;q=0.9"
