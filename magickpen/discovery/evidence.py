"""What the scripts of a site tell of its constants, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from magickpen.discovery import constants
from magickpen.discovery.javascript.module import Module


class Evidence(NamedTuple):
    """What the scripts tell; None for a constant that was not found.

    Attributes:
        x_api_secret: the API secret.
        secret: the secret.
        salt: the salt.
        proved: whether all three were seen in the signing of a request.
        conclusive: whether no other script can tell better.
        missing: the URLs of scripts that would have to be read to tell more.
    """

    x_api_secret: str | None = None
    secret: str | None = None
    salt: str | None = None
    proved: bool = False
    conclusive: bool = False
    missing: tuple[str, ...] = ()


class Scripts:
    """The scripts of a site, as far as they were read.

    Args:
        resolve: makes a URL of a script's URL and what an import in it names.
        page_url: the URL of the page that runs them.
    """

    def __init__(self, resolve: Callable[[str, str], str], page_url: str) -> None:
        self._scripts = constants.Scripts(resolve, page_url=page_url)

    def add(self, module: Module) -> None:
        """Take in another script."""
        self._scripts.add(module)

    def bundle_of(self, value: str) -> str:
        """Return the URL of the script that a string is written in; "" if none has it."""
        return self._scripts.bundle_of(value)

    def evidence(self, *, all_read: bool = False) -> Evidence:
        """Return what the scripts tell by now.

        Args:
            all_read: whether no other script comes, and what takes long may be tried.
        """
        x_api_secret, secret, salt, sure, missing = self._scripts.constants(thorough=all_read)
        return Evidence(x_api_secret, secret, salt, salt is not None, sure, missing)
