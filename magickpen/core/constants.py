"""The constants that a site's scripts sign requests with (docs/protocol.md, section 2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urljoin

from magickpen.core.javascript.evaluation import Evaluator
from magickpen.core.javascript.literals import (
    end_of_expression,
    occurrences,
    spellings,
)
from magickpen.core.javascript.module import Module
from magickpen.core.javascript.script import WorkLimitError, is_name
from magickpen.core.sent_headers import (
    API_SECRET,
    SECRET,
    SIGNATURES,
    HeaderSet,
    SentHeaders,
)
from magickpen.core.signing import KNOWN_SALT

JOIN_DISTANCE = 80
"""How many tokens after it is sorted an array is joined at the latest."""

MAX_SALTED = 8
"""How many elements an array that is hashed has at the most."""

MAX_SORTS = 5000
"""How many sorts of a script are looked at."""

SURE = 4
"""The rank from which on a constant is certainly sent: with two more headers of a signature."""

RELATED = 2
"""The rank from which on a salt is that of the script which sends the secret."""

_HEADER_VALUE = re.compile(r"[\x21-\x7e]{8,256}")
_SALT = re.compile(r"[\x21-\x7e]{4,64}")
_API_SECRET_SPELLINGS = ("X-API-Secret", API_SECRET, "X-Api-Secret")


class Candidate(NamedTuple):
    """A value that may be a constant, how much speaks for it, and where it is set."""

    value: str
    rank: int
    module: Module
    headers: HeaderSet | None = None


class Constants(NamedTuple):
    """What the scripts of a site tell of its constants; None for those that were not found.

    Attributes:
        x_api_secret: the API secret.
        secret: the secret.
        salt: the salt.
        sure: whether no other script can tell better.
        missing: the URLs of scripts that would have to be read to tell more.
    """

    x_api_secret: str | None
    secret: str | None
    salt: str | None
    sure: bool
    missing: tuple[str, ...]


class Scripts:
    """The scripts of a site, as far as they were read.

    Args:
        resolve: makes a URL of a script's URL and what an import in it names.
    """

    def __init__(self, resolve: Callable[[str, str], str] = urljoin) -> None:
        self._resolve = resolve
        self._modules: dict[str, Module] = {}
        self._headers: list[SentHeaders] = []

    def add(self, module: Module) -> None:
        """Take in another script."""
        self._modules[module.url] = module
        with suppress(WorkLimitError):
            self._headers.append(SentHeaders(module))

    def bundle_of(self, value: str) -> str:
        """Return the URL of the script that a string is written in; "" where none has it."""
        return next(
            (
                url
                for url, module in self._modules.items()
                if any(token in module.script.places for token in spellings(value))
            ),
            "",
        )

    def constants(self, *, thorough: bool = False) -> Constants:
        """Return what the scripts tell by now.

        Args:
            thorough: whether to find out the names of headers that are computed, too, which takes
                longer. It is of use when all scripts were read.
        """
        evaluator = Evaluator(self._modules, resolve=self._resolve)
        if thorough:
            for sent in self._headers:
                sent.name_computed(evaluator)
        salts = [salt for module in self._modules.values() for salt in _salts(module, evaluator)]
        sets = [
            headers
            for sent in self._headers
            for headers in sent.sets
            if not headers.is_sample(evaluator)
        ]
        salted = {salt.module for salt in salts}
        signing = {headers.module for headers in sets if _signs(headers, evaluator, salted)}
        secret = _best(_secrets(sets, evaluator, signing))
        if secret is not None and secret.rank < (2 if signing else SURE):
            secret = None
        api_secret = _best(_api_secrets(sets, evaluator, secret))
        salt = _best(_ranked(salts, sets, evaluator, secret))
        if salt is not None and salt.rank == 0 and len({other.value for other in salts}) > 1:
            # Nothing tells which of them signs.
            salt = None
        sure = (
            api_secret is not None
            and secret is not None
            and salt is not None
            and secret.rank >= SURE
            and salt.rank >= RELATED
        )
        return Constants(
            api_secret and api_secret.value,
            secret and secret.value,
            salt and salt.value,
            sure,
            tuple(evaluator.missing),
        )


def _best(candidates: Iterable[Candidate]) -> Candidate | None:
    return max(candidates, key=lambda candidate: candidate.rank, default=None)


def _signs(headers: HeaderSet, evaluator: Evaluator, salted: set[Module]) -> bool:
    """Whether headers show that their script signs requests, with a signature or a salt."""
    made = headers.made(evaluator)
    return len(made) > 1 and (headers.module in salted or not made.isdisjoint(SIGNATURES))


def _is_signed(headers: HeaderSet, evaluator: Evaluator) -> bool:
    """Whether headers belong to a signed request: two of them beside the secret do."""
    return len(headers.made(evaluator)) + (API_SECRET in headers.values) > 1


def _secrets(
    sets: list[HeaderSet], evaluator: Evaluator, signing: set[Module]
) -> Iterator[Candidate]:
    for headers in sets:
        if SECRET not in headers.values or _is_mere_list(headers, evaluator):
            continue
        rank = SURE * _is_signed(headers, evaluator) + headers.is_headers
        if API_SECRET in headers.values or _spread_api_secret(headers, evaluator) is not None:
            # Another object of the same script may hold the rest.
            rank += SURE if headers.module in signing else 2
        if rank:
            yield from _values(SECRET, headers, rank, evaluator)


def _api_secrets(
    sets: list[HeaderSet], evaluator: Evaluator, secret: Candidate | None
) -> Iterator[Candidate]:
    for headers in sets:
        if API_SECRET in headers.values and not _is_mere_list(headers, evaluator):
            rank = SURE * _is_signed(headers, evaluator) + headers.is_headers
            if secret is not None:
                rank += (headers.module is secret.module) + 2 * (headers is secret.headers)
            yield from _values(API_SECRET, headers, rank, evaluator)
    if secret is not None and secret.headers is not None:
        value = _spread_api_secret(secret.headers, evaluator)
        if value is not None and _HEADER_VALUE.fullmatch(value):
            yield Candidate(value, SURE + 4, secret.module)


def _is_mere_list(headers: HeaderSet, evaluator: Evaluator) -> bool:
    """Whether headers are a list of pairs that nothing shows to be headers."""
    return headers.owner[0] == "[" and not headers.is_headers and not _is_signed(headers, evaluator)


def _values(name: str, headers: HeaderSet, rank: int, evaluator: Evaluator) -> Iterator[Candidate]:
    for index in headers.values[name]:
        value = evaluator.text(headers.module, index)
        if value is not None and _HEADER_VALUE.fullmatch(value):
            yield Candidate(value, rank, headers.module, headers)


def _spread_api_secret(headers: HeaderSet, evaluator: Evaluator) -> str | None:
    """Return the API secret of the objects that are spread into an object of headers."""
    with suppress(WorkLimitError):
        for index in headers.spread:
            for spelling in _API_SECRET_SPELLINGS:
                value = evaluator.text_of_member(headers.module, index, spelling)
                if value is not None:
                    return value
    return None


class Salt(NamedTuple):
    """The constant of an array that is sorted and joined, and where that is done."""

    value: str
    module: Module
    place: int


def _salts(module: Module, evaluator: Evaluator) -> list[Salt]:
    script = module.script
    found: list[Salt] = []
    with suppress(WorkLimitError):
        for method in ("sort", "toSorted"):
            for index in occurrences(script, method)[:MAX_SORTS]:
                if script.tokens[index - 1] == "." and _joined_after(module, index):
                    values = evaluator.texts_of_array(module, index - 1, MAX_SALTED)
                    texts = [value for value in values if value and _SALT.fullmatch(value)]
                    if len(texts) == 1 and len(values) > 2:
                        found.append(Salt(texts[0], module, index))
    return found


def _ranked(
    salts: list[Salt], sets: list[HeaderSet], evaluator: Evaluator, secret: Candidate | None
) -> Iterator[Candidate]:
    """Yield the salts, those in the making of a signature before others."""
    signing = [
        place
        for headers in sets
        for name in SIGNATURES
        for index in headers.values.get(name, {})
        for place in _code_of(headers.module, index, evaluator)
    ]
    for value, module, index in salts:
        rank = int(value == KNOWN_SALT)
        if any(m is module and start <= index < end for m, start, end in signing):
            rank += SURE
        elif secret is not None and module is secret.module:
            rank += RELATED
        yield Candidate(value, rank, module)


def _code_of(module: Module, index: int, evaluator: Evaluator) -> Iterator[tuple[Module, int, int]]:
    """Yield the expression at an index, and the functions that it names, by their extent."""
    script = module.script
    with suppress(WorkLimitError):
        end = end_of_expression(script, index)
        yield module, index, end
        for place in range(index, min(end, index + JOIN_DISTANCE)):
            if is_name(script.tokens[place]):
                function = evaluator.function(module, place)
                if function is not None:
                    start = function.index
                    after = end_of_expression(function.module.script, start)
                    yield function.module, start, after


def _joined_after(module: Module, index: int) -> bool:
    """Whether `.join("")` follows soon."""
    tokens = module.script.tokens
    return any(
        tokens[place + 1 : place + 2] == ["("] and tokens[place + 2] in ('""', "''", "``")
        for place in occurrences(module.script, "join", index, index + JOIN_DISTANCE)
        if place + 2 < len(tokens)
    )
