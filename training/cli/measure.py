"""The commands that measure generators: `evaluate`, `truncation`, `calibrate` and `benchmark`."""

import json
from pathlib import Path
from typing import Any

import click

from digitgan.cli.messages import print_note, print_result
from digitgan.cli.startup import loading
from digitgan.cli.values import Integer
from digitgan.contract.limits import MAX_SEED

from ..choices import DATA_HELP, FIRST_SEED, N_DRAWS, N_IMAGES, NOT_SERVED, QUALITY_PAGE, SERVED, Colour
from . import options
from .command import TrainingCommand
from .values import ModelPath

_MNIST_OR_SAMPLE = "mnist, or sample."


@click.command(
    cls=TrainingCommand,
    examples="""
    {command} exported/digits/1
    {command} elsewhere.onnx --scale 0..1 --draws 1 --json
    """,
)
@click.argument(
    "model",
    type=ModelPath(takes_files=True),
    metavar="MODEL",
    help="An exported version, or the ONNX file of any generator of images like the real ones.",
)
@options.data_option(f"The real images: {DATA_HELP}")
@options.data_dir_option
@click.option("--images", type=Integer(100), default=N_IMAGES, help="Images in each draw.")
@click.option("--draws", type=Integer(1, 10), default=N_DRAWS, help="Draws of fresh seeds; margins are their spread.")
@click.option("--first-seed", type=Integer(0, MAX_SEED // 2), default=FIRST_SEED, help="First seed of the first draw.")
@click.option("--stacks", is_flag=True, help="Also score Stacked MNIST: 78,000 more images.")
@click.option("--reader", is_flag=True, help="Also train a reader on the generated digits, which takes minutes.")
@options.judge_option("those of MNIST")
@options.foreign_options
@options.look_options("the model's, or grey")
@click.option("--json", "as_json", is_flag=True, help="Print JSON with definitions instead of a table.")
def evaluate(
    model: Path,
    data_name: str,
    data_dir: Path | None,
    images: int,
    draws: int,
    first_seed: int,
    stacks: bool,
    reader: bool,
    judge: Path | None,
    scale: tuple[float, float] | None,
    label_input: str | None,
    size: tuple[int, int] | None,
    colour: Colour | None,
    as_json: bool,
) -> None:
    """Score an exported generator against real images.

    The generator runs in onnxruntime, as it does in the service. How a foreign generator is read is found from its
    inputs and from 100 images, and reported; a generator that does not show it is refused.
    """
    with loading():
        import torch

        from digitgan.contract.card import MODEL_FILE

        from .. import data
        from ..evaluate import evaluate, table
        from ..images.pictures import Look
        from ..judging import look_of
        from ..metrics.generators import ForeignHints, ScorableGenerator
        from ..revision import read_version

    torch.set_num_threads(1)  # the same reader whatever the number of cores
    look = Look(size, colour)
    if model.is_dir():
        card, _ = read_version(model)  # so that a damaged file is not measured
        look = look_of(card)
    dataset = data.load(data_name, data_dir, look)
    file = model / MODEL_FILE if model.is_dir() else model
    generator = ScorableGenerator(file, dataset, ForeignHints(scale, label_input))
    if generator.read_as:
        print_note(f"{file} is read as: {generator.read_as}")
    metrics = evaluate(
        generator,
        dataset,
        n_images=images,
        n_draws=draws,
        first_seed=first_seed,
        with_stacks=stacks,
        with_reader=reader,
        judge_folder=judge,
    )
    if as_json:
        print_result(json.dumps({name: metric.model_dump() for name, metric in metrics.items()}, indent=2))
        return
    console = _console()
    console.print(table(f"{model}, {draws} x {images:,} images", metrics))
    for name, metric in metrics.items():
        console.print(f"[bold]{name}[/bold]: {metric.definition}")


@click.command(cls=TrainingCommand, examples="{command} exported/digits/1")
@options.model_argument
@options.model_data_option
@options.data_dir_option
@click.option("--images", type=Integer(100), default=N_IMAGES, help="Images at each truncation.")
@options.judge_option("those of MNIST")
def truncation(folder: Path, data_name: str | None, data_dir: Path | None, images: int, judge: Path | None) -> None:
    """Measure what truncation does to a model.

    The curve is written into the model's card.
    """
    with loading():
        from ..judging import data_of_model
        from ..latents.truncation import add_curve, table
        from ..revision import read_version

    dataset = data_of_model(read_version(folder)[0], data_name, data_dir)
    _console().print(table(add_curve(folder, dataset, n_images=images, judge=judge)))


@click.command(cls=TrainingCommand, examples="{command}")
@options.data_option(_MNIST_OR_SAMPLE)
@options.data_dir_option
@click.option("--images", type=Integer(100), default=N_IMAGES, help="Images in each draw.")
def calibrate(data_name: str, data_dir: Path | None, images: int) -> None:
    """Show what the scores say of real digits.

    Prints JSON: the scores' floors over several draws, then the scores of digits that were spoilt in known ways.
    """
    with loading():
        from .. import data
        from ..metrics.calibration import floors_and_calibration

    print_result(json.dumps(floors_and_calibration(data.load(data_name, data_dir), images), indent=2))


@click.command(
    cls=TrainingCommand,
    examples="""
    {command}
    {command} elsewhere.onnx --to comparison.md
    """,
)
@click.argument(
    "others",
    nargs=-1,
    type=ModelPath(takes_files=True),
    metavar="[MODEL]...",
    help="More models: exported versions, or ONNX files of any generators of 28 x 28 images.",
)
@options.file_option(None, "The page.", show_default=f"{QUALITY_PAGE} in a checkout, else {QUALITY_PAGE.name}")
@click.option(
    "--readme",
    type=options.FOLDER,
    metavar="FILE",
    show_default="README.md, if it has the place",
    help="Gets the served models' short table.",
)
@click.option(
    "--served",
    type=options.FOLDER,
    metavar="FOLDER",
    show_default=f"{SERVED}, or the models that are installed",
    help="Folder of the models that are served.",
)
@click.option(
    "--not-served",
    type=options.FOLDER,
    metavar="FOLDER",
    default=NOT_SERVED,
    help="Folder of models that are only measured.",
)
@click.option(
    "--measure/--no-measure", default=True, help="Complete the cards that lack figures, which takes minutes each."
)
@options.data_dir_option
@options.foreign_options
def benchmark(
    others: tuple[Path, ...],
    to: Path | None,
    readme: Path | None,
    served: Path | None,
    scale: tuple[float, float] | None,
    label_input: str | None,
    **given: Any,
) -> None:
    """Write all models' figures into the documentation.

    Each figure stands beside its target. Outside a checkout, the page compares with the models that are installed.
    """
    with loading():
        from digitgan.installation import shipped_models

        from ..benchmark.documents import write_figures
        from ..metrics.generators import ForeignHints

    page = to or (QUALITY_PAGE if QUALITY_PAGE.parent.is_dir() else Path(QUALITY_PAGE.name))
    folder = served or (SERVED if SERVED.is_dir() else shipped_models())
    write_figures(others, to=page, readme=readme, served=folder, hints=ForeignHints(scale, label_input), **given)
    print_result(str(page))


def _console() -> Any:
    from rich.console import Console

    return Console(highlight=False)
