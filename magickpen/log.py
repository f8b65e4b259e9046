"""The log, where the environment asks for it. It holds no secret, no prompt and no answer."""

from __future__ import annotations

import logging
import os

from magickpen.core.checks import check_choice
from magickpen.core.effects import logger

VARIABLE = "MAGICKPEN_LOG"
LEVELS = ("debug", "info", "warning", "error")


def log_as_environment_says() -> None:
    """Write what the logger "magickpen" tells to standard error, from the level in `MAGICKPEN_LOG`.

    Raises:
        ConfigurationError: there is no such level.
    """
    level = os.environ.get(VARIABLE, "").lower()
    if not level:
        return
    check_choice(VARIABLE, level, LEVELS)
    logger.setLevel(level.upper())
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
        logger.addHandler(handler)
