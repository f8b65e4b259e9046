"""A local MagickPen service, for use without a network and for testing.

    with Emulator() as service:
        pen = MagickPen(base_url=service.url, api_url=service.url)

It is written from docs/protocol.md alone and imports nothing of the client.
"""

try:
    from magickpen.emulator.server import Emulator
except ImportError as _error:
    raise ImportError(
        "the emulator needs an extra: pip install 'magickpen[emulator]'", name=_error.name
    ) from _error
from magickpen.emulator.faults import (
    CutStream,
    Fault,
    HangUp,
    HtmlPage,
    RateLimit,
    Stall,
    Status,
)
from magickpen.emulator.received import Received
from magickpen.emulator.site import Secrets

__all__ = [
    "CutStream",
    "Emulator",
    "Fault",
    "HangUp",
    "HtmlPage",
    "RateLimit",
    "Received",
    "Secrets",
    "Stall",
    "Status",
]
