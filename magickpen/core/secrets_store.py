"""Where the secrets of sites are kept beyond the life of a client."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from magickpen.core.signing import SiteSecrets


@runtime_checkable
class SecretsStore(Protocol):
    """Keeps the secrets of sites, and whether they are proved.

    What it raises goes to the caller of the client. An async client calls it in a thread of its
    own, so both methods may block.
    """

    def load(self, site: str) -> SiteSecrets | None:
        """Return the secrets of the site with this URL; None where none are kept."""
        ...

    def save(self, site: str, secrets: SiteSecrets) -> None:
        """Keep the secrets of the site with this URL, in the place of older ones."""
        ...
