"""Logging, as configured by the environment. The log contains no secrets, prompts or answers."""

from __future__ import annotations

import logging
import os

from magickpen.core.checks import check_choice
from magickpen.core.effects import logger

VARIABLE = "MAGICKPEN_LOG"
LEVELS = ("debug", "info", "warning", "error")


def log_as_environment_says() -> None:
    """Send the log of "magickpen" to standard error, at the level in `MAGICKPEN_LOG`.

    Raises:
        ConfigurationError: the level is unknown.
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
