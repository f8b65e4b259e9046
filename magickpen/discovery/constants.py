"""The constants that a site's scripts sign requests with (docs/protocol.md, section 2)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from operator import attrgetter
from typing import NamedTuple
from urllib.parse import urljoin

from magickpen.discovery.javascript.code import Code
from magickpen.discovery.javascript.evaluation import Evaluator
from magickpen.discovery.javascript.literals import spellings
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import WorkLimitError
from magickpen.discovery.salts import Salt, read_salts
from magickpen.discovery.sent_headers import (
    API_SECRET,
    SECRET,
    SIGNATURES,
    HeaderSet,
    SentHeaders,
)

SURE = 4
"""The rank from which on a constant is certainly sent: with two more headers of a signature."""

RELATED = 2
"""The rank from which on a salt is that of the script which sends the secret."""

_HEADER_VALUE = re.compile(r"[\x21-\x7e]{8,256}")
_SPELLINGS = {
    API_SECRET: ("X-API-Secret", API_SECRET, "X-Api-Secret"),
    SECRET: (SECRET, "Secret"),
}


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
        page_url: the URL of the page that runs them.
    """

    def __init__(self, resolve: Callable[[str, str], str] = urljoin, *, page_url: str = "") -> None:
        self._resolve = resolve
        self._page_url = page_url
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
        evaluator = Evaluator(self._modules, resolve=self._resolve, page_url=self._page_url)
        if thorough:
            for sent in self._headers:
                sent.name_computed(evaluator)
        salts = [
            salt for module in self._modules.values() for salt in read_salts(module, evaluator)
        ]
        sets = [
            headers
            for sent in self._headers
            for headers in sent.sets
            if not headers.is_sample(evaluator)
        ]
        salted = {salt.module for salt in salts if salt.joined}
        signing = {headers.module for headers in sets if _signs(headers, evaluator, salted)}
        secret = _best(_secrets(sets, evaluator, signing))
        api_secret = _best(_api_secrets(sets, evaluator, secret))
        salt = _best_salt(salts, sets, evaluator, secret)
        sure = (
            api_secret is not None
            and secret is not None
            and salt is not None
            and secret.rank >= SURE
            and api_secret.module is secret.module
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
    """Return the candidate that most speaks for; None where that is true of different values."""
    found = list(candidates)
    best = max((candidate.rank for candidate in found), default=0)
    likeliest = {candidate.value: candidate for candidate in found if candidate.rank == best}
    return next(iter(likeliest.values())) if len(likeliest) == 1 else None


def _best_salt(
    salts: list[Salt], sets: list[HeaderSet], evaluator: Evaluator, secret: Candidate | None
) -> Candidate | None:
    """Return the salt that most speaks for; None where nothing tells which of several signs."""
    by_module: dict[Module, list[Salt]] = {}
    for salt in sorted(salts, key=attrgetter("place")):
        by_module.setdefault(salt.module, []).append(salt)
    signing: dict[Salt, int] = {}
    for headers in sets:
        rank = SURE + (secret is not None and headers is secret.headers)
        for name in SIGNATURES:
            for index in headers.values.get(name, ()):
                for salt in _salts_of(evaluator.code_of(headers.module, index), by_module):
                    signing[salt] = max(rank, signing.get(salt, 0))
    candidates = [Candidate(salt.value, rank, salt.module) for salt, rank in signing.items()]
    for salt in salts:
        if salt.joined:
            related = secret is not None and salt.module is secret.module
            candidates.append(Candidate(salt.value, RELATED * related, salt.module))
    return _best(candidates)


def _salts_of(codes: Iterable[Code], salts: Mapping[Module, list[Salt]]) -> list[Salt]:
    """Return the salts in the first piece of code that has any."""
    for code in codes if salts else ():
        known = salts.get(code.module, [])
        start = bisect_left(known, code.extent.start, key=attrgetter("place"))
        end = bisect_left(known, code.extent.stop, key=attrgetter("place"))
        if start < end:
            return known[start:end]
    return []


def _signs(headers: HeaderSet, evaluator: Evaluator, salted: set[Module]) -> bool:
    """Whether headers show that their script signs requests, with a signature or a salt."""
    made = headers.made(evaluator)
    return len(made) > 1 and (headers.module in salted or not made.isdisjoint(SIGNATURES))


def _rank(headers: HeaderSet, evaluator: Evaluator) -> int:
    """Return how much speaks for headers being those of a signed request; 0 where they are none."""
    made = headers.made(evaluator)
    is_signature = not made.isdisjoint(SIGNATURES)
    has_api_secret = bool(_texts(API_SECRET, headers, evaluator))
    if len(made) + has_api_secret < 2 or not (is_signature or has_api_secret):
        return 0
    return SURE + 2 * is_signature + has_api_secret + headers.is_headers


def _secrets(
    sets: list[HeaderSet], evaluator: Evaluator, signing: set[Module]
) -> Iterator[Candidate]:
    for headers in sets:
        texts = _texts(SECRET, headers, evaluator)
        rank = _rank(headers, evaluator) if texts else 0
        if texts and not rank and _completes(headers, evaluator, signing):
            sure = headers.is_headers and headers.module in signing
            rank = SURE if sure else RELATED
        if rank:
            yield from (Candidate(text, rank, headers.module, headers) for text in texts)


def _completes(headers: HeaderSet, evaluator: Evaluator, signing: set[Module]) -> bool:
    """Whether headers may belong to a signed request of which another object holds the rest."""
    return bool(signing and not headers.is_data and _texts(API_SECRET, headers, evaluator))


def _api_secrets(
    sets: list[HeaderSet], evaluator: Evaluator, secret: Candidate | None
) -> Iterator[Candidate]:
    """Yield the API secrets: that of the request which the secret belongs to before others."""
    for headers in sets:
        rank = _rank(headers, evaluator)
        if secret is not None and headers is secret.headers:
            rank += 2 * SURE
        elif headers.is_data or headers.is_request:
            continue
        elif secret is not None:
            rank += headers.is_headers + (headers.module is secret.module)
        for text in _texts(API_SECRET, headers, evaluator):
            yield Candidate(text, rank, headers.module, headers)


def _texts(name: str, headers: HeaderSet, evaluator: Evaluator) -> list[str]:
    """Return what a header may be set to, there or in what is spread into the object."""
    found: dict[str, None] = {}
    for index in headers.values.get(name, ()):
        value = evaluator.text(headers.module, index)
        if value is not None and _HEADER_VALUE.fullmatch(value):
            found[value] = None
    if not found:
        for index in headers.spread:
            for spelling in _SPELLINGS[name]:
                value = evaluator.text_of_member(headers.module, index, spelling)
                if value is not None and _HEADER_VALUE.fullmatch(value):
                    return [value]
    return list(found)
