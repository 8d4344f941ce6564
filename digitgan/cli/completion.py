"""Completion of commands, options and values in a shell."""

import os
from typing import Any, ClassVar

import click
from click.shell_completion import (
    CompletionItem,
    ShellComplete,
    add_completion_class,
    get_completion_class,
    shell_complete,
    split_arg_string,
)

from digitgan.cli.command import Command
from digitgan.cli.messages import print_result
from digitgan.cli.program import COMMAND, COMPLETION_VARIABLE

SHELLS = ("bash", "zsh", "fish", "tcsh")


@add_completion_class
class TcshComplete(ShellComplete):
    """Completion for tcsh, which has the line so far in ``COMMAND_LINE`` and completes files only by itself."""

    name: ClassVar[str] = "tcsh"
    source_template: ClassVar[str] = (
        "complete %(prog_name)s 'p@*@`env %(complete_var)s=tcsh_complete %(prog_name)s`@'\n"
    )

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the complete words after the program's name, and the last one, which is not complete."""
        line = os.environ["COMMAND_LINE"]
        words = split_arg_string(line)[1:]
        return (words, "") if line.endswith(" ") or not words else (words[:-1], words[-1])

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Return one line; tcsh knows neither types nor help."""
        return str(item.value)


def complete(tree: click.Command) -> int:
    """Print what completes the line that a shell's script describes in the environment; return an exit status."""
    return shell_complete(tree, {}, COMMAND, COMPLETION_VARIABLE, os.environ[COMPLETION_VARIABLE])


class _Completion(Command):
    reads_settings = False


@click.command(
    cls=_Completion,
    examples="""
    {command} bash > ~/.local/share/bash-completion/completions/digitgan
    {command} zsh > ~/.zfunc/_digitgan
    {command} fish > ~/.config/fish/completions/digitgan.fish
    {command} tcsh >> ~/.tcshrc
    """,
)
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL", help="The shell: bash, zsh, fish or tcsh.")
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands in a shell.

    The script completes options and their values, too.
    """
    kind: Any = get_completion_class(shell)
    print_result(kind(context.find_root().command, {}, COMMAND, COMPLETION_VARIABLE).source(), end="")
