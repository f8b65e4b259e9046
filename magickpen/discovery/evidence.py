"""Which constants a site sends, and how sure that is (docs/protocol.md, section 2).

Theory of operation
-------------------

The name of a header leads to the code that sets it. That code is run with unknown values, and each
object that got a header on the way is a *carrier*. What the carriers hold is the evidence.

1. *Proved*: a carrier has the API secret and the secret, and at least two headers of a signature
   that differ from request to request, the signature among them. So the site is seen to send the
   constants in a signed request. All such carriers have to agree, there is no signed request whose
   constants could not be read, and nothing is seen that may replace them.
2. *Likely*, where no script of the site proves anything: the site has exactly one plausible value
   under the name of the API secret's header, and exactly one under `secret` beside it, on a carrier
   or else in the same script. A signed request whose constants could not be read speaks against
   that.

The salt is the constant of the list that is sorted on the way to the signature. If it is not seen
there, the known salt is used. That is proved only if its text stands in a script.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple
from urllib.parse import urljoin

from magickpen.core.signing import KNOWN_SALT
from magickpen.discovery.carriers import (
    API_SECRET,
    SECRET,
    SIGNATURES,
    Carrier,
    are_sure,
    contradicted,
    is_complete,
    is_telling,
    read_carriers,
)
from magickpen.discovery.javascript.interpreter import Interpreter
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.operations import known_text
from magickpen.discovery.javascript.tokens import is_string, string_value
from magickpen.discovery.javascript.values import Obj, Salt, Value
from magickpen.discovery.javascript.visits import Visits

MAX_PLACES = 50
"""How many places of a header's name are looked at in a script."""

STEPS_PER_VALUE = 20_000
"""How many steps it may take to tell what a header is set to."""

_MENTION = re.compile("x-api|api-secret", re.IGNORECASE)

_PLAUSIBLE = re.compile(r"\w{10,64}", re.ASCII)


class Evidence(NamedTuple):
    """What the scripts of a site tell of its constants; None for those that were not found.

    Attributes:
        x_api_secret: the API secret.
        secret: the secret.
        salt: the salt.
        proved: whether the site is seen to send them in a signed request.
        conclusive: whether no other script can tell better.
        missing: the URLs of scripts that would have to be read to tell more.
    """

    x_api_secret: str | None = None
    secret: str | None = None
    salt: str | None = None
    proved: bool = False
    conclusive: bool = False
    missing: tuple[str, ...] = ()


class Scripts:
    """The scripts of a site, as far as they were read.

    Args:
        resolve: makes a URL of a script's URL and what an import in it names.
        page_url: the URL of the page that runs them.
        expired: tells whether no more time may be spent.
    """

    def __init__(
        self,
        resolve: Callable[[str, str], str] = urljoin,
        *,
        page_url: str = "",
        expired: Callable[[], bool] = lambda: False,
    ) -> None:
        self._resolve = resolve
        self._page_url = page_url
        self._expired = expired
        self._modules: dict[str, Module] = {}
        self._evidence = Evidence()
        self._current = True
        self._mentioned = False

    def add(self, module: Module) -> None:
        """Take in another script."""
        self._modules[module.url] = module
        self._mentioned = self._mentioned or any(map(_MENTION.search, module.script.places))
        if (
            module.url in self._evidence.missing
            or next(_places(module, API_SECRET), None) is not None
        ):
            self._current = False

    def bundle_of(self, value: str) -> str:
        """Return the URL of the script that a string is written in; "" if none has it."""
        tokens = (f'"{value}"', f"'{value}'", f"`{value}`")
        found = (
            url
            for url, module in self._modules.items()
            if any(t in module.script.places for t in tokens)
        )
        return next(found, "")

    def evidence(self, *, all_read: bool = False) -> Evidence:
        """Return what the scripts tell by now.

        Args:
            all_read: whether all scripts were read, so that what is likely may be told.
        """
        # A site without a part of the header's name sends none.
        if self._mentioned and (not self._current or (all_read and not self._evidence.conclusive)):
            self._current = True
            self._evidence = self._look(all_read=all_read)
        return self._evidence

    def _look(self, *, all_read: bool) -> Evidence:
        found, interpreter, carriers = self._run(list(self._modules.values()) if all_read else [])
        missing = tuple(interpreter.linker.missing)
        if found.x_api_secret is None and all_read:
            guess, _, _ = self._run(list(self._modules.values()), guessing=True)
            if guess.x_api_secret is not None:
                found = guess._replace(proved=False, conclusive=False)
            elif not contradicted(carriers):
                found = self._likely(interpreter, carriers)
        return found._replace(missing=missing)

    def _run(
        self, others: list[Module], *, guessing: bool = False
    ) -> tuple[Evidence, Interpreter, list[Carrier]]:
        """Run the code that sets the headers, until it proves something."""
        interpreter = Interpreter(
            self._modules,
            resolve=self._resolve,
            page_url=self._page_url,
            expired=self._expired,
            guessing=guessing,
        )
        visits = Visits(interpreter)
        senders = [m for m in self._modules.values() if any(True for _ in _places(m, API_SECRET))]
        ways = [(name, senders, visits.visit) for name in (API_SECRET, *SIGNATURES)]
        ways.append((API_SECRET, senders, visits.visit_uses))
        # Where the names of headers are computed, the code that sorts still tells what is signed.
        ways += [(name, others, visits.visit) for name in (*SIGNATURES, "sort")]
        found, carriers = Evidence(), list[Carrier]()
        for name, modules, visit in ways:
            for module in modules:
                for place in _places(module, name):
                    visit(module, place)
            carriers = list(read_carriers(interpreter))
            found = self._proved(carriers)
            if found.x_api_secret is not None:
                break
        return found, interpreter, carriers

    def _proved(self, carriers: list[Carrier]) -> Evidence:
        signed = [one for one in carriers if is_complete(one)]
        if len({(one.x_api_secret, one.secret) for one in signed}) != 1:
            return Evidence()
        salts = frozenset[Salt]().union(*(one.salts for one in signed))
        salt = _only({salt.value for salt in salts})
        # The known salt counts if the site shows it, and nothing else was seen to be sorted.
        is_known = salt is not None or (not salts and bool(self.bundle_of(KNOWN_SALT)))
        sure = are_sure(signed, salts) and not contradicted(carriers)
        found = signed[0]
        return Evidence(
            found.x_api_secret,
            found.secret,
            salt,
            proved=sure and is_known,
            conclusive=sure and salt is not None,
        )

    def _with_plausible_api_secret(
        self, interpreter: Interpreter, shown: set[str]
    ) -> dict[str, Module]:
        """Return the scripts that set plausible API secrets, without those that are shown."""
        found: dict[str, Module] = {}
        for module in self._modules.values():
            found |= dict.fromkeys(_plausible(interpreter, module, API_SECRET) - shown, module)
        return found

    def _likely(self, interpreter: Interpreter, carriers: list[Carrier]) -> Evidence:
        shown = {text for owner in interpreter.objects.printed for text in _texts(owner)}
        found = self._with_plausible_api_secret(interpreter, shown)
        if len(found) != 1:
            return Evidence()
        ((api_secret, module),) = found.items()
        beside = list(filter(is_telling, (one for one in carriers if one.module is module)))
        secrets = {one.secret for one in beside if one.secret}
        secrets = secrets or (_plausible(interpreter, module, SECRET) - {api_secret} - shown)
        salts = {salt.value for one in beside for salt in one.salts}
        salts = salts or _sorted_in(interpreter, module)
        return Evidence(api_secret, _only(secrets), _only(salts))


def _only(values: Collection[str | None]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None


def _texts(owner: Obj) -> Iterator[str]:
    return (text for text in owner.properties.values() if isinstance(text, str))


def _sorted_in(interpreter: Interpreter, module: Module) -> set[str | None]:
    """Return the constants of the lists that a script sorts."""
    visits = Visits(interpreter)
    for place in _places(module, "sort"):
        visits.visit(module, place)
    return {salt.value for salt in interpreter.salts}


def _places(module: Module, name: str) -> Iterator[int]:
    """Yield where the name of a header stands as code."""
    for token, places in module.script.places.items():
        text = string_value(token) if is_string(token) else token
        if len(text) == len(name) and text.lower() == name:
            yield from places[:MAX_PLACES]


def _at(interpreter: Interpreter, module: Module, index: int) -> Value:
    """Return what the expression at an index stands for."""

    def evaluate() -> Value:
        env = interpreter.statics.env_at(module, index)
        return interpreter.evaluate(module.expression(index), env)

    return interpreter.attempt(evaluate, STEPS_PER_VALUE, module)


def _plausible(interpreter: Interpreter, module: Module, name: str) -> set[str]:
    """Return the plausible values that a script sets under a name."""
    found: set[str] = set()
    for place in _places(module, name):
        value = _value_at(module, place)
        if value >= 0:
            text = known_text(_at(interpreter, module, value))
            if text is not None and _PLAUSIBLE.fullmatch(text):
                found.add(text)
    return found


def _value_at(module: Module, place: int) -> int:
    """Return where the value begins that is set under a name; -1 if none is."""
    tokens = module.script.tokens
    for words in ([":"], ["="], ["]", "="], [","]):
        if module.script.matches(place + 1, *words) and (
            words != [","] or is_string(tokens[place])
        ):
            return place + 1 + len(words)
    return -1
