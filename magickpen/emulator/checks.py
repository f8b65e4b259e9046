"""The checks of the service, written independently of the client (docs/protocol.md)."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import NamedTuple, cast

from magickpen.emulator.site import Secrets

CLOCK_WINDOW = 120.0
"""Seconds by which a timestamp may differ from the service's clock."""

RIGHT = "right"

CREDENTIAL_HEADERS = ("x-api-secret", "secret", "signature", "timestamp", "nonce")


_ROLES = ("system", "user", "assistant")


class Refused(Exception):  # noqa: N818  a refusal is not an error of the emulator
    """The service refuses a query."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Query(NamedTuple):
    """A query that passed the checks.

    Attributes:
        prompt: the text of `/ask`, or what the user said last in `/chat/free`.
        messages: the messages, each with a role and a content.
    """

    prompt: str
    messages: list[dict[str, str]]


class CredentialCheck:
    """Checks the five headers of each query, and remembers the nonces."""

    def __init__(self) -> None:
        self._used: dict[str, float] = {}

    def accept(self, headers: Mapping[str, str], verdicts: Mapping[str, str]) -> None:
        """Remember the nonce, or raise `Refused` if one of the verdicts is not `RIGHT`."""
        for verdict in verdicts.values():
            if verdict != RIGHT:
                raise Refused(403, f"Forbidden: {verdict}")
        self._remember(headers["nonce"], time.time())

    def verdicts(self, headers: Mapping[str, str], secrets: Secrets) -> dict[str, str]:
        """Return what is wrong with each header, or `RIGHT`; only what is missing, if any is."""
        missing = [name for name in CREDENTIAL_HEADERS if not headers.get(name)]
        if missing:
            return {name: f"the header {name} is missing" for name in missing}
        api_secret, secret, signature, timestamp, nonce = map(
            headers.__getitem__, CREDENTIAL_HEADERS
        )
        digest = hashlib.md5(usedforsecurity=False)
        for part in sorted((timestamp, nonce, secrets.salt)):
            digest.update(part.encode())
        is_recent = (
            timestamp.isdecimal() and abs(int(timestamp) / 1000 - time.time()) <= CLOCK_WINDOW
        )
        checks = {
            "x-api-secret": (_same(api_secret, secrets.x_api_secret), "outdated secret"),
            "secret": (_same(secret, secrets.secret), "outdated secret"),
            "signature": (_same(signature, digest.hexdigest()), "wrong signature"),
            "timestamp": (is_recent, "the timestamp is off"),
            "nonce": (nonce not in self._used, "the nonce was used before"),
        }
        return {name: RIGHT if holds else problem for name, (holds, problem) in checks.items()}

    def _remember(self, nonce: str, now: float) -> None:
        # An older nonce comes with a timestamp that is refused anyway.
        while self._used and next(iter(self._used.values())) < now - 2 * CLOCK_WINDOW:
            del self._used[next(iter(self._used))]
        self._used[nonce] = now


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def check_ask(body: bytes | bytearray) -> Query:
    """Return the query in a body of `/ask`, or raise `Refused`."""
    query = _json_object(body).get("query")
    if not isinstance(query, str) or not query.strip():
        raise Refused(400, "Bad Request: query must be a text")
    return Query(query, [{"role": "user", "content": query}])


def check_chat(body: bytes | bytearray) -> Query:
    """Return the query in a body of `/chat/free`, or raise `Refused`."""
    history = _json_object(body).get("history")
    if not isinstance(history, list) or not history:
        raise Refused(400, "Bad Request: history must be a list of messages")
    said = ""
    messages: list[dict[str, str]] = []
    for message in cast(list[object], history):
        fields = cast(dict[str, object], message) if isinstance(message, dict) else {}
        content = fields.get("content")
        if not isinstance(content, str) or fields.get("role") not in _ROLES:
            raise Refused(400, "Bad Request: a message must have a role and a content")
        messages.append({"role": str(fields["role"]), "content": content})
        if fields["role"] == "user":
            said = content
    if not said.strip():
        raise Refused(400, "Bad Request: history has no text of the user")
    return Query(said, messages)


def _json_object(body: bytes | bytearray) -> dict[str, object]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise Refused(400, "Bad Request: the body must be a JSON object")
    return cast(dict[str, object], parsed)
