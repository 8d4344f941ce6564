"""Chooses the judge of a run or a model: the run's own, the one that the user names, or the shipped one."""

from pathlib import Path

from digitgan.contract.card import Card, TrainingData

from . import data, evaluate
from .choices import N_IMAGES
from .errors import DataRefused
from .export import Scorer
from .images.pictures import Look
from .metrics.neighbours import K
from .metrics.reference import judges_for
from .run import Run


def judge_folder(run: Run, judge: Path | None) -> Path | None:
    """Return the folder of the judges of a run's data, named now or in training; None for the shipped judges."""
    named = run.options().judge
    return judge or (Path(named) if named else None)


def data_of_model(card: Card, name: str | None, folder: Path | None) -> data.Dataset:
    """Return the data that a model learned from, with images of the model's size and colours.

    Args:
        card: of the model.
        name: as in `training.data.load`; None for the name in the card, if that is enough to find the data.
        folder: as in `training.data.load`.

    Raises:
        DataRefused: the data are not found, or they are others.
    """
    learned = _known(card.data)
    if name is None and learned.name not in data.NAMES:
        raise DataRefused(f"the model learned from the data {learned.name!r}: name their folder with --data")
    dataset = data.load(name or learned.name, folder, look_of(card))
    check_data(learned, dataset)
    return dataset


def look_of(card: Card) -> Look:
    """Return what real images must be to be compared with those of a model."""
    return Look((card.image_height, card.image_width), "rgb" if card.image_channels == 3 else "grey")


def data_of_run(run: Run, folder: Path | None) -> data.Dataset:
    """Return the data that a run learned from; ``folder`` is where they are now, if they have moved.

    Raises:
        DataRefused: the data are not found, or they have changed.
        RunRefused: there is no run.
    """
    options = run.options()
    dataset = data.load(options.data, folder, options.look)
    check_data(learned_by(run), dataset)
    return dataset


def learned_by(run: Run) -> TrainingData:
    """Return the facts about the data that a run learned from.

    Raises:
        RunRefused: there is no run.
    """
    facts = run.read()["data"]
    return TrainingData(**{name: facts[name] for name in TrainingData.model_fields})


def check_data(learned: TrainingData | None, dataset: data.Dataset) -> None:
    """Raise DataRefused unless a model or a run learned from exactly these data.

    Everything that writes figures checks this, because they stand under the checksum of the data.
    """
    learned = _known(learned)
    if learned.sha256 != dataset.sha256:
        raise DataRefused(
            f"the model learned from the data {learned.name!r}, {learned.n_images:,} images with checksum "
            f"{learned.sha256[:12]}, not from {dataset.name!r}, {len(dataset.train_images):,} images with checksum "
            f"{dataset.sha256[:12]}: restore its own data, or name them with --data or "
            "--data-dir"
        )


def _known(learned: TrainingData | None) -> TrainingData:
    if learned is None:
        raise DataRefused(
            "the model's card does not say which data it learned from; if you know them, adopt it again with --data"
        )
    return learned


def judge_of(learned: TrainingData | None, dataset: data.Dataset, folder: Path | None) -> Scorer | None:
    """Return what scores a graph for its card; None if no judge reads these data or there are too few test images.

    On a small data set, draws are at most as large as its test part.

    Raises:
        DataRefused: the model learned from other data.
        JudgeRefused: the folder's judges are missing or damaged, or learned from other data.
    """
    check_data(learned, dataset)
    if judges_for(dataset.sha256, folder) is None or len(dataset.test_images) <= K:
        return None
    n_images = min(N_IMAGES, len(dataset.test_images))
    return lambda path: evaluate.evaluate(path, dataset, n_images=n_images, judge_folder=folder)
