"""Knows which judge reads the images of a run or a model: its own, one that is named, or the shipped one.

Does not know commands.
"""

from pathlib import Path

from digitgan.contract.card import Card
from training import data, evaluate
from training.choices import N_IMAGES
from training.errors import DataRefused
from training.export import Judge
from training.metrics.neighbours import K
from training.metrics.reference import judges_for
from training.run import Run


def judge_folder(run: Run, judge: Path | None) -> Path | None:
    """Return the folder of the judges of a run's data, as named now or when it was trained; None for the shipped."""
    named = run.options().judge
    return judge or (Path(named) if named else None)


def check_data(card: Card, dataset: data.Dataset) -> None:
    """Make sure that a model is compared with the images that it learned from: others make figures that mean nothing.

    Raises:
        DataRefused: it learned from others.
    """
    if not data.alike(card.data.sha256, dataset.sha256):
        raise DataRefused(
            f"model {card.model!r} learned from the data {card.data.name!r}, not from {dataset.name!r}: name them with "
            "--data, and their judge with --judge"
        )


def judge_of(dataset: data.Dataset, folder: Path | None) -> Judge | None:
    """Return the figures' source for a card; None where nobody reads these data, or too few are there to test with.

    Of a small data set, draws are no larger than its test images.
    """
    if judges_for(dataset.sha256, folder) is None or len(dataset.test_images) <= K:
        return None
    n_images = min(N_IMAGES, len(dataset.test_images))
    return lambda path: evaluate.evaluate(path, dataset, n_images=n_images, judge_folder=folder)
