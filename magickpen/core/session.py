"""What the calls of a client share: the secrets of the site, and a single look-up of them."""

from __future__ import annotations

import copy
import itertools
from functools import partial
from typing import NamedTuple

from magickpen.core.context import Context
from magickpen.core.discovery import Cache, Discover, Discovery
from magickpen.core.effects import Exclusive, Flow, Mutex, Run, Sleep
from magickpen.core.errors import MagickPenError
from magickpen.core.secrets_store import Closable, SecretsStore, SharedStore
from magickpen.core.signing import SiteSecrets

LOCK_PATIENCE = 60.0
"""Seconds to wait for another process that reads the site."""

LOCK_INTERVAL = 0.05
"""Seconds between two looks at its lock."""


class Known(NamedTuple):
    """Secrets of the site, numbered in the order in which this session learned them."""

    generation: int
    secrets: SiteSecrets


class Session:
    """Holds the secrets of the site for all calls of a client.

    A call that needs secrets waits for the call that is looking them up, and shares its result or
    its failure. If that call is cancelled, or its deadline passes, the next one takes over: nothing
    is known about the site then.

    Args:
        discover: reads the site.
        secrets: the secrets that the user passed.
        store: keeps them beyond the life of the client.
    """

    def __init__(
        self,
        discover: Discover,
        secrets: SiteSecrets | None = None,
        store: SecretsStore | None = None,
    ) -> None:
        self._discover = discover
        self._store = store
        # Held by the call that reads the site.
        self._mutex = Mutex()
        self._generations = itertools.count(1)
        self._known = None if secrets is None else Known(next(self._generations), secrets)
        self._failure: MagickPenError | None = None
        self._failures = 0
        self._cache: Cache = {}

    @property
    def known(self) -> SiteSecrets | None:
        """The secrets that are known, or None."""
        return None if self._known is None else self._known.secrets

    def secrets(self, context: Context, rejected: int = 0) -> Flow[Known]:
        """Return secrets of the site newer than `rejected`, looking them up if necessary.

        Args:
            context: that of the call.
            rejected: the generation that the service refused.
        """
        known = self._known
        if known is not None and known.generation > rejected:
            return known
        flow = self._look_up(context, rejected, self._failures)
        return (yield from Exclusive(self._mutex, flow, context.deadline))

    def discovery(self, context: Context) -> Flow[Discovery]:
        """Read the site even if its secrets are known, and use those that it has now."""
        reading = yield from Exclusive(self._mutex, self._read(context), context.deadline)
        return reading.discovery

    def _look_up(self, context: Context, rejected: int, failures: int) -> Flow[Known]:
        # Another call may have finished while this one waited for the mutex.
        known = self._known
        if known is not None and known.generation > rejected:
            return known
        if self._failure is not None and self._failures != failures:
            # A copy for each caller, since a traceback belongs to one thread.
            raise copy.copy(self._failure) from self._failure.__cause__
        stored = yield from self._stored(context)
        if stored is not None:
            return stored
        if not isinstance(self._store, SharedStore):
            return (yield from self._read(context)).known
        lock = yield from _locked(self._store, context)
        try:
            # Another process may have read the site while this one waited.
            stored = yield from self._stored(context)
            return stored or (yield from self._read(context)).known
        finally:
            if lock is not None:
                lock.close()

    def _stored(self, context: Context) -> Flow[Known | None]:
        """Return newer secrets of the store, or None."""
        if self._store is None:
            return None
        stored = yield from Run(partial(self._store.load, context.settings.base_url))
        if stored is None or (self._known is not None and stored == self._known.secrets):
            return None
        return self._learn(stored)

    def _read(self, context: Context) -> Flow[_Reading]:
        try:
            found = yield from self._discover(context, self._cache)
        except MagickPenError as error:
            if not context.deadline.passed:
                # A copy, since the traceback would keep the caller's variables alive.
                self._failure = copy.copy(error)
                self._failure.__cause__ = error.__cause__
                self._failures += 1
            raise
        known = self._learn(found.secrets)
        if self._store is not None:
            yield from Run(partial(self._store.save, context.settings.base_url, found.secrets))
        return _Reading(known, found)

    def _learn(self, secrets: SiteSecrets) -> Known:
        self._known = known = Known(next(self._generations), secrets)
        return known


def _locked(store: SharedStore, context: Context) -> Flow[Closable | None]:
    """Wait for the process that reads the site; return None if it takes too long.

    Raises:
        APITimeoutError: the deadline has passed.
    """
    patience = context.within(LOCK_PATIENCE).deadline
    while (lock := (yield from Run(store.try_lock))) is None:
        if context.deadline.passed:
            raise context.deadline.error()
        if patience.passed:
            break
        yield from Sleep(patience.limit(LOCK_INTERVAL))
    return lock


class _Reading(NamedTuple):
    known: Known
    discovery: Discovery
