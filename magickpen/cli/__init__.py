"""The command `magickpen`."""

from __future__ import annotations

import contextlib
import sys
from typing import NoReturn

from magickpen.version import __version__

INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command and exit with its status."""
    try:
        if sys.argv[1:] in (["-V"], ["--version"]) and sys.stdout is not None:
            # Without the imports of the commands. If the output fails, `run` says so.
            with contextlib.suppress(OSError):
                print(f"magickpen, version {__version__}", flush=True)  # noqa: T201
                sys.exit(0)
        from magickpen.cli.app import run  # noqa: PLC0415  its extra may be missing

        sys.exit(run())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except ModuleNotFoundError as error:
        if error.name not in ("click", "platformdirs", "prompt_toolkit", "rich"):
            raise
        sys.exit("magickpen: the command needs an extra: pip install 'magickpen[cli]'")
