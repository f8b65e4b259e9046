"""From the site's index page to the constants that it signs requests with, as a browser would go.

The way is that of docs/protocol.md, section 2: the scripts that the page loads, what they import,
and what their bundler's map of chunks names, until they tell what is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from magickpen.core.context import Context
from magickpen.core.discovery import Cache, Discovery, Document
from magickpen.core.effects import Flow, Run
from magickpen.core.errors import CredentialsError, MagickPenError, NotFoundError, ResponseError
from magickpen.core.http import Head
from magickpen.core.pages import is_page
from magickpen.core.runtime import Runtime
from magickpen.core.signing import KNOWN_SALT, SiteSecrets
from magickpen.core.site_reading import PageRead, SiteReading
from magickpen.discovery.evidence import Evidence, Scripts
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.tokens import Work
from magickpen.discovery.links import ScriptLinks
from magickpen.discovery.page import Page, read_page
from magickpen.discovery.reader import SiteReader
from magickpen.discovery.urls import joined
from magickpen.discovery.waiting import Likelihood, Link, Waiting

READINGS = 2
"""How often the index page is read, if it names a script that a deployment has just replaced."""


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
        site = f"{context.settings.base_url}/"
        self._index_url = joined(site, site) or site
        self._limits = context.settings.discovery_limits
        self._redact = context.settings.redactor()
        self._runtime = context.runtime
        self._call_deadline = context.deadline
        limited = context.within(self._limits.seconds)
        self._deadline = limited.deadline
        self._reader = SiteReader(limited, cache)
        self._page = Page(self._index_url)
        self._ended = False
        self._scripts = Scripts(self._resolve, page_url=self._index_url, expired=self._expired)
        self._links = ScriptLinks(self._index_url, self._resolve)
        self._evidence = Evidence()
        self._waiting = Waiting()
        self._waiting.discard(self._index_url)
        self._script_count = 0
        self._pages: list[PageRead] = []
        self._failures: list[MagickPenError] = []
        self._replaced = False
        self._limit_reached = ""
        self._clock_offset: float | None = None

    def run(self) -> Flow[Discovery]:
        try:
            for _ in range(READINGS):
                self._replaced = False
                yield from self._read_index()
                yield from self._read_scripts()
                if self._evidence.conclusive or self._limit_reached or not self._replaced:
                    break
            if self._call_deadline.passed and not self._evidence.conclusive:
                raise self._call_deadline.error(self._index_url)
            if self._deadline.passed:
                self._at_limit()
            if not self._evidence.conclusive:
                self._evidence = yield from Run(partial(self._scripts.evidence, all_read=True))
            return self._discovery()
        finally:
            # A thread that was left behind, since the call was cancelled, looks at it.
            self._ended = True

    def _expired(self) -> bool:
        return self._ended or self._deadline.passed

    def _resolve(self, importer: str, name: str) -> str:
        return self._page.import_map.resolve(importer, name)

    def _read_index(self) -> Flow[None]:
        try:
            index = yield from self._reader.read(self._index_url)
        except MagickPenError as failure:
            if self._call_deadline.passed or not self._at_limit():
                raise
            self._note(self._index_url, 0, failure.message)
            return
        self._note(index.url, len(index.body))
        self._clock_offset = _clock_offset(index.head, self._runtime)
        self._page = yield from Run(partial(self._understand_page, index))
        self._links = ScriptLinks(self._page.base, self._resolve)
        for link in self._page.links:
            self._waiting.add(link)
        for number, text in enumerate(self._page.inline):
            url = f"{self._page.base}#script-{number}"
            script = Document(url, index.head, text.encode("utf-8", "replace"))
            yield from Run(partial(self._understand_script, script))

    def _read_scripts(self) -> Flow[None]:
        while not self._evidence.conclusive and (link := self._waiting.next()) is not None:
            if self._at_limit():
                break
            self._script_count += 1
            try:
                script = yield from self._read_script(link.url)
            except MagickPenError as failure:
                self._do_without(link, failure)
            else:
                # A redirect leads to what may be waiting under its own name.
                self._waiting.discard(script.url)
                self._note(script.url, len(script.body))
                yield from Run(partial(self._understand_script, script))

    def _read_script(self, url: str) -> Flow[Document]:
        script = yield from self._reader.read(url)
        if is_page(script.head.headers, script.body):
            # A static host answers with its fallback page for what it does not have.
            raise NotFoundError("a page instead of a script", status_code=script.head.status)
        return script

    def _do_without(self, link: Link, failure: MagickPenError) -> None:
        """Look for a script that could not be read in another place, or go on without it."""
        if self._call_deadline.passed:
            raise failure
        self._note(link.url, 0, failure.message)
        if self._at_limit():
            return
        if link.others:
            self._waiting.add(Link(link.others[0], Likelihood.NEEDED, link.others[1:]))
        elif isinstance(failure, NotFoundError):
            self._replaced = True
        elif not isinstance(failure, ResponseError):
            self._failures.append(failure)

    def _note(self, url: str, size: int, problem: str = "") -> None:
        # A site may write the user's headers into its links.
        self._pages.append(PageRead(self._redact(url), size, problem))

    def _understand_page(self, index: Document) -> Page:
        text = index.text
        return read_page(text, index.url, Work(len(text), self._expired))

    def _understand_script(self, script: Document) -> None:
        if self._expired():
            return
        module = Module(script.url, script.text, self._expired)
        self._scripts.add(module)
        self._evidence = self._scripts.evidence()
        for link in self._links.of(module):
            self._waiting.add(link)
        for missing in self._evidence.missing:
            self._waiting.add(Link(missing, Likelihood.NEEDED))

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
        x_api_secret, secret, salt = self._evidence[:3]
        names = {"X-API-Secret": x_api_secret, "secret": secret, "salt": salt}
        found = tuple(name for name, value in names.items() if value is not None)
        reading = SiteReading(tuple(self._pages), found, self._clock_offset)
        # What is likely may turn out to be wrong in a script that was not read.
        enough = self._evidence.proved or not self._limit_reached
        if x_api_secret is not None and secret is not None and enough:
            proved = self._evidence.proved
            secrets = SiteSecrets(x_api_secret, secret, salt or KNOWN_SALT, proved=proved)
            return Discovery(secrets, self._scripts.bundle_of(x_api_secret), reading)
        raise self._failures[0] if self._failures else self._not_found(names, reading)

    def _not_found(self, names: Iterable[str], reading: SiteReading) -> CredentialsError:
        missing = [name for name in names if name not in reading.found]
        message = "the scripts of the site do not tell what signs a request: found "
        message += f"{', '.join(reading.found) or 'nothing'}; not found {', '.join(missing)}"
        if self._limit_reached:
            message += f". The search ended at discovery_limits: {self._limit_reached}"
        return CredentialsError(message, reading=reading, url=self._index_url)


def _clock_offset(head: Head, runtime: Runtime) -> float | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  it takes long to import

    try:
        return parsedate_to_datetime(head.headers["date"]).timestamp() - runtime.time()
    except (KeyError, ValueError, OverflowError):
        return None
