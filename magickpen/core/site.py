"""What the calls of a client know of the site, looked up by one of them at a time."""

from __future__ import annotations

import copy

from magickpen.core.deadline import Deadline
from magickpen.core.discovery import discover
from magickpen.core.effects import Flow, Renew
from magickpen.core.errors import MagickPenError
from magickpen.core.runtime import Runtime
from magickpen.core.settings import Settings
from magickpen.core.signing import SiteSecrets


class Site:
    """Holds the site's secrets for all calls of a client.

    A call that needs secrets waits for the call that is looking them up, and takes over what that
    one found, its failure included. A leader that was cancelled, or whose own deadline passed,
    tells nothing about the site; the next call in line leads then.
    """

    def __init__(self, secrets: SiteSecrets | None = None) -> None:
        self._known = secrets
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
        try:
            self._known = yield from discover(settings, runtime, deadline)
        except MagickPenError as failure:
            if not deadline.passed:
                self._failure = failure
                self._landed += 1
            raise
        self._failure = None
        self._landed += 1
        return self._known
