"""The command `magickpen`."""

from __future__ import annotations

import sys
from typing import NoReturn

INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command and exit with its status."""
    try:
        from magickpen.cli.app import run  # noqa: PLC0415  its extra may be missing

        sys.exit(run())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except ModuleNotFoundError as error:
        if error.name not in ("click", "platformdirs"):
            raise
        sys.exit("magickpen: the command needs an extra: pip install 'magickpen[cli]'")
