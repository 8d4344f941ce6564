"""The command that takes in generators of other software: `adopt`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitgan.cli.messages import print_note, print_result
from digitgan.cli.startup import loading
from digitgan.cli.values import Integer

from ..choices import DATA_HELP, NOISES
from . import options
from .command import TrainingCommand
from .values import LINE, MODEL_NAME, NameList

if TYPE_CHECKING:
    from digitgan.contract.card import Card


@click.command(
    cls=TrainingCommand,
    examples="""
    {command} my.onnx --model mine
    {command} my.onnx --model mine --data mnist --licence MIT
    {command} my.onnx --model mine --label-input c --classes 10 --noise uniform
    """,
)
@click.argument(
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.onnx",
    help="A generator that other software exported.",
)
@click.option("--model", type=MODEL_NAME, required=True, help="Name of the model.")
@options.version_option
@options.root_option
@options.replace_option
@options.foreign_options
@click.option(
    "--classes",
    "n_classes",
    type=Integer(1, 2**16),
    show_default="read from the graph",
    help="Number of classes. With a single input, the last so many components of it are a one-hot label.",
)
@click.option("--output", metavar="NAME", show_default="the only one", help="The output that holds images.")
@click.option(
    "--noise",
    type=click.Choice(NOISES),
    default="normal",
    help="What the generator takes: standard normal numbers, or uniform ones from -1 to 1 or (unit) from 0 to 1.",
)
@click.option(
    "--data",
    "data_name",
    metavar="NAME",
    help=f"The real images that it learned from, if judges read them: {DATA_HELP}",
)
@options.data_dir_option
@options.judge_option("those of MNIST")
@click.option("--class-names", type=NameList(), show_default="those of the data", help="Names of the classes by label.")
@click.option("--description", type=LINE, show_default="the file's name", help="One line that describes the model.")
@click.option("--licence", type=LINE, show_default="unknown", help="Licence of the model.")
def adopt(
    file: Path,
    model: str,
    version: str,
    root: Path,
    replaces: bool,
    data_name: str | None,
    data_dir: Path | None,
    judge: Path | None,
    class_names: tuple[str, ...] | None,
    description: str | None,
    licence: str | None,
    **hints: Any,
) -> None:
    """Make a model of a generator in an ONNX file.

    The generator is wrapped into the model contract, checked, described by a card and ready for the service. What the
    file does not say, such as its training, stays unknown.
    """
    with loading():
        import torch

        from .. import data
        from ..adopt import AdoptionFacts, AdoptionHints, adopt, training_data
        from ..judging import judge_of

    if judge and not data_name:
        raise click.UsageError("--judge needs --data, the real images that the generator learned from")
    torch.set_num_threads(1)  # for the judges, as in an export
    dataset = data.load(data_name, data_dir) if data_name else None
    card = adopt(
        file,
        root / model / version,
        AdoptionHints(**hints),
        AdoptionFacts(description, licence, class_names, dataset),
        judge=judge_of(training_data(dataset), dataset, judge) if dataset else None,
        replaces=replaces,
    )
    if card.adoption:
        print_note(f"its images are {card.adoption.pixels}; if that is wrong, say so with --scale")
        if card.adoption.batch:
            print_note(f"exported for batches of {card.adoption.batch:,}, it takes any number of rows now")
    print_note(f"unknown in its card: {', '.join(_unknown(card))}")
    print_result(str(root / model / version))
    print_note(f"to serve it: digitgan serve --models-dir {root} --default-model {model}")


def _unknown(card: "Card") -> list[str]:
    """Return the names of what a card of this kind could say and does not."""
    facts: dict[str, object] = {
        "recipe": card.recipe,
        "training": card.training,
        "data": card.data,
        "metrics": card.metrics,
    }
    facts |= {"licence": card.licence, "multiply_adds": card.multiply_adds, "n_parameters": card.n_parameters}
    return [name for name, fact in facts.items() if not fact]
