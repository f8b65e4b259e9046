"""The command `magickpen`."""

from __future__ import annotations

import sys

from magickpen.version import __version__

# As in `typing`, whose import takes long: an interruption shows a traceback until `main` runs.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import NoReturn

# The exit statuses.
FAILED = 1
WRONG_USAGE = 2
RATE_LIMITED = 3
INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command and exit with its status."""
    try:
        if sys.argv[1:] in (["-V"], ["--version"]) and sys.stdout is not None:
            # Without the imports of the commands. If the output fails, `run` says so.
            try:
                print(f"magickpen, version {__version__}", flush=True)  # noqa: T201
                sys.exit(0)
            except OSError:
                pass
        from magickpen.cli.app import run  # noqa: PLC0415  its extra may be missing

        sys.exit(run())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except ModuleNotFoundError as error:
        if error.name not in ("click", "platformdirs", "prompt_toolkit", "rich"):
            raise
        sys.exit("magickpen: the command needs an extra: pip install 'magickpen[cli]'")
