"""From the site's index page to the constants that it signs requests with, as a browser would go.

The way is that of docs/protocol.md, section 2: the scripts that the page loads, what they import,
and what their bundler's map of chunks names, until they tell what is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from magickpen.core.context import Context
from magickpen.core.discovery import Cache, Discovery, Document
from magickpen.core.effects import Flow, Run
from magickpen.core.errors import CredentialsError, MagickPenError, NotFoundError, ResponseError
from magickpen.core.http import Head
from magickpen.core.refusals import is_challenge, is_html, refusal
from magickpen.core.runtime import Runtime
from magickpen.core.signing import KNOWN_SALT, SiteSecrets
from magickpen.core.site_reading import PageRead, SiteReading
from magickpen.discovery.constants import Constants, Scripts
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.links import ScriptLinks
from magickpen.discovery.page import Likelihood, Link, Page, read_page
from magickpen.discovery.reader import SiteReader

READINGS = 2
"""How often the index page is read, where it names a script that a deployment has just replaced."""


def discover(context: Context, cache: Cache) -> Flow[Discovery]:
    """Find the constants of the site that the settings name.

    Args:
        context: that of the call that needs them.
        cache: what was read the last time; what is read now takes its place.

    Raises:
        CredentialsError: the site was read, and does not tell them.
        MagickPenError: the site could not be read.
    """
    return (yield from _Search(context, cache).run())


class _Search:
    def __init__(self, context: Context, cache: Cache) -> None:
        self._limits = context.settings.discovery_limits
        self._index_url = f"{context.settings.base_url}/"
        self._runtime = context.runtime
        self._call_deadline = context.deadline
        limited = context.within(self._limits.seconds)
        self._deadline = limited.deadline
        self._reader = SiteReader(limited, cache)
        self._page = Page(self._index_url)
        self._scripts = Scripts(self._resolve, page_url=self._index_url)
        self._links = ScriptLinks(self._index_url, self._page.import_map)
        self._constants = Constants(None, None, None, False, ())
        self._waiting: dict[str, Likelihood] = {}
        self._other_urls: dict[str, tuple[str, ...]] = {}
        self._asked_for = {self._index_url}
        self._script_count = 0
        self._pages: list[PageRead] = []
        self._failures: list[MagickPenError] = []
        self._replaced = False
        self._limit_reached = ""
        self._clock_offset: float | None = None

    def run(self) -> Flow[Discovery]:
        for _ in range(READINGS):
            self._replaced = False
            index = yield from self._read(self._index_url, self._reader.read)
            if index is not None:
                yield from self._take_in_index(index)
                yield from self._read_scripts()
            if self._constants.sure or self._limit_reached or not self._replaced:
                break
        if not self._constants.sure:
            self._constants = yield from Run(partial(self._scripts.constants, thorough=True))
        return self._discovery()

    def _resolve(self, importer: str, name: str) -> str:
        return self._page.import_map.resolve(importer, name)

    def _take_in_index(self, index: Document) -> Flow[None]:
        if is_challenge(index.head, index.text):
            raise refusal(index.head, index.body, index.url, self._runtime.time())
        self._clock_offset = _clock_offset(index.head, self._runtime)
        self._page = read_page(index.text, index.url)
        self._links = ScriptLinks(self._page.base, self._page.import_map)
        self._expect(self._page.links)
        for number, text in enumerate(self._page.inline):
            yield from self._take_in(f"{self._page.base}#script-{number}", text)

    def _read_scripts(self) -> Flow[None]:
        while self._waiting and not self._constants.sure and not self._at_limit():
            url = min(self._waiting, key=self._waiting.__getitem__)
            del self._waiting[url]
            self._asked_for.add(url)
            self._script_count += 1
            script = yield from self._read(url, self._read_script)
            if script is not None:
                # A redirect leads to what may be waiting under its own name.
                self._asked_for.add(script.url)
                self._waiting.pop(script.url, None)
                yield from self._take_in(script.url, script.text)

    def _read(self, url: str, read: Callable[[str], Flow[Document]]) -> Flow[Document | None]:
        """Read a document; None where it cannot be read, and others may do without it."""
        try:
            document = yield from read(url)
        except MagickPenError as failure:
            at_limit = self._at_limit()
            if self._call_deadline.passed or (url == self._index_url and not at_limit):
                raise
            self._pages.append(PageRead(url, 0, failure.message))
            if at_limit:
                return None
            others = self._other_urls.pop(url, ())
            if others:
                self._expect([Link(others[0], Likelihood.NEEDED, others[1:])])
            elif isinstance(failure, NotFoundError):
                self._replaced = True
            elif not isinstance(failure, ResponseError):
                self._failures.append(failure)
            return None
        self._pages.append(PageRead(document.url, len(document.body)))
        return document

    def _read_script(self, url: str) -> Flow[Document]:
        script = yield from self._reader.read(url)
        if is_html(script.head, script.body):
            # A static host answers with its fallback page for what it does not have.
            raise NotFoundError("a page instead of a script", status_code=script.head.status)
        return script

    def _take_in(self, url: str, text: str) -> Flow[None]:
        links = yield from Run(partial(self._understand, url, text))
        self._expect(links)
        self._expect(Link(url, Likelihood.NEEDED) for url in self._constants.missing)

    def _understand(self, url: str, text: str) -> list[Link]:
        module = Module(url, text)
        self._scripts.add(module)
        self._constants = self._scripts.constants()
        return list(self._links.of(module))

    def _expect(self, links: Iterable[Link]) -> None:
        for url, likelihood, others in links:
            if url and url not in self._asked_for:
                self._waiting[url] = min(likelihood, self._waiting.get(url, likelihood))
                self._other_urls[url] = others

    def _at_limit(self) -> bool:
        """Whether nothing more may be read; which limit says so is told in the error."""
        limits = self._limits
        if self._script_count >= limits.max_scripts:
            self._limit_reached = f"max_scripts={limits.max_scripts}"
        elif self._reader.full:
            self._limit_reached = f"max_total_bytes={limits.max_total_bytes}"
        elif self._deadline.passed:
            self._limit_reached = f"seconds={limits.seconds:g}"
        return bool(self._limit_reached)

    def _discovery(self) -> Discovery:
        x_api_secret, secret, salt = self._constants[:3]
        names = {"X-API-Secret": x_api_secret, "secret": secret, "salt": salt}
        found = tuple(name for name, value in names.items() if value is not None)
        reading = SiteReading(tuple(self._pages), found, self._clock_offset)
        if x_api_secret is not None and secret is not None:
            secrets = SiteSecrets(x_api_secret, secret, salt or KNOWN_SALT)
            return Discovery(secrets, self._scripts.bundle_of(x_api_secret), reading)
        if self._failures:
            raise self._failures[0]
        missing = [name for name in names if name not in found]
        message = "the scripts of the site do not tell what signs a request"
        message += f": found {', '.join(found) or 'nothing'}; not found {', '.join(missing)}"
        if self._limit_reached:
            message += f". The search ended at discovery_limits: {self._limit_reached}"
        raise CredentialsError(message, reading=reading, url=self._index_url)


def _clock_offset(head: Head, runtime: Runtime) -> float | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  it takes long to import

    try:
        return parsedate_to_datetime(head.headers["date"]).timestamp() - runtime.time()
    except (KeyError, ValueError, OverflowError):
        return None
