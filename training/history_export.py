"""Adds a run's history to the card of a model version that was exported before cards held one.

The version's graph stays byte for byte as it is.
"""

from pathlib import Path

import onnx

from digitgan.contract.card import write_card

from . import checkpoints, history
from .errors import ExportRefused
from .export import recipe_of
from .graphs.parity import check
from .revision import read_version, revised
from .run import Run
from .state import served


def add_history(folder: Path, run: Run) -> int:
    """Put a run's history into the card of the version exported from it; return its number of points.

    Raises:
        ExportRefused: the version is damaged, was not exported from this run, or the run has no history.
        RunRefused: there is no run, or its recipe has changed since.
    """
    card, content = read_version(folder)
    if card.training is None:
        raise ExportRefused(f"{folder}: its card names no training run, so it was not exported from {run.folder}")
    recipe, iteration = recipe_of(run), card.training.iterations
    if card.training.post_training:
        kept = [checkpoints.read(run.post_trained)]
    else:
        kept = [checkpoints.read(run.best), checkpoints.latest(run.checkpoints)]
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
