"""Knows which judge reads the images of a run: its own, one that is named, or the shipped one.

Does not know commands.
"""

from pathlib import Path

from training import data, evaluate
from training.export import Judge
from training.metrics.method import N_IMAGES
from training.metrics.reference import judges_for
from training.run import Run


def judge_folder(run: Run, judge: Path | None) -> Path | None:
    """Return the folder of the judges of a run's data, as named now or when it was trained; None for the shipped."""
    named = run.options().judge
    return judge or (Path(named) if named else None)


def judge_of(dataset: data.Dataset, folder: Path | None) -> Judge | None:
    """Return the figures' source for a card; None where nobody reads these data.

    Of a small data set, draws are no larger than its test images.
    """
    if judges_for(dataset.sha256, folder) is None:
        return None
    n_images = min(N_IMAGES, len(dataset.test_images))
    return lambda path: evaluate.evaluate(path, dataset, n_images=n_images, judge_folder=folder)
