"""Adds a run's history to the card of a model version that was exported before cards held one.

The version's graph stays byte for byte as it is.
"""

import sys
from pathlib import Path
from typing import Annotated

import onnx
import typer

from digitgan.contract.card import CARD_FILE, write_card
from training import checkpoints, history
from training.errors import ExportRefused
from training.export import recipe_of
from training.graphs.parity import check
from training.revision import read_version, revised
from training.run import Run
from training.state import served


def add_history(folder: Path, run: Run) -> int:
    """Put a run's history into the card of the version exported from it; return its number of points.

    Raises:
        ExportRefused: the version is damaged, was not exported from this run, or the run has no history.
        RunRefused: there is no run, or its recipe has changed since.
    """
    card, content = read_version(folder)
    recipe, iteration = recipe_of(run), card.training.iterations
    kept = (checkpoints.read(run.best), checkpoints.latest(run.checkpoints))
    saved = next((each for each in kept if each and each["iteration"] == iteration), None)
    if saved is None:
        raise ExportRefused(
            f"{run.folder}: has no snapshot of iteration {iteration:,}, from which {folder} was exported"
        )
    try:
        check(onnx.load_from_string(content), served(recipe, saved))
    except ExportRefused as error:
        raise ExportRefused(f"{folder}: was not exported from the current snapshot of {run.folder}: {error}") from error
    points = history.thinned(history.read(run.history), iteration)
    if points is None:
        raise ExportRefused(f"{run.folder}: has no history")
    with revised(folder) as aside:
        write_card(card.model_copy(update={"history": points}), aside)
    return len(points)


def command(
    run: Annotated[Path, typer.Argument(help="Run folder.", show_default=False)],
    folder: Annotated[Path, typer.Option("--to", help="The model version that was exported from the run.")],
) -> None:
    """Put a run's history, thinned, into the card of a version that was exported before cards held one.

    digitgan history runs/mlp --to exported/mlp/1
    """
    print(f"{add_history(folder, Run(run))} points", file=sys.stderr)  # noqa: T201 - a summary
    print(folder / CARD_FILE)  # noqa: T201 - the result
