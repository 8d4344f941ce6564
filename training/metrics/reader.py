"""The classifier accuracy score: how well readers that learn from generated digits alone read real ones.

Five readers of different architectures learn, each with the same seed, from 60,000 generated digits; then again from
real digits with the same labels in the same order. So the first weights, the batches and the shifts of a reader are
equal in both, and its two accuracies differ only by the pictures.

Source: Ravuri and Vinyals, "Classification accuracy score for conditional generative models" (2019).
"""

import hashlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from digitgan.contract.metric import ReaderScore

from .. import stages
from ..data import Dataset
from . import judge_training
from .cache import kept, references_folder
from .reader_networks import READERS
from .reference import training_rows

N_IMAGES = 60_000
SEED = 1
_EDITION = 1  # to be raised when a reader, or how it learns, changes


def reader_scores(
    images: NDArray[np.uint8], labels: NDArray[np.integer], dataset: Dataset, folder: Path | None = None
) -> dict[str, ReaderScore]:
    """Return what each reader reads right, by its architecture.

    This takes 6 minutes on one core, and as long again for real digits, whose accuracies are kept in the cache.

    Args:
        images: generated ones, uint8 (N, H, W) or (N, H, W, 3).
        labels: of these images, (N,): those of the training digits in `training.metrics.reference.training_rows`.
        dataset: its training digits give the floor; its test digits are read.
        folder: the cache; default: the user's. Without a cache that can be written, nothing is kept.
    """
    return {
        name: ReaderScore(
            accuracy=_accuracy(name, images, labels, dataset, "generated images"),
            floor=_floor(name, len(images), dataset, folder),
            seed=SEED,
            n_steps=reader.n_steps,
        )
        for name, reader in READERS.items()
    }


def _floor(name: str, n_images: int, dataset: Dataset, folder: Path | None) -> float:
    """Return a reader's accuracy after the same training on as many real digits."""
    key = hashlib.sha256(f"{_EDITION} {name} {READERS[name].n_steps} {SEED} {n_images}".encode())
    for part in (dataset.train_images, dataset.train_labels, dataset.test_images, dataset.test_labels):
        key.update(part.tobytes())
    rows = training_rows(dataset, 0, n_images)
    return kept(
        (folder or references_folder()) / f"reader-{key.hexdigest()[:32]}.npz",
        lambda: _accuracy(name, dataset.train_images[rows], dataset.train_labels[rows], dataset, "real images"),
        arrays=lambda accuracy: {"accuracy": accuracy},
        parse=lambda arrays: float(arrays["accuracy"]),
        subject="the accuracy on real images",
    )


def _accuracy(
    name: str, images: NDArray[np.uint8], labels: NDArray[np.integer], dataset: Dataset, source: str
) -> float:
    """Return the share of test digits that a reader reads right after learning from these images alone."""
    n_steps = READERS[name].n_steps

    def tell(step: int, _loss: float) -> None:
        stages.tell("reader", f"reader {name!r} of {source}, step {step:,} of {n_steps:,}")

    torch.manual_seed(SEED)
    reader = READERS[name].untrained(dataset.n_classes, dataset.size, dataset.n_channels)
    judge_training.fit(reader, images, labels, n_steps=n_steps, on_step=tell)
    stages.tell("reader", "")
    return judge_training.accuracy(reader, dataset.test_images, dataset.test_labels)
