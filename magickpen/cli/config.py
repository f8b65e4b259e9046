"""`magickpen config`, and the configuration file: defaults of the options, in TOML."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from types import UnionType
from typing import Any, TypeAlias, cast

import click

from magickpen.cli.folders import config_file
from magickpen.cli.options import CLIENT_OPTIONS, HISTORY, MARKDOWN, SYSTEM
from magickpen.cli.output import say
from magickpen.core.defaults import API_URL, SITE_URL
from magickpen.files import read_file

Values: TypeAlias = dict[str, Any]

LIMIT = 2**20
"""The bytes of a file that are read."""

VARIABLES = {
    "base_url": "MAGICKPEN_BASE_URL",
    "api_url": "MAGICKPEN_API_URL",
    "proxy": "MAGICKPEN_PROXY",
}
"""The environment variables that win over the configuration file."""

DEFAULTS = {"base_url": SITE_URL, "api_url": API_URL}

PRIVATE = ("header", "turnstile_token", "proxy")

_KINDS: dict[str, tuple[type | UnionType, str]] = {
    "integer": (int, "a whole number"),
    "float": (int | float, "a number"),
}

HINT = """\
# Defaults of the options, by their names. An option of a command wins, and so do the variables
# MAGICKPEN_BASE_URL, MAGICKPEN_API_URL and MAGICKPEN_PROXY."""


@click.group()
def config() -> None:
    """Show the configuration: defaults of the options, in a TOML file.

    For example:

    \b
        endpoint = "chat"
        timeout = 30
        system = "Be brief."
        markdown = true
        history = false
        header = ["Accept-Language: de"]
    """


@config.command("path")
def path_command() -> None:
    """Print the path of the configuration file, which need not exist."""
    path = config_file()
    if path is None:
        raise click.ClickException("there is no folder for it: HOME is not set")
    say(str(path))


@config.command()
def show() -> None:
    """Print the defaults that are in force, and where they come from."""
    path = config_file()
    given = read_config(variables_win=False)
    say(HINT)
    say(f"# File: {path}{'' if path and path.exists() else ' (does not exist)'}")
    for name, option in _options().items():
        variable = VARIABLES.get(name, "")
        default: object = option.default
        value = default if isinstance(default, str | int | float) else DEFAULTS.get(name)
        if option.is_flag and value is None:
            value = False
        origin = "default"
        if name in given:
            value, origin = given[name], "configuration file"
        if variable and os.environ.get(variable):
            value, origin = os.environ[variable], variable
        if name in PRIVATE and value:
            value = "(hidden)"
        shown = "(not set)" if value is None else json.dumps(value)
        prefix = "# " if value in (None, "(hidden)") else ""
        say(f"{prefix}{name} = {shown}  # {origin}")


def read_config(*, variables_win: bool = True) -> Values:
    """Return the values of the configuration file, by the names of options.

    Args:
        variables_win: whether to leave out what an environment variable says.

    Raises:
        UsageError: the file cannot be read, or contains what is no option.
    """
    path = config_file()
    try:
        data = read_file(path, LIMIT) if path is not None else b""
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}") from None
    import tomllib  # noqa: PLC0415  most users have no such file

    try:
        content = tomllib.loads(data.decode())
    except ValueError as error:
        raise click.UsageError(f"{path} is no TOML: {error}") from None
    options = _options()
    values = {name.replace("-", "_"): value for name, value in content.items()}
    try:
        checked = {name: _checked(name, value, options) for name, value in values.items()}
    except click.UsageError as error:
        raise click.UsageError(f"{path}: {error.message}") from None
    won = {name for name, variable in VARIABLES.items() if os.environ.get(variable)}
    return {name: v for name, v in checked.items() if not (variables_win and name in won)}


def _options() -> Mapping[str, click.Option]:
    """Return the options that the file may contain, by name."""

    def command() -> None: ...

    for option in reversed([*CLIENT_OPTIONS, SYSTEM, MARKDOWN, HISTORY]):
        option(command)
    parameters = click.command()(command).params
    return {str(option.name): option for option in parameters if isinstance(option, click.Option)}


def _checked(name: str, value: object, options: Mapping[str, click.Option]) -> object:
    if name not in options:
        from difflib import get_close_matches  # noqa: PLC0415  it is needed for mistakes alone

        close = get_close_matches(name, options, n=1)
        advice = f"did you mean {close[0]}?" if close else f"the options are {', '.join(options)}"
        raise click.UsageError(f"{name} is no option; {advice}")
    option = options[name]
    if option.is_flag:
        if not isinstance(value, bool):
            raise click.UsageError(f"{name} must be true or false")
        return value
    if option.multiple:
        texts = cast("list[object]", value) if isinstance(value, list) else [None]
        if not all(isinstance(text, str) for text in texts):
            raise click.UsageError(f'{name} must be a list of strings, such as ["Name: value"]')
        return texts
    kinds, described = _KINDS.get(option.type.name, (str, "a string"))
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise click.UsageError(f"{name} must be {described}")
    try:
        return option.type.convert(value, option, None)
    except click.BadParameter as error:
        raise click.UsageError(f"{name}: {error.message}") from None
