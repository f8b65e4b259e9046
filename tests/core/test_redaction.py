from __future__ import annotations

import pytest

from magickpen.core.redaction import redactor

TOKEN = "SUPERSECRET"


@pytest.mark.parametrize(
    "said",
    [
        f"authorization: Bearer {TOKEN}",
        f"the token {TOKEN} is unknown",
        f'{{"authorization": "Bearer {TOKEN}"}}',
    ],
)
def test_a_token_is_taken_out_with_its_scheme_or_without(said: str) -> None:
    assert TOKEN not in redactor({"authorization": f"Bearer {TOKEN}"})(said)


def test_each_long_word_of_a_cookie_is_taken_out() -> None:
    redact = redactor({"cookie": f'id="{TOKEN}"; theme=dark'})
    assert redact(f"&quot;{TOKEN}&quot; dark") == "&quot;…&quot; dark"


def test_a_short_value_may_stand_anywhere() -> None:
    redact = redactor({"x-key": "8-chars.", "x-short": "7-chars"}, "", "short")
    assert redact("8-chars. 7-chars, short") == "… 7-chars, …"


def test_what_every_browser_sends_is_not_private() -> None:
    redact = redactor({"origin": "https://magickpen.com", "accept": "application/json"})
    said = "it redirects to https://magickpen.com/en as application/json"
    assert redact(said) == said
