"""Knows the one command for both halves: which word is whose, and how training's is called.

Does not know what any command does. Training is loaded by its own words alone: it takes seconds, and may not be there.
"""

import argparse
import sys
from collections.abc import Sequence

from digitgan.cli import exits
from digitgan.training_words import TRAINING
from service.command_line import cli
from service.command_line.commands import complain

_SHELLS = ("bash", "zsh", "tcsh", "fish")
_COMPLETION_EXAMPLES = """examples:
  %(prog)s bash > ~/.local/share/bash-completion/completions/digitgan
  %(prog)s zsh > ~/.zfunc/_digitgan
  %(prog)s fish > ~/.config/fish/completions/digitgan.fish
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status, as docs/command-line.md lists them."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    if typed and typed[0] in TRAINING:
        return _train(typed)
    return cli.main(typed, parser())


def parser() -> argparse.ArgumentParser:
    """Return the words of both halves; of training's commands their names alone."""
    return cli.parser("digitgan", _add_ours)


def _train(typed: list[str]) -> int:
    try:
        from training.cli import main as train
    except ModuleNotFoundError as error:
        complain(f"{typed[0]} needs {error.name}: pip install 'digitgan[training]'")
        return exits.COULD_NOT_START
    train(typed, "digitgan")
    return 0


def _add_ours(commands_of: cli.Subcommands) -> None:
    for name, text in TRAINING.items():
        commands_of.add_parser(name, help=text)
    completion = cli.add(
        commands_of,
        "completion",
        _print_completion,
        "print what makes a shell complete these words",
        "Print the script that makes a shell complete commands, flags and files.",
        _COMPLETION_EXAMPLES,
    )
    completion.add_argument("shell", choices=_SHELLS, help="which shell")


def _print_completion(shell: str) -> int:
    from digitgan.completion import script

    print(script(parser(), shell))  # noqa: T201 - the result
    return 0
