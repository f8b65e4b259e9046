"""The defaults of the settings, which the command line shows before it imports anything else."""

from __future__ import annotations

from typing import Literal, TypeAlias

# docs/protocol.md, section 1.
SITE_URL = "https://magickpen.com"
API_URL = "https://api.magickpen.com"
MODELS = ("gpt-4o-mini",)

EndpointName: TypeAlias = Literal["ask", "chat"]

DEFAULT_TIMEOUT = 60.0
DEFAULT_DEADLINE = 600.0
DEFAULT_MAX_RETRIES = 2

LONGEST_WAIT = 1.0
"""Seconds after which a thread that waits looks whether it was interrupted.

A signal that comes at the moment before a wait does not end it.
"""
