"""Knows that the words of training are its own. Does not know what they do."""

import typer

from digitgan.training_words import TRAINING
from training.cli import app


def test_every_command_of_training_is_listed_and_no_other() -> None:
    assert TRAINING.keys() == typer.main.get_group(app).commands.keys()
