from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magickpen.core.errors import ConfigurationError
from magickpen.core.signing import (
    KNOWN_SALT,
    ApiCredentials,
    SiteSecrets,
    make_nonce,
    make_timestamp,
    masked,
    sign,
)
from tests.support.fakes import SECRETS

VECTORS = [
    ("1727913600000", "0.6163618327177592", "7befab31b9a4083f5424fac67ddd6a15"),
    ("1795326297843", "0.04916447119139056", "f51c40f8f6c61b3cb0add37d0f9de8e1"),
    ("1727913600000", "5e-7", "bf3674668efd799c4ac4643132b0752b"),
    ("1727913600000", "1.2", "8482f954aaf8b494e13ab150f970e42e"),
    ("99", "Z", "6e393c1898c84a6d932b705826284f8b"),
]


@pytest.mark.parametrize(("timestamp", "nonce", "signature"), VECTORS)
def test_vectors_of_the_protocol(timestamp: str, nonce: str, signature: str) -> None:
    secrets = SiteSecrets("api", "secret", salt="TGDBU9zCgM")
    assert sign(secrets, timestamp, nonce).signature == signature


def test_a_signature_takes_the_salt_of_the_site() -> None:
    other = SiteSecrets("api", "secret", salt="q7Zk2mWx0B")
    assert sign(other, "99", "Z").signature != VECTORS[-1][2]


def test_strings_are_sorted_by_code_units_as_javascript_does() -> None:
    # By code points U+1F600 comes after U+FF21, by UTF-16 code units before it.
    secrets = SiteSecrets("api", "secret", salt="\U0001f600")
    joined = "99\U0001f600\uff21"
    assert sign(secrets, "99", "\uff21").signature == hashlib.md5(joined.encode()).hexdigest()


def test_the_headers_are_the_five_of_the_protocol() -> None:
    credentials = sign(SECRETS, "99", "Z")
    assert credentials.headers() == {
        "x-api-secret": SECRETS.x_api_secret,
        "secret": SECRETS.secret,
        "signature": VECTORS[-1][2],
        "timestamp": "99",
        "nonce": "Z",
    }


def test_the_grade_does_not_count_in_comparisons() -> None:
    guess = SiteSecrets(SECRETS.x_api_secret, SECRETS.secret, proved=False)
    assert SECRETS.proved
    assert guess == SECRETS
    assert hash(guess) == hash(SECRETS)
    assert repr(guess).endswith("salt='…', proved=False)")
    with pytest.raises(ConfigurationError, match="proved must be True or False"):
        SiteSecrets("a", "b", proved="yes")  # type: ignore[arg-type]


def test_credentials_are_a_tuple_in_the_order_of_the_interface() -> None:
    credentials = ApiCredentials("api", "signature", "1", "0.5", "secret")
    x_api_secret, signature, timestamp, nonce, secret = credentials
    assert (x_api_secret, signature, timestamp, nonce, secret) == (
        "api",
        "signature",
        "1",
        "0.5",
        "secret",
    )


@pytest.mark.parametrize("value", [SECRETS, sign(SECRETS, "99", "Z")])
def test_no_repr_holds_a_secret(value: object) -> None:
    for secret in (SECRETS.x_api_secret, SECRETS.secret, KNOWN_SALT, VECTORS[-1][2]):
        assert secret not in repr(value)
        assert secret not in f"{value}"


def test_a_mask_shows_a_little_of_a_long_secret_and_nothing_of_a_short_one() -> None:
    assert masked("W252GY255JVYBS9NAM") == "W25…"
    assert masked("12345678") == "…"
    assert masked("123456789") == "123…"


def test_a_timestamp_is_whole_milliseconds() -> None:
    assert make_timestamp(1727913600.1239) == "1727913600123"


@pytest.mark.parametrize(
    ("random", "printed"),
    [
        (0.0, "0"),
        (0.5, "0.5"),
        (0.6163618327177592, "0.6163618327177592"),
        (0.0001, "0.0001"),
        (0.00001234, "0.00001234"),
        (0.000001, "0.000001"),
        (1.5e-6, "0.0000015"),
        (5e-7, "5e-7"),
        (1.25e-10, "1.25e-10"),
    ],
)
def test_a_nonce_is_printed_as_javascript_prints_it(random: float, printed: str) -> None:
    # Compared with Node's `String(number)`.
    assert make_nonce(random) == printed


@given(st.floats(min_value=0, max_value=1, exclude_max=True))
def test_a_nonce_is_the_number_it_was_made_from(random: float) -> None:
    assert float(make_nonce(random)) == random


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("x_api_secret", "", "non-empty printable ASCII"),
        ("x_api_secret", None, "a string, not None"),
        ("x_api_secret", "hunter2\r\nx: y", "printable ASCII"),
        ("secret", " hunter2", "without leading or trailing spaces"),
        ("secret", "hünter2", "printable ASCII"),
        ("secret", b"hunter2", "a value of type bytes"),
        ("salt", "", "non-empty"),
        ("salt", "hunter2\ud800", "without lone surrogates"),
        ("salt", "\udfffhunter2", "without lone surrogates"),
        ("salt", 5, "a string, not 5"),
    ],
)
def test_secrets_that_cannot_be_sent_are_named(name: str, value: Any, complaint: str) -> None:
    values: dict[str, Any] = {"x_api_secret": "W252GY255JVYBS9NAM", "secret": "a"} | {name: value}
    with pytest.raises(ConfigurationError, match=f"{name} must be .*{complaint}") as caught:
        SiteSecrets(**values)
    assert "hunter2" not in str(caught.value)


def test_any_text_may_be_a_salt() -> None:
    assert SiteSecrets("W252GY255JVYBS9NAM", "a", "\ud7ff\ue000 😀").salt
