"""What the calls of a client know of the site, looked up by one of them at a time."""

from __future__ import annotations

import copy
from functools import partial

from magickpen.core.deadline import Deadline
from magickpen.core.discovery import Cache, Discover, Discovery
from magickpen.core.effects import Flow, Renew, Run
from magickpen.core.errors import MagickPenError
from magickpen.core.runtime import Runtime
from magickpen.core.secrets_store import SecretsStore
from magickpen.core.settings import Settings
from magickpen.core.signing import SiteSecrets


class Site:
    """Holds the site's secrets for all calls of a client.

    A call that needs secrets waits for the call that is looking them up, and takes over what that
    one found, its failure included. A leader that was cancelled, or whose own deadline passed,
    tells nothing about the site; the next call in line leads then.

    Args:
        discover: reads the site.
        secrets: those that the user gave.
        store: keeps them beyond the life of the client.
    """

    def __init__(
        self,
        discover: Discover,
        secrets: SiteSecrets | None = None,
        store: SecretsStore | None = None,
    ) -> None:
        self._discover = discover
        self._known = secrets
        self._store = store
        self._cache: Cache = {}
        self._failure: MagickPenError | None = None
        self._landed = 0

    def secrets(
        self,
        settings: Settings,
        runtime: Runtime,
        deadline: Deadline,
        rejected: SiteSecrets | None = None,
    ) -> Flow[SiteSecrets]:
        """Return the site's secrets, looking them up unless other ones than `rejected` are known.

        Secrets are compared by identity: equal ones that were looked up later are news, too.
        """
        if self._known is not None and self._known is not rejected:
            return self._known
        flight = self._flight(settings, runtime, deadline, rejected, joined=self._landed)
        return (yield from Renew(flight, deadline))

    def discovery(
        self, settings: Settings, runtime: Runtime, deadline: Deadline
    ) -> Flow[Discovery]:
        """Read the site, whatever is known of it, and keep the secrets that it has now."""
        return (yield from Renew(self._read(settings, runtime, deadline), deadline))

    def _read(self, settings: Settings, runtime: Runtime, deadline: Deadline) -> Flow[Discovery]:
        found = yield from self._discover(settings, runtime, deadline, self._cache)
        self._known = found.secrets
        if self._store is not None:
            yield from Run(partial(self._store.save, settings.base_url, found.secrets))
        return found

    def _flight(
        self,
        settings: Settings,
        runtime: Runtime,
        deadline: Deadline,
        rejected: SiteSecrets | None,
        joined: int,
    ) -> Flow[SiteSecrets]:
        if self._known is not None and self._known is not rejected:
            return self._known
        if self._failure is not None and self._landed != joined:
            # Each caller raises an error of its own: a traceback belongs to one thread.
            raise copy.copy(self._failure) from self._failure.__cause__
        if self._store is not None:
            stored = yield from Run(partial(self._store.load, settings.base_url))
            # Another process may have looked them up since.
            if stored is not None and stored != rejected:
                self._known = stored
                return stored
        try:
            found = yield from self._read(settings, runtime, deadline)
        except MagickPenError as failure:
            if not deadline.passed:
                self._failure = failure
                self._landed += 1
            raise
        self._failure = None
        self._landed += 1
        return found.secrets
