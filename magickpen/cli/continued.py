"""The conversations that the commands begin and continue."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

import click
from click.core import ParameterSource

from magickpen.cli.records import Dicts, Records


class Continued(NamedTuple):
    """A conversation that is continued, or a new one.

    Attributes:
        id: its number in the history; None for a new one.
        beginning: the messages that it begins with.
        messages: the messages so far.
    """

    id: int | None
    beginning: Dicts
    messages: Dicts


def begin_or_continue(
    context: click.Context,
    records: Records | None,
    *,
    last: bool,
    conversation: int | None,
    system: str | None,
) -> Continued:
    """Return the conversation that the options name.

    Args:
        context: that of the command.
        records: the history, or None.
        last: whether to continue the last conversation.
        conversation: the number of the one to continue, or None.
        system: the instruction of a new conversation. If it was given as an option, and not in the
            configuration, it replaces that of a conversation that is continued.

    Raises:
        UsageError: there is no such conversation.
    """
    if not last and conversation is None:
        beginning = with_system([], system)
        return Continued(None, beginning, beginning)
    if records is None:
        raise click.UsageError("a conversation cannot be continued without the history")
    try:
        number = records.last() if conversation is None else conversation
        messages = None if number is None else records.messages(number)
        beginning = [] if number is None else records.beginning(number) or []
        if number is None:
            raise click.UsageError("there is no conversation to continue yet")
        if messages is None:
            raise click.UsageError(
                f"there is no conversation {number}; `magickpen history` lists them"
            )
        if context.get_parameter_source("system") is ParameterSource.COMMANDLINE:
            beginning, messages = with_system(beginning, system), with_system(messages, system)
            records.begin_with(number, beginning)
    except sqlite3.Error as error:
        raise click.ClickException(f"the history cannot be read: {error}") from None
    return Continued(number, beginning, messages)


def with_system(messages: Dicts, system: str | None) -> Dicts:
    """Return messages with this instruction, or without one, instead of theirs."""
    others = [message for message in messages if message["role"] != "system"]
    return [{"role": "system", "content": system}, *others] if system else others
