"""From the site's index page and bundles to its secrets (docs/protocol.md, section 2)."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit

from magickpen.core.deadline import Deadline
from magickpen.core.effects import Flow, Head, Read, Request
from magickpen.core.endpoints import page_headers
from magickpen.core.errors import APIStatusError, CredentialsError, MagickPenError, NotFoundError
from magickpen.core.exchange import Retries, exchange
from magickpen.core.refusals import is_challenge, is_html, refusal
from magickpen.core.runtime import Runtime
from magickpen.core.settings import Settings
from magickpen.core.signing import KNOWN_SALT, SiteSecrets

MAX_BUNDLES = 64
MAX_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
PAGE_LIMIT = 16 * 1024 * 1024
"""How many bytes of a page or bundle are read."""

READINGS = 2
"""How often the index page is read, where it names a bundle that a deployment has just replaced."""

_API_SECRET = re.compile(r"""(["'`])x-api-secret\1:(["'`])(\w{8,64})\2""", re.IGNORECASE)
_SECRET = re.compile(r"""[{,]secret:(["'`])(\w{8,64})\1""")
_SALT = re.compile(r"""\[(["'`])(\w{4,64})\1,[\w$]+,[\w$]+\][^\]]{0,80}\.sort\(\)""")


class Page(NamedTuple):
    """What was read under a URL, the last one where the site redirected."""

    url: str
    head: Head
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class _BundleLinks(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        kinds = attributes.get("rel", "").lower().split()
        link = ""
        if tag == "base" and not self.base:
            self.base = attributes.get("href", "")
        elif tag == "script":
            link = attributes.get("src", "")
        elif tag == "link" and ("modulepreload" in kinds or attributes.get("as") == "script"):
            link = attributes.get("href", "")
        if link:
            self.links.append(link)


def find_bundles(html: str, url: str) -> list[str]:
    """Return the URLs of the bundles that a page names, those of its own origin first.

    Args:
        html: the page.
        url: where it came from.
    """
    parser = _BundleLinks()
    parser.feed(html)
    parser.close()
    base = urljoin(url, parser.base)
    absolute = (urldefrag(urljoin(base, link)).url for link in parser.links)
    bundles = dict.fromkeys(b for b in absolute if urlsplit(b).scheme in ("http", "https"))
    own = urlsplit(url).netloc
    return sorted(bundles, key=lambda bundle: urlsplit(bundle).netloc != own)[:MAX_BUNDLES]


def find_secrets(javascript: str) -> SiteSecrets | None:
    """Return the secrets that a bundle holds, or None where it does not hold both.

    Of several values called `secret`, the one nearest to the API secret is taken: forms and
    libraries have options of the same name.
    """
    api_secret = _API_SECRET.search(javascript)
    if api_secret is None:
        return None
    place = api_secret.start()
    secret = min(
        _SECRET.finditer(javascript), key=lambda match: abs(match.start() - place), default=None
    )
    if secret is None:
        return None
    salt = _SALT.search(javascript)
    return SiteSecrets(api_secret[3], secret[2], salt[2] if salt else KNOWN_SALT)


def discover(settings: Settings, runtime: Runtime, deadline: Deadline) -> Flow[SiteSecrets]:
    """Read the index page and then its bundles, until one of them holds the secrets.

    Raises:
        CredentialsError: none of them does.
        MagickPenError: the site could not be read.
    """
    reader = _Reader(settings, runtime, deadline)
    searched: list[str] = []
    for _ in range(READINGS):
        index = yield from reader.read(f"{settings.base_url}/")
        if is_challenge(index.head, index.text):
            raise refusal(index.head, index.body, index.url, runtime.time())
        searched.append(f"{index.url}: {len(index.body)} bytes")
        failures: list[MagickPenError] = []
        for url in find_bundles(index.text, index.url):
            try:
                bundle = yield from reader.read_bundle(url)
            except MagickPenError as error:
                if deadline.passed:
                    raise
                failures.append(error)
                searched.append(f"{url}: {error.message}")
                continue
            if secrets := find_secrets(bundle.text):
                return secrets
            searched.append(f"{url}: {len(bundle.body)} bytes, no constants")
        for failure in failures:
            if not isinstance(failure, NotFoundError):
                raise failure
        if not failures:
            break
    raise CredentialsError(
        "the site's bundles do not hold the constants that sign a request",
        url=f"{settings.base_url}/",
        searched=tuple(searched),
    )


class _Reader:
    """Reads pages of the site: follows redirects, and sends again what failed."""

    def __init__(self, settings: Settings, runtime: Runtime, deadline: Deadline) -> None:
        self._settings = settings
        self._runtime = runtime
        self._deadline = deadline
        self._headers = {**page_headers(), **settings.headers}

    def read(self, url: str) -> Flow[Page]:
        retries = Retries(
            self._settings.max_retries,
            idempotent=True,
            runtime=self._runtime,
            deadline=self._deadline,
        )
        attempts = redirects = 0
        while True:
            attempts += 1
            outcome = yield from self._fetch(url)
            if isinstance(outcome, Page):
                return outcome
            outcome.attempts = attempts
            location = redirect_target(outcome, url)
            if location and redirects < MAX_REDIRECTS:
                redirects += 1
                attempts, url = 0, location
                continue
            yield from retries.pause(outcome)

    def read_bundle(self, url: str) -> Flow[Page]:
        bundle = yield from self.read(url)
        if is_html(bundle.head, bundle.body):
            # A static host answers with its fallback page for what it does not have.
            raise NotFoundError("a page instead of a script", status_code=bundle.head.status)
        return bundle

    def _fetch(self, url: str) -> Flow[Page | MagickPenError]:
        request = Request(
            method="GET",
            url=url,
            headers=self._headers,
            timeout=self._settings.timeout,
            deadline=self._deadline,
        )
        outcome = yield from exchange(request, _is_page, self._runtime)
        if isinstance(outcome, MagickPenError):
            return outcome
        try:
            body = yield from Read(PAGE_LIMIT)
        except MagickPenError as failure:
            return failure
        return Page(url, outcome, body)


def _is_page(head: Head) -> bool:
    return head.status == 200


def redirect_target(failure: MagickPenError, url: str) -> str:
    """Return where a failure redirects to; "" where it does not."""
    if not isinstance(failure, APIStatusError) or failure.status_code not in REDIRECTS:
        return ""
    target = urljoin(url, failure.headers.get("location", ""))
    return target if urlsplit(target).scheme in ("http", "https") and target != url else ""
