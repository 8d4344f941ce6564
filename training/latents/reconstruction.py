"""Measures how close pictures come to real test digits: an encoder's reconstructions, and two baselines.

All pictures come from the exported files, through onnxruntime.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Likeness
from digitgan.contract.latents import seeds_to_latents

from ..data import Dataset
from ..graphs.sessions import GeneratorSession
from ..metrics.judge import Judge
from ..metrics.neighbours import squared_distances

N_GENERATED = 10_000  # per class
_FIRST_SEED = 2_000_000  # disjoint from the seeds of `training.evaluate`
_ROWS = 500

Images = NDArray[np.uint8]
Labels = NDArray[np.integer]


def reconstructions(generator: GeneratorSession, latent: NDArray[np.float32]) -> Images:
    """Return the images of latents (N, L), each of its own class: uint8 (N, 28, 28)."""
    return np.concatenate([generator.run(rows)[0] for rows in _batches(latent)]).astype(np.uint8, copy=False)


def mean_digits(dataset: Dataset) -> Images:
    """Return for each test digit the mean training digit of its class: the best guess from the class alone."""
    means = [dataset.train_images[dataset.train_labels == label].mean(axis=0) for label in range(dataset.n_classes)]
    return np.rint(means).astype(np.uint8)[dataset.test_labels]


def nearest_generated(generator: GeneratorSession, latent_size: int, dataset: Dataset) -> Images:
    """Return for each test digit the nearest, in pixels, of 10,000 random images of its class."""
    latent = seeds_to_latents(range(_FIRST_SEED, _FIRST_SEED + N_GENERATED), latent_size)
    nearest = np.empty_like(dataset.test_images)
    for label in np.unique(dataset.test_labels):
        asked = np.full(N_GENERATED, label, np.int64)
        drawn = np.concatenate(
            [generator.run(*rows)[0] for rows in zip(_batches(latent), _batches(asked), strict=True)]
        )
        wanted = np.flatnonzero(dataset.test_labels == label)
        distances = squared_distances(_points(dataset.test_images[wanted]), _points(drawn))
        nearest[wanted] = drawn[np.concatenate([rows.argmin(axis=1) for rows in distances])]
    return nearest


def likeness(pictures: Images, digits: Images, labels: Labels, judge: Judge) -> Likeness:
    """Return how close pictures (N, 28, 28) come to the digits in the same rows, which have labels (N,)."""
    difference = pictures.astype(np.float64) - digits
    read, original = judge.read(pictures), judge.read(digits)
    return Likeness(
        mean_absolute_error=float(np.abs(difference).mean()),
        root_mean_square_error=float(np.sqrt(np.square(difference).mean())),
        feature_distance=float(np.linalg.norm(read.features - original.features, axis=1).mean()),
        label_accuracy=float((read.labels == labels).mean()),
    )


def _points(images: NDArray[np.generic]) -> NDArray[np.float32]:
    return images.reshape(len(images), -1).astype(np.float32)


def _batches(rows: NDArray[Any]) -> Iterator[NDArray[Any]]:
    for start in range(0, len(rows), _ROWS):
        yield rows[start : start + _ROWS]
