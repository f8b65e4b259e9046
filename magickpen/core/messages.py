"""Messages, and their rendering as one prompt (docs/protocol.md, section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from magickpen.core.checks import kind_of
from magickpen.core.errors import ConfigurationError

Role: TypeAlias = Literal["system", "user", "assistant"]
ROLES: tuple[str, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: Role
    content: str


Messages: TypeAlias = str | Iterable[Message | Mapping[str, object]]
"""A prompt, or the messages of a conversation: `{"role": …, "content": …}` or `Message`."""

_EXPECTED = 'a prompt or a list of messages such as [{"role": "user", "content": "Hello"}]'


def parse_messages(messages: Messages, system: str | None = None) -> tuple[Message, ...]:
    """Check what a caller passed and return it as messages.

    Args:
        messages: a prompt, or the messages of a conversation.
        system: an instruction to put before them, or None or "".

    Raises:
        ConfigurationError: an argument is not as described, or contains no text.
    """
    if system is not None and not isinstance(system, str):
        raise ConfigurationError(f"system must be a string or None, not {kind_of(system)}")
    if isinstance(messages, str):
        parsed = [Message("user", messages)]
    elif isinstance(messages, (bytes, Mapping)) or not isinstance(messages, Iterable):
        kind = kind_of(cast(object, messages))
        raise ConfigurationError(f"messages must be {_EXPECTED}, not {kind}")
    else:
        parsed = [_parse(f"messages[{i}]", message) for i, message in enumerate(messages)]
    if not parsed:
        raise ConfigurationError(f"messages is empty; it must be {_EXPECTED}")
    if not any(message.content.strip() for message in parsed):
        raise ConfigurationError("messages has no text: the prompt is empty")
    return (Message("system", system), *parsed) if system else tuple(parsed)


def _parse(name: str, message: Message | Mapping[str, object]) -> Message:
    if isinstance(message, Message):
        role, content = cast(object, message.role), cast(object, message.content)
    elif isinstance(message, Mapping):
        missing = [key for key in ("role", "content") if key not in message]
        if missing:
            raise ConfigurationError(
                f'{name} has no "{missing[0]}"; it must be {{"role": …, "content": …}}'
            )
        role, content = message["role"], message["content"]
    else:
        raise ConfigurationError(
            f'{name} must be {{"role": …, "content": …}} or a Message, not {kind_of(message)}'
        )
    if role not in ROLES:
        shown = repr(role) if isinstance(role, str) else kind_of(role)
        raise ConfigurationError(f"{name}: the role must be one of {', '.join(ROLES)}, not {shown}")
    if not isinstance(content, str):
        raise ConfigurationError(f"{name}: the content must be a string, not {kind_of(content)}")
    return Message(cast(Role, role), content)


def render_prompt(messages: tuple[Message, ...]) -> str:
    """Render a conversation as the one text that `/ask` takes.

    A single message becomes its content. Several become one line each, `Role: content`, without the
    empty ones, followed by a last line `Assistant:`.
    """
    if len(messages) == 1:
        return messages[0].content
    lines = [f"{m.role.capitalize()}: {m.content}" for m in messages if m.content.strip()]
    return "\n".join([*lines, "Assistant:"])
