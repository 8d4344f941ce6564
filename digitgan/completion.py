"""Knows what a shell is told so that it completes commands, flags and files: a script made from the words themselves.

Does not know the words.
"""

import argparse
from pathlib import Path
from typing import Any

import shtab

from digitgan.training_words import TRAINING, with_flags

_FILES = ("FILE", "PATH")


def script(words: argparse.ArgumentParser, shell: str) -> str:
    """Return the script for a shell; training's flags are in it where training is installed."""
    for name, command in _commands(words).items():
        if name in TRAINING:
            try:
                with_flags(name, command)
            except ModuleNotFoundError:
                continue
        for action in command._actions:
            if action.type is Path or action.metavar in _FILES:
                action.complete = shtab.FILE  # where shtab looks for it
    made: str = shtab.complete(words, shell)
    return made


def _commands(words: argparse.ArgumentParser) -> dict[str, Any]:
    [choices] = [action.choices for action in words._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(choices or {})
