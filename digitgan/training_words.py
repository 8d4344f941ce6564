"""Knows training's words without loading it, which takes seconds: each command in a line, for the list of all.

Does not know what they do; a test holds them against training's own.
"""

import argparse

TRAINING = {
    "train": "train a generator, or go on with a run",
    "run": "train, then export",
    "export": "export a run's best snapshot for the service",
    "evaluate": "score an exported generator against real images",
    "report": "write a run's report as one page",
    "sheet": "draw digits of a run",
    "history": "put a run's history into its model's card",
    "curves": "draw a run's losses",
    "guide": "draw the pictures of the guide",
    "sweep": "train several recipes with several seeds",
    "variants": "make smaller and faster variants of a model",
    "encoder": "teach an encoder for a model",
    "truncation": "measure what truncation does to a model",
    "judge": "train a judge on real images",
    "calibrate": "show what the scores say of real digits",
    "benchmark": "write all models' figures into the documentation",
    "stacks": "count modes of stacked digits",
    "few": "show what generated digits are worth to a reader",
}


def with_flags(name: str, words: argparse.ArgumentParser) -> None:
    """Add a command's flags, as training has them, to words that a shell is to complete.

    Raises:
        ModuleNotFoundError: what training needs is not installed.
    """
    import typer

    from training.cli import app

    command = typer.main.get_group(app).commands[name]
    for parameter in command.params:
        if parameter.param_type_name == "option":
            words.add_argument(*parameter.opts, *parameter.secondary_opts, help=getattr(parameter, "help", None))
