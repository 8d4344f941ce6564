"""The commands that measure generators: `evaluate`, `truncation`, `calibrate` and `benchmark`."""

import json
from pathlib import Path
from typing import Any

import click

from digitgan.cli.messages import print_result
from digitgan.cli.startup import loading
from digitgan.cli.values import Integer
from digitgan.contract.limits import MAX_SEED

from ..choices import DATA_HELP, FIRST_SEED, N_DRAWS, N_IMAGES, NOT_SERVED, SERVED
from . import options
from .command import TrainingCommand

_MNIST_OR_SAMPLE = "mnist, or sample."


@click.command(
    cls=TrainingCommand,
    examples="""
    {command} exported/digits/1/model.onnx
    {command} exported/mlp/1/model.onnx --draws 1 --json
    """,
)
@click.argument(
    "onnx_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.onnx",
    help="An exported generator.",
)
@options.data_option(f"The real images: {DATA_HELP}")
@options.data_dir_option
@click.option("--images", type=Integer(100), default=N_IMAGES, help="Images in each draw.")
@click.option("--draws", type=Integer(1, 10), default=N_DRAWS, help="Draws of fresh seeds; margins are their spread.")
@click.option("--first-seed", type=Integer(0, MAX_SEED // 2), default=FIRST_SEED, help="First seed of the first draw.")
@click.option("--stacks", is_flag=True, help="Also score Stacked MNIST: 78,000 more images.")
@click.option("--reader", is_flag=True, help="Also train a reader on the generated digits, which takes minutes.")
@options.judge_option("those of MNIST")
@click.option("--json", "as_json", is_flag=True, help="Print JSON with definitions instead of a table.")
def evaluate(
    onnx_path: Path,
    data_name: str,
    data_dir: Path | None,
    images: int,
    draws: int,
    first_seed: int,
    stacks: bool,
    reader: bool,
    judge: Path | None,
    as_json: bool,
) -> None:
    """Score an exported generator against real images.

    The generator runs in onnxruntime, as it does in the service.
    """
    with loading():
        import torch

        from .. import data
        from ..evaluate import evaluate, table

    torch.set_num_threads(1)  # the same reader whatever the number of cores
    metrics = evaluate(
        onnx_path,
        data.load(data_name, data_dir),
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
    console.print(table(f"{onnx_path}, {draws} x {images:,} images", metrics))
    for name, metric in metrics.items():
        console.print(f"[bold]{name}[/bold]: {metric.definition}")


@click.command(cls=TrainingCommand, examples="{command} exported/digits/1")
@options.model_argument
@options.data_option(f"The real images: {DATA_HELP}")
@options.data_dir_option
@click.option("--images", type=Integer(100), default=N_IMAGES, help="Images at each truncation.")
@options.judge_option("those of MNIST")
def truncation(folder: Path, data_name: str, data_dir: Path | None, images: int, judge: Path | None) -> None:
    """Measure what truncation does to a model.

    The curve is written into the model's card.
    """
    with loading():
        from digitgan.contract.card import MODEL_FILE, read_card, write_card

        from .. import data
        from ..judging import check_data
        from ..latents.truncation import table, truncation_curve
        from ..revision import read_version, revised

    card, _ = read_version(folder)
    dataset = data.load(data_name, data_dir)
    check_data(card, dataset)  # before minutes are spent
    points = truncation_curve(folder / MODEL_FILE, dataset, n_images=images, judge=judge)
    with revised(folder) as aside:
        write_card(read_card(aside).model_copy(update={"truncation_curve": points}), aside)
    _console().print(table(points))


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
    "others", nargs=-1, type=options.FOLDER, metavar="[MODEL]...", help="More models: version folders or ONNX files."
)
@options.file_option("docs/benchmarks/quality.md", "The page.")
@click.option(
    "--readme", type=options.FOLDER, metavar="FILE", default="README.md", help="Gets the served models' short table."
)
@click.option(
    "--served", type=options.FOLDER, metavar="FOLDER", default=SERVED, help="Folder of the models that are served."
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
def benchmark(others: tuple[Path, ...], **given: Any) -> None:
    """Write all models' figures into the documentation.

    Each figure stands beside its target.
    """
    with loading():
        from ..benchmark.documents import write_figures

    write_figures(others, **given)
    print_result(str(given["to"]))


def _console() -> Any:
    from rich.console import Console

    return Console(highlight=False)
