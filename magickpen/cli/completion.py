"""`magickpen completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

VARIABLE = "_MAGICKPEN_COMPLETE"
"""The variable by which a shell asks the command for completions."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the code that makes a shell complete commands and options.

    \b
    bash: eval "$(magickpen completion bash)"       in ~/.bashrc
    zsh:  eval "$(magickpen completion zsh)"        in ~/.zshrc
    fish: magickpen completion fish | source        in ~/.config/fish/config.fish
    """
    completed = get_completion_class(shell)
    assert completed is not None, "click knows these three"
    click.echo(completed(context.find_root().command, {}, "magickpen", VARIABLE).source())
