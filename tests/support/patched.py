"""A module that is another one in some of its functions, to a module that uses it."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any


class Patched:
    """A module with another function in the place of one of its own."""

    def __init__(self, module: ModuleType, **functions: Callable[..., object]) -> None:
        self._module = module
        self.__dict__.update(functions)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)
