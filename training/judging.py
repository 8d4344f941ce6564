"""Chooses the judge of a run or a model: the run's own, the one that the user names, or the shipped one."""

from pathlib import Path

from digitgan.contract.card import Card

from . import data, evaluate
from .choices import N_IMAGES
from .errors import DataRefused
from .export import Scorer
from .metrics.neighbours import K
from .metrics.reference import judges_for
from .run import Run


def judge_folder(run: Run, judge: Path | None) -> Path | None:
    """Return the folder of the judges of a run's data, named now or in training; None for the shipped judges."""
    named = run.options().judge
    return judge or (Path(named) if named else None)


def check_data(card: Card, dataset: data.Dataset) -> None:
    """Raise DataRefused unless a model learned from these data; figures from other data would mean nothing."""
    if card.data is None:
        raise DataRefused(f"the card of model {card.model!r} does not say which data it learned from")
    if not data.alike(card.data.sha256, dataset.sha256):
        raise DataRefused(
            f"model {card.model!r} learned from the data {card.data.name!r}, not from {dataset.name!r}: name its data "
            "with --data, and their judge with --judge"
        )


def judge_of(dataset: data.Dataset, folder: Path | None) -> Scorer | None:
    """Return what scores a graph for its card; None if no judge reads these data or there are too few test images.

    On a small data set, draws are at most as large as its test part.
    """
    if judges_for(dataset.sha256, folder) is None or len(dataset.test_images) <= K:
        return None
    n_images = min(N_IMAGES, len(dataset.test_images))
    return lambda path: evaluate.evaluate(path, dataset, n_images=n_images, judge_folder=folder)
