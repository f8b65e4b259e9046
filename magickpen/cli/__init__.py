"""The command `magickpen`."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command and exit with its status."""
    try:
        from magickpen.cli.app import run  # noqa: PLC0415  its extra may be missing
    except ModuleNotFoundError as error:
        if error.name not in ("click", "platformdirs"):
            raise
        sys.exit("magickpen: the command needs an extra: pip install 'magickpen[cli]'")
    sys.exit(run())
