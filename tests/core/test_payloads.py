from __future__ import annotations

import pytest

from magickpen.core.payloads import error_text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"message": "a", "error": "b"}', "a"),
        ('{"error": {"message": "a"}, "msg": "b"}', "a"),
        ('{"error": "a", "msg": "b"}', "a"),
        ('{"msg": "a", "detail": "b"}', "a"),
        ('{"message": 7, "detail": "a"}', "a"),
        ('{"detail": []}', ""),
        ("[]", ""),
        ("no JSON", ""),
        ('{"a":' * 100_000, ""),
    ],
)
def test_the_first_text_in_the_order_of_the_protocol_tells_the_error(body: str, text: str) -> None:
    assert error_text(body) == text
