"""Knows how good a generator looks in seconds, so that a trainer can compare its own snapshots.

Does not know the test digits: a snapshot is picked by its distance to the training digits, so that the figures
computed from the test digits afterwards have selected nothing.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from training.metrics.frechet import frechet_distance, gaussian
from training.metrics.judge import Judge, Reading, load_judge

Batch = Callable[[NDArray[np.uint64], NDArray[np.int64]], NDArray[np.uint8]]
"""Seeds (N,) and labels (N,) in, images uint8 (N, 28, 28) out; an unconditional generator looks at the seeds alone."""

FIRST_SEED = 2**40  # far from the seeds that people ask for, and from those that the reported figures use
_BATCH = 500


class Selection:
    """The Frechet distance to real training digits, by the judge that may select.

    Args:
        images: the training digits, uint8 (N, 28, 28), read once: 8 s for 60,000 of them.
        labels: theirs, (N,); generated images are asked for with the first of these, in this order.
        judge: None for the shipped one, which reads MNIST.
    """

    def __init__(self, images: NDArray[np.uint8], labels: NDArray[np.uint8], judge: Judge | None = None) -> None:
        self.judge = judge or load_judge()
        self._labels = labels.astype(np.int64)
        self._reference = gaussian(self.judge.read(images).features)

    def score(self, generate: Batch, n_images: int = 5000) -> float:
        """Return the distance of ``n_images`` generated images: lower is better, comparable for one ``n_images``.

        The images are those of the same seeds and labels at every call, so that two snapshots differ by their weights
        alone. Takes 1 s for 5,000 images, and what `generate` takes.
        """
        images, _ = self.draw(generate, n_images)
        return self.distance(self.judge.read(images))

    def draw(self, generate: Batch, n_images: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return the images that are scored, uint8 (n_images, 28, 28), and the labels they were asked for with."""
        seeds = np.arange(FIRST_SEED, FIRST_SEED + n_images, dtype=np.uint64)
        labels = np.resize(self._labels, n_images)
        images = [generate(seeds[i : i + _BATCH], labels[i : i + _BATCH]) for i in range(0, n_images, _BATCH)]
        return np.concatenate(images), labels

    def distance(self, reading: Reading) -> float:
        """Return the Frechet distance of images that the judge has read."""
        return frechet_distance(gaussian(reading.features), self._reference)
