"""MagickPen, an AI writing service, for Python: blocking, asyncio and trio.

The names below are imported when they are first asked for, so that `import magickpen` is quick and
imports no HTTP library.
"""

from __future__ import annotations

from magickpen.version import __version__

# As in `typing`, whose import takes as long as all others together.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from magickpen.aio.batch import AsyncBatch
    from magickpen.aio.client import AsyncMagickPen
    from magickpen.aio.conversation import AsyncConversation
    from magickpen.aio.stream import AsyncStream
    from magickpen.core.batch import BatchPrompt, BatchResult
    from magickpen.core.discovery import Discovery
    from magickpen.core.discovery_limits import DiscoveryLimits
    from magickpen.core.errors import (
        APIConnectionError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        ChallengeError,
        ConfigurationError,
        CredentialsError,
        InternalServerError,
        MagickPenError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        ResponseError,
        StreamInterruptedError,
    )
    from magickpen.core.messages import Message, Messages, Role
    from magickpen.core.reply import Reply
    from magickpen.core.secrets_store import SecretsStore
    from magickpen.core.signing import ApiCredentials, SiteSecrets
    from magickpen.core.site_reading import PageRead, SiteReading
    from magickpen.options import CallOptions, ClientOptions
    from magickpen.secrets_store import FileStore, MemoryStore
    from magickpen.sync.batch import Batch
    from magickpen.sync.client import MagickPen
    from magickpen.sync.conversation import Conversation
    from magickpen.sync.stream import Stream

_ROOMS = {
    "aio.batch": ("AsyncBatch",),
    "aio.client": ("AsyncMagickPen",),
    "aio.conversation": ("AsyncConversation",),
    "aio.stream": ("AsyncStream",),
    "core.batch": ("BatchPrompt", "BatchResult"),
    "core.discovery": ("Discovery",),
    "core.discovery_limits": ("DiscoveryLimits",),
    "core.errors": (
        "APIConnectionError",
        "APIStatusError",
        "APITimeoutError",
        "AuthenticationError",
        "BadRequestError",
        "ChallengeError",
        "ConfigurationError",
        "CredentialsError",
        "InternalServerError",
        "MagickPenError",
        "NotFoundError",
        "PermissionDeniedError",
        "RateLimitError",
        "ResponseError",
        "StreamInterruptedError",
    ),
    "core.messages": ("Message", "Messages", "Role"),
    "core.reply": ("Reply",),
    "core.secrets_store": ("SecretsStore",),
    "core.signing": ("ApiCredentials", "SiteSecrets"),
    "core.site_reading": ("PageRead", "SiteReading"),
    "options": ("CallOptions", "ClientOptions"),
    "secrets_store": ("FileStore", "MemoryStore"),
    "sync.batch": ("Batch",),
    "sync.client": ("MagickPen",),
    "sync.conversation": ("Conversation",),
    "sync.stream": ("Stream",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "ApiCredentials",
    "AsyncBatch",
    "AsyncConversation",
    "AsyncMagickPen",
    "AsyncStream",
    "AuthenticationError",
    "BadRequestError",
    "Batch",
    "BatchPrompt",
    "BatchResult",
    "CallOptions",
    "ChallengeError",
    "ClientOptions",
    "ConfigurationError",
    "Conversation",
    "CredentialsError",
    "Discovery",
    "DiscoveryLimits",
    "FileStore",
    "InternalServerError",
    "MagickPen",
    "MagickPenError",
    "MemoryStore",
    "Message",
    "Messages",
    "NotFoundError",
    "PageRead",
    "PermissionDeniedError",
    "RateLimitError",
    "Reply",
    "ResponseError",
    "Role",
    "SecretsStore",
    "SiteReading",
    "SiteSecrets",
    "Stream",
    "StreamInterruptedError",
    "__version__",
]


def __getattr__(name: str) -> object:
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    value: object = getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
