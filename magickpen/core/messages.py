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


_TEXT_PARTS = ("text", "input_text", "output_text")
_TOOL_PARTS = ("tool_use", "tool_call", "tool_result", "function_call", "function_call_output")
_NO_TOOLS = "MagickPen has no tools; send the text of it instead"


def parse_messages(messages: Messages, system: str | None = None) -> tuple[Message, ...]:
    """Check what a caller passed and return it as messages.

    Args:
        messages: a prompt, or the messages of a conversation.
        system: an instruction to put before them, or None or "".

    Raises:
        ConfigurationError: an argument is not as described, or contains no text.
    """
    parsed = parse_history(messages, system)
    given = parsed[bool(system) :]
    if not given:
        raise ConfigurationError(f"messages is empty; it must be {_EXPECTED}")
    if not any(message.content.strip() for message in given):
        raise ConfigurationError("messages has no text: the prompt is empty")
    return parsed


def parse_history(messages: Messages, system: str | None = None) -> tuple[Message, ...]:
    """Do the same as `parse_messages` for messages that may be none, or contain no text."""
    if system is not None and not isinstance(system, str):
        raise ConfigurationError(f"system must be a string or None, not {kind_of(system)}")
    if isinstance(messages, str):
        parsed = [Message("user", str(messages))]
    elif isinstance(messages, (bytes, Mapping)) or not isinstance(messages, Iterable):
        kind = kind_of(cast(object, messages))
        raise ConfigurationError(f"messages must be {_EXPECTED}, not {kind}")
    else:
        parsed = [_parse(f"messages[{i}]", message) for i, message in enumerate(messages)]
    return (Message("system", system), *parsed) if system else tuple(parsed)


def _parse(name: str, message: object) -> Message:
    is_mapping = isinstance(message, Mapping)
    if isinstance(message, str):
        raise ConfigurationError(
            f'{name} must be {{"role": …, "content": …}}, not a string;'
            " a prompt is passed without a list around it"
        )
    role, content = _field(message, "role"), _field(message, "content")
    if role is None and not is_mapping:
        raise ConfigurationError(
            f'{name} must be {{"role": …, "content": …}} or a Message, not {kind_of(message)}'
        )
    if role is None:
        raise ConfigurationError(f'{name} has no "role"; it must be {{"role": …, "content": …}}')
    if role in ("tool", "function"):
        raise ConfigurationError(f"{name} is the result of a tool: {_NO_TOOLS}")
    if _field(message, "tool_calls") or _field(message, "function_call"):
        raise ConfigurationError(f"{name} calls a tool: {_NO_TOOLS}")
    if _field(message, "images"):
        raise _unsupported(name, "image")
    role = "system" if role == "developer" else role
    if role not in ROLES:
        shown = repr(role) if isinstance(role, str) else kind_of(role)
        raise ConfigurationError(f"{name}: the role must be one of {', '.join(ROLES)}, not {shown}")
    if content is None and role != "assistant":
        raise ConfigurationError(f'{name} has no "content"; it must be {{"role": …, "content": …}}')
    return Message(cast(Role, role), _text_of(name, "" if content is None else content))


def _field(message: object, name: str) -> object:
    # Other packages have classes of messages, too.
    if isinstance(message, Mapping):
        return cast("Mapping[str, object]", message).get(name)
    value: object = getattr(message, name, None)
    return value


def _text_of(name: str, content: object) -> str:
    """Return the text of a content: a string, or a list of parts of text."""
    if isinstance(content, str):
        return str(content)
    if not isinstance(content, (list, tuple)):
        raise ConfigurationError(
            f"{name}: the content must be a string or a list of parts such as"
            f' {{"type": "text", "text": "Hello"}}, not {kind_of(content)}'
        )
    parts = cast("list[object]", content)
    return "".join(_text_of_part(f"{name}, part {i}", part) for i, part in enumerate(parts))


def _text_of_part(name: str, part: object) -> str:
    if isinstance(part, str):
        return str(part)
    kind, text = _field(part, "type"), _field(part, "text")
    if kind in _TOOL_PARTS:
        raise ConfigurationError(f"{name} belongs to a tool: {_NO_TOOLS}")
    if kind not in _TEXT_PARTS and isinstance(kind, str):
        raise _unsupported(name, kind)
    if not isinstance(text, str):
        raise ConfigurationError(f'{name} must be {{"type": "text", "text": "Hello"}}')
    return str(text)


def _unsupported(name: str, kind: str) -> ConfigurationError:
    return ConfigurationError(
        f"{name} holds more than text ({kind[:40]!r}): MagickPen takes text alone;"
        " describe it in words"
    )


def render_prompt(messages: tuple[Message, ...]) -> str:
    """Render a conversation as the one text that `/ask` takes.

    A single message becomes its content. Several become one line each, `Role: content`, without the
    empty ones, followed by a last line `Assistant:`.
    """
    if len(messages) == 1:
        return messages[0].content
    lines = [f"{m.role.capitalize()}: {m.content}" for m in messages if m.content.strip()]
    return "\n".join([*lines, "Assistant:"])
