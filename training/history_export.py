"""Knows how a run's history joins the card of a version that was exported from it before cards held one.

Does not know how a history is thinned. The version's graph stays as it is, byte for byte.
"""

from pathlib import Path

import onnx

from digitgan.contract.card import write_card
from training import checkpoints, history
from training.errors import ExportRefused
from training.export import recipe_of
from training.graphs.parity import check
from training.revision import read_version, revised
from training.run import Run
from training.state import served
from training.watch.thinning import thinned


def add_history(folder: Path, run: Run) -> int:
    """Put a run's history into the card of the version that was exported from it; return how many points it has.

    Raises:
        ExportRefused: the version is not what it should be, was exported from something else, or there is no history.
        RunRefused: there is no run, or its recipe has changed since.
    """
    card, content = read_version(folder)
    recipe, iteration = recipe_of(run), card.training.iterations
    kept = (checkpoints.read(run.best), checkpoints.latest(run.checkpoints))
    saved = next((each for each in kept if each and each["iteration"] == iteration), None)
    if saved is None:
        raise ExportRefused(f"{run.folder}: holds no snapshot of iteration {iteration:,}, which {folder} is of")
    try:
        check(onnx.load_from_string(content), served(recipe, saved))
    except ExportRefused as error:
        raise ExportRefused(f"{folder} was not exported from what {run.folder} holds now: {error}") from error
    points = thinned(history.read(run.history), iteration)
    if points is None:
        raise ExportRefused(f"{run.folder}: has no history")
    with revised(folder) as aside:
        write_card(card.model_copy(update={"history": points}), aside)
    return len(points)
