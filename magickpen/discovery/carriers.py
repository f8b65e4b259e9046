"""The objects on which the code of a site sets headers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from magickpen.discovery.javascript.interpreter import Interpreter
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.objects import HEADERS
from magickpen.discovery.javascript.operations import alternatives, is_made, known_text, salts_of
from magickpen.discovery.javascript.values import UNDEFINED, Getter, Obj, Salt, Unknown, Value

API_SECRET = "x-api-secret"  # noqa: S105  the name of a header
SECRET = "secret"  # noqa: S105  the name of a header
SIGNATURES = ("signature", "sign")
SIGNING = ("timestamp", "nonce", *SIGNATURES)

MAX_CARRIERS = 300
"""How many carriers are looked at."""

STEPS_PER_VALUE = 20_000
"""How many steps it may take to tell what a header is set to."""

_SENT = re.compile(r"[\x21-\x7e]{8,256}")


class Carrier(NamedTuple):
    """The headers that are set on an object.

    Attributes:
        module: the script that sets them.
        x_api_secret: the API secret, if it is known.
        secret: the secret, if it is known.
        unread: whether one of the two is set and not known.
        made: the headers of a signature that may differ from request to request.
        salts: the salts that the signature was made with.
        sure: whether nothing may replace the two constants.
        request: whether it is used as the headers of a request.
    """

    module: Module
    x_api_secret: str | None
    secret: str | None
    unread: bool
    made: frozenset[str]
    salts: frozenset[Salt]
    sure: bool
    request: bool


def read_carriers(interpreter: Interpreter) -> Iterator[Carrier]:
    """Yield the objects on which code that was run has set headers, without samples."""
    for owner, module in list(interpreter.objects.carriers.items())[:MAX_CARRIERS]:
        if owner not in interpreter.objects.printed:
            request = isinstance(owner, Unknown) or bool(owner.kind)
            carrier = _carrier(module, _headers(interpreter, owner, module), request=request)
            if carrier is not None:
                yield carrier


def _headers(interpreter: Interpreter, owner: Obj, module: Module) -> dict[str, Value]:
    named = [(name, value) for name, value in owner.properties.items() if isinstance(name, str)]
    return {
        name.lower(): _plain(interpreter, module, value)
        for name, value in named
        if name.lower() in HEADERS
    }


def _carrier(module: Module, values: dict[str, Value], *, request: bool) -> Carrier | None:
    constants = [values.get(name, "") for name in (API_SECRET, SECRET)]
    api_secret, secret = map(_sent, constants)
    made = frozenset(name for name in SIGNING if is_made(values.get(name, "")))
    if not made and not values.keys().isdisjoint(SIGNING):
        return None
    unread = (API_SECRET in values and api_secret is None) or (SECRET in values and secret is None)
    salts = salts_of(*(values[name] for name in SIGNATURES if name in values))
    sure = all(map(_is_sure, constants))
    return Carrier(module, api_secret, secret, unread, made, salts, sure, request)


def _plain(interpreter: Interpreter, module: Module, value: Value | Getter) -> Value:
    def plain() -> Value:
        return interpreter.plain(value, UNDEFINED)

    return interpreter.attempt(plain, STEPS_PER_VALUE, module)


def _is_sure(value: Value) -> bool:
    return not any(isinstance(one, Unknown) for one in alternatives(value))


def is_complete(carrier: Carrier) -> bool:
    """Whether a carrier has both constants and the headers of a signature."""
    return bool(carrier.x_api_secret and carrier.secret) and is_signed(carrier)


def is_telling(carrier: Carrier) -> bool:
    """Whether a carrier has the API secret or the headers of a signature."""
    return bool(carrier.x_api_secret) or is_signed(carrier)


def are_sure(carriers: list[Carrier], salts: Collection[Salt]) -> bool:
    """Whether carriers are sent, and nothing may replace what they and salts tell."""
    is_sent = any(one.request for one in carriers)
    return is_sent and all(one.sure for one in carriers) and all(salt.sure for salt in salts)


def is_signed(carrier: Carrier) -> bool:
    """Whether a carrier has the headers of a signature."""
    return len(carrier.made) > 1 and not carrier.made.isdisjoint(SIGNATURES)


def _sent(value: Value) -> str | None:
    text = known_text(value)
    return text if text is not None and _SENT.fullmatch(text) else None


def contradicted(carriers: list[Carrier]) -> bool:
    """Whether there is a signed request whose constants could not be read."""
    return any(one.unread and len(one.made) > 1 for one in carriers)
