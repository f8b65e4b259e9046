"""Reads pages and scripts of the site: redirects, retries, limits, and what has not changed."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin

from magickpen.core.addresses import Reach, objection, origin_of, reach_of_url
from magickpen.core.deadline import Deadline
from magickpen.core.discovery import Cache, Document
from magickpen.core.effects import Flow, Read
from magickpen.core.endpoints import page_headers
from magickpen.core.errors import APIStatusError, MagickPenError, ResponseError
from magickpen.core.exchange import Retries, exchange
from magickpen.core.http import Head, Request
from magickpen.core.refusals import refusal
from magickpen.core.runtime import Runtime
from magickpen.core.settings import Settings

REDIRECTS = (301, 302, 303, 307, 308)


class SiteReader:
    """Reads documents of a site, one after another, within its limits.

    Args:
        settings: with the URL of the site, and the limits.
        runtime: clocks and randomness.
        deadline: when the whole reading has to be over.
        cache: what was read the last time; what is read now takes its place.
    """

    def __init__(
        self, settings: Settings, runtime: Runtime, deadline: Deadline, cache: Cache
    ) -> None:
        self._settings = settings
        self._runtime = runtime
        self._deadline = deadline
        self._last_time = dict(cache)
        self._cache = cache
        self._cache.clear()
        self._limits = settings.discovery_limits
        self._read = 0

    @property
    def full(self) -> bool:
        """Whether as many bytes were read as may be."""
        return self._read >= self._limits.max_total_bytes

    def read(self, url: str) -> Flow[Document]:
        """Read the document under a URL.

        Raises:
            MagickPenError: it could not be read, is too long, or lies where the site may not lead.
        """
        retries = Retries(
            self._settings.max_retries,
            repeatable=True,
            runtime=self._runtime,
            deadline=self._deadline,
        )
        attempts = redirects = 0
        while True:
            self._check_address(url)
            attempts += 1
            outcome = yield from self._fetch(url)
            if isinstance(outcome, Document):
                return outcome
            outcome.attempts = attempts
            location = redirect_target(outcome, url)
            if location and redirects < self._limits.max_redirects:
                redirects += 1
                attempts, url = 0, location
                continue
            yield from retries.pause(outcome)

    def _check_address(self, url: str) -> None:
        site = self._settings.base_url
        reason = objection(url, site, allow_private=self._limits.allow_private)
        if reason:
            raise ResponseError(f"the site leads to {url[:200]}: {reason}", url=site)

    def _request(self, url: str, known: Document | None) -> Request:
        site = self._settings.base_url
        foreign = origin_of(url) != origin_of(site)
        public = reach_of_url(site) is Reach.PUBLIC and not self._limits.allow_private
        validators: Mapping[str, str] = {} if known is None else known.validators
        own: Mapping[str, str] = {} if foreign else self._settings.headers
        return Request(
            method="GET",
            url=url,
            headers={**page_headers(), **own, **validators},
            timeout=self._settings.timeout,
            deadline=self._deadline,
            foreign=foreign,
            public=foreign and public,
        )

    def _fetch(self, url: str) -> Flow[Document | MagickPenError]:
        known = self._last_time.get(url)
        request = self._request(url, known)

        def accepts(head: Head) -> bool:
            return head.status == 200 or (head.status == 304 and known is not None)

        head = yield from exchange(request, accepts, refusal, self._runtime)
        if isinstance(head, MagickPenError):
            return head
        limit = min(self._limits.max_script_bytes, self._limits.max_total_bytes - self._read)
        try:
            body = yield from Read(limit + 1)
        except MagickPenError as failure:
            return failure
        self._read += len(body)
        if len(body) > limit:
            return ResponseError(f"it is longer than the limit of {limit} bytes", url=url)
        document = Document(url, head, body)
        if head.status == 304 and known is not None:
            document = known
        if document.validators:
            self._cache[url] = document
        return document


def redirect_target(failure: MagickPenError, url: str) -> str:
    """Return where a failure redirects to; "" where it does not."""
    if not isinstance(failure, APIStatusError) or failure.status_code not in REDIRECTS:
        return ""
    location = failure.headers.get("location", "")
    try:
        target = urljoin(url, location)
    except ValueError:
        return ""
    return target if location and target != url else ""
