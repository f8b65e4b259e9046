"""What the emulator refuses, in requests made by hand: from the protocol page, without the client.

Nothing of `magickpen.core` is imported here.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import random
import re
import time
from typing import Any, NamedTuple

import pytest

from magickpen.emulator import Emulator, checks
from magickpen.emulator.site import Secrets


class Answer(NamedTuple):
    status: int
    body: str
    headers: dict[str, str]


def request(service: Emulator, method: str, path: str, body: bytes | None = None,
            headers: dict[str, str] | None = None) -> Answer:  # fmt: skip
    host = service.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, response.read().decode(), named)
    finally:
        connection.close()


def constants(service: Emulator) -> tuple[str, str, str]:
    """Read the API secret, the secret and the salt from the site, as the protocol page tells."""
    page = request(service, "GET", "/").body
    for path in re.findall(r'<script src="([^"]+)"', page):
        bundle = request(service, "GET", path).body
        api_secret = re.search(r'"X-API-Secret":"(\w+)"', bundle)
        secret = re.search(r'secret:"(\w+)"', bundle)
        salt = re.search(r'\["(\w+)",', bundle)
        if api_secret and secret and salt:
            return api_secret[1], secret[1], salt[1]
    raise AssertionError("no bundle holds the constants")


def signed(
    service: Emulator, *, timestamp: str | None = None, nonce: str | None = None
) -> dict[str, str]:
    api_secret, secret, salt = constants(service)
    timestamp = timestamp or str(int(time.time() * 1000))
    nonce = nonce or str(random.random())
    signature = hashlib.md5("".join(sorted([salt, timestamp, nonce])).encode()).hexdigest()
    return {
        "content-type": "application/json",
        "x-api-secret": api_secret,
        "secret": secret,
        "signature": signature,
        "timestamp": timestamp,
        "nonce": nonce,
    }


QUERY = json.dumps({"query": "Hi", "turnstileResponse": "", "action": "verify"}).encode()
OLDER_QUERY = json.dumps({"query": "Hi", "plan": "Pay as you go"}).encode()
CHAT = json.dumps({"history": [{"role": "user", "content": "Hi"}]}).encode()


@pytest.mark.parametrize(
    ("path", "body"), [("/ask", QUERY), ("/ask", OLDER_QUERY), ("/chat/free", CHAT)]
)
def test_a_request_made_from_the_protocol_alone_is_answered(
    service: Emulator, path: str, body: bytes
) -> None:
    answer = request(service, "POST", path, body, signed(service))
    assert answer.status == 200
    assert "You wrote: Hi" in answer.body
    assert "This is the MagickPen emulator, not MagickPen" in answer.body
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["transfer-encoding"] == "chunked"


@pytest.mark.parametrize("name", ["x-api-secret", "secret", "signature", "timestamp", "nonce"])
@pytest.mark.parametrize("change", ["missing", "altered", "empty"])
def test_each_of_the_five_headers_is_checked(service: Emulator, name: str, change: str) -> None:
    headers = signed(service)
    if change == "missing":
        del headers[name]
    elif change == "empty":
        headers[name] = ""
    else:
        headers[name] = headers[name][:-1] + ("1" if headers[name][-1] != "1" else "2")
    answer = request(service, "POST", "/ask", QUERY, headers)
    assert answer.status == 403
    assert "Forbidden" in answer.body
    assert request(service, "POST", "/ask", QUERY, signed(service)).status == 200


def test_a_nonce_is_taken_once(service: Emulator) -> None:
    headers = signed(service)
    assert request(service, "POST", "/ask", QUERY, headers).status == 200
    replayed = request(service, "POST", "/ask", QUERY, headers)
    assert replayed.status == 403
    assert "nonce was used" in replayed.body
    again = signed(service, nonce=headers["nonce"])
    assert request(service, "POST", "/ask", QUERY, again).status == 403


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_timestamp_five_minutes_off_is_refused(service: Emulator, minutes: int) -> None:
    timestamp = str(int((time.time() + 60 * minutes) * 1000))
    answer = request(service, "POST", "/ask", QUERY, signed(service, timestamp=timestamp))
    assert answer.status == 403
    assert "timestamp is off" in answer.body


def test_a_timestamp_a_minute_off_is_taken(service: Emulator) -> None:
    timestamp = str(int((time.time() - 60) * 1000))
    answer = request(service, "POST", "/ask", QUERY, signed(service, timestamp=timestamp))
    assert answer.status == 200


@pytest.mark.parametrize("timestamp", ["now", "-1", "²"])
def test_a_timestamp_is_digits(service: Emulator, timestamp: str) -> None:
    headers = signed(service, timestamp=timestamp)
    headers = {
        name: value.encode("latin-1", "replace").decode("latin-1")
        for name, value in headers.items()
    }
    assert request(service, "POST", "/ask", QUERY, headers).status == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/ask", b"Hi"),
        ("/ask", b""),
        ("/ask", b"[]"),
        ("/ask", b"\xff"),
        ("/ask", b"{}"),
        ("/ask", b'{"query": ""}'),
        ("/ask", b'{"query": 7}'),
        ("/ask", CHAT),
        ("/chat/free", b"Hi"),
        ("/chat/free", b"{}"),
        ("/chat/free", b'{"history": []}'),
        ("/chat/free", b'{"history": "Hi"}'),
        ("/chat/free", b'{"history": ["Hi"]}'),
        ("/chat/free", b'{"history": [{"role": "user"}]}'),
        ("/chat/free", b'{"history": [{"role": "robot", "content": "Hi"}]}'),
        ("/chat/free", b'{"history": [{"role": "system", "content": "Hi"}]}'),
        ("/chat/free", QUERY),
    ],
)
def test_a_body_that_lacks_its_text_is_refused(service: Emulator, path: str, body: bytes) -> None:
    answer = request(service, "POST", path, body, signed(service))
    assert answer.status == 400
    assert "Bad Request" in answer.body


def test_a_rotation_outdates_the_secrets_and_moves_the_bundle(service: Emulator) -> None:
    before, headers = constants(service), signed(service)
    page = request(service, "GET", "/").body
    service.rotate()
    assert request(service, "POST", "/ask", QUERY, headers).status == 403
    after: tuple[Any, ...] = constants(service)
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert (service.secrets.x_api_secret, service.secrets.secret, service.secrets.salt) == after
    app = re.findall(r'<script src="([^"]+)"', page)[-1]
    assert re.fullmatch(r"/_nuxt/[0-9a-f]{20}\.js", app)
    assert request(service, "GET", app).status == 404


def test_the_site_has_its_own_format_of_secrets(service: Emulator) -> None:
    api_secret, secret, salt = constants(service)
    assert re.fullmatch(r"[A-Z0-9]{18}", api_secret)
    assert re.fullmatch(r"\w{20}", secret)
    assert salt == "TGDBU9zCgM"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/ask", 405), ("GET", "/x", 404)])
def test_what_the_service_does_not_have(
    service: Emulator, method: str, path: str, status: int
) -> None:
    assert request(service, method, path).status == status


def test_old_nonces_are_forgotten() -> None:
    secrets = Secrets("api", "secret", "salt")
    check = checks.CredentialCheck()
    for nonce in ("0.1", "0.2"):
        timestamp = str(int(time.time() * 1000))
        digest = hashlib.md5("".join(sorted(["salt", timestamp, nonce])).encode()).hexdigest()
        headers = {"x-api-secret": "api", "secret": "secret", "signature": digest}
        signed = headers | {"timestamp": timestamp, "nonce": nonce}
        check.accept(signed, check.verdicts(signed, secrets))
        check._used = {used: at - 3 * checks.CLOCK_WINDOW for used, at in check._used.items()}
    assert list(check._used) == ["0.2"]
