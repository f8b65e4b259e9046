"""Reads pages and scripts of the site: redirects, retries, limits, and what has not changed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from magickpen.core.addresses import Reach, objection, origin_of, reach_of_url
from magickpen.core.context import Context
from magickpen.core.discovery import Cache, Document
from magickpen.core.effects import Flow, Read
from magickpen.core.endpoints import page_headers
from magickpen.core.errors import MagickPenError, ResponseError
from magickpen.core.exchange import Attempts, exchange
from magickpen.core.http import Head, Request
from magickpen.core.refusals import BODY_LIMIT, is_challenge, refusal
from magickpen.discovery.urls import joined

REDIRECTS = (301, 302, 303, 307, 308)


class SiteReader:
    """Reads documents of a site, one after another, within its limits.

    Args:
        context: its deadline is that of the whole reading.
        cache: what was read the last time; what is read now takes its place.
    """

    def __init__(self, context: Context, cache: Cache) -> None:
        self._context = context
        self._settings = context.settings
        self._last_time = dict(cache)
        self._cache = cache
        self._cache.clear()
        self._limits = context.settings.discovery_limits
        self._redact = context.settings.redactor()
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
        redirects = 0
        try:
            while True:
                self._check_address(url)
                may_redirect = redirects < self._limits.max_redirects
                fetch = partial(self._fetch, url, may_redirect=may_redirect)
                found = yield from Attempts(repeatable=True).run(fetch, self._context)
                if isinstance(found, Document):
                    return found
                redirects += 1
                url = found
        except MagickPenError as error:
            # Where a site redirects to may repeat the user's headers, too.
            error.redact(self._redact)
            error.url = self._redact(error.url)
            raise

    def _check_address(self, url: str) -> None:
        site = self._settings.base_url
        reason = objection(url, site, allow_private=self._limits.allow_private)
        if reason:
            raise ResponseError(f"the site leads to {url[:200]}: {reason}", url=site)

    def _request(self, url: str, known: Document | None) -> Request:
        site = self._settings.base_url
        cross_origin = origin_of(url) != origin_of(site)
        public = reach_of_url(site) is Reach.PUBLIC and not self._limits.allow_private
        validators: Mapping[str, str] = {} if known is None else known.validators
        own: Mapping[str, str] = {} if cross_origin else self._settings.headers
        return Request(
            method="GET",
            url=url,
            headers={**page_headers(), **own, **validators},
            timeout=self._settings.timeout,
            deadline=self._context.deadline,
            cross_origin=cross_origin,
            public_only=cross_origin and public,
        )

    def _fetch(self, url: str, *, may_redirect: bool) -> Flow[Document | str]:
        """Return the document under a URL, or the URL that it redirects to."""
        known = self._last_time.get(url)

        def accepts(head: Head) -> bool:
            return (
                head.status == 200
                or (head.status == 304 and known is not None)
                or (may_redirect and bool(redirect_target(head, url)))
            )

        head = yield from exchange(
            self._request(url, known),
            self._context,
            accepts=accepts,
            refusal=refusal,
            redact=self._redact,
        )
        if target := redirect_target(head, url):
            yield from Read(BODY_LIMIT)
            return target
        limit = min(self._limits.max_script_bytes, self._limits.max_total_bytes - self._read)
        body = yield from Read(limit + 1)
        self._read += len(body)
        if len(body) > limit:
            raise ResponseError(f"it is longer than the limit of {limit} bytes", url=url)
        start = self._redact(body[:BODY_LIMIT].decode("utf-8", "replace")).encode()
        if is_challenge(head, start):
            raise refusal(head, start, url, self._context.runtime.time())
        document = Document(url, head, body)
        if head.status == 304 and known is not None:
            document = known
        if document.validators:
            self._cache[url] = document
        return document


def redirect_target(head: Head, url: str) -> str:
    """Return where a response redirects to; "" if it does not."""
    if head.status not in REDIRECTS:
        return ""
    location = head.headers.get("location", "")
    target = joined(url, location) if location else ""
    return target if target != url else ""
