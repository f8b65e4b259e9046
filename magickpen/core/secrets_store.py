"""The interfaces of stores, which keep the secrets of sites beyond the life of a client."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from magickpen.core.signing import SiteSecrets


@runtime_checkable
class SecretsStore(Protocol):
    """Keeps the secrets of sites, and whether they are proved.

    Its exceptions propagate to the caller of the client. Both methods may block: an async client
    calls them in a thread.
    """

    def load(self, site: str) -> SiteSecrets | None:
        """Return the secrets of the site with this URL, or None."""
        ...

    def save(self, site: str, secrets: SiteSecrets) -> None:
        """Keep the secrets of the site with this URL, replacing older ones."""
        ...


class Closable(Protocol):
    """Something that can be closed."""

    def close(self) -> object:
        """Close it."""
        ...


@runtime_checkable
class SharedStore(SecretsStore, Protocol):
    """A store that several processes share: while one reads a site, the others wait for it."""

    def try_lock(self) -> Closable | None:
        """Return what holds the lock until it is closed, or None if another process has it."""
        ...
