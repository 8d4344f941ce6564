"""Appraises a generator quickly: the judge's distance, and the three signs of a collapse.

Nothing here draws from a random state of the training. Styles come from fixed seeds, so that two appraisals differ only
by the weights, and a watched run is bit for bit the run that it would be unwatched.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from ..data import Dataset
from ..drawing.sheets import draw_seeds
from ..metrics.classes import class_imbalance, label_accuracy
from ..metrics.distances import frechet_distance, gaussian
from ..metrics.judge import Judge, Reading, load_judge
from ..metrics.neighbours import squared_distances
from ..networks.base import Generator
from ..state import Figures

N_IMAGES = 5_000
FIRST_SEED = 2**40  # far from the seeds that people use, and from those of the published figures
_BATCH = 500
_USUAL_PIXELS = 28 * 28  # of larger images, fewer are drawn at a time
_N_COMPARED = 1_000  # images compared with each other to find duplicates
_N_REFERENCE = 10_000  # read in a second; the distance to all 60,000 training digits ranks snapshots alike


@dataclass(frozen=True, kw_only=True)
class Appraisal:
    """The judge's view of a generator.

    Args:
        judge_distance: Frechet distance to training digits in the judge's features; lower is better.
        classes: the effective number of classes: the exponential of the labels' entropy, at least 1.
        duplicates: share of 1,000 images that are closer to another one, in the judge's features, than 99 of 100 real
            digits are to their nearest; 0.01 for real digits.
        label_accuracy: share read as requested; None for an unconditional generator.
    """

    judge_distance: float
    classes: float
    duplicates: float
    label_accuracy: float | None

    @property
    def figures(self) -> Figures:
        """The figures that are not None, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


class Appraiser:
    """Appraises generators, always with the same seeds and labels.

    Args:
        dataset: its training digits are the measure. Its test digits are not used, because they must not select the
            model that they score later.
        n_images: per appraisal, at least 1,000. Only distances with the same number are comparable.
        judge: reads the images; None for the shipped one, which reads MNIST.
    """

    def __init__(self, dataset: Dataset, n_images: int = N_IMAGES, judge: Judge | None = None) -> None:
        self._n_images = n_images
        self._rows = max(1, _BATCH * _USUAL_PIXELS // max(_USUAL_PIXELS, dataset.train_images[0].size))
        self._n_classes = dataset.n_classes
        # Shuffled, because MNIST alternates between two groups of writers: its first digits are not representative.
        order = np.random.default_rng(0).permutation(len(dataset.train_images))
        chosen, others = order[:_N_REFERENCE], order[_N_REFERENCE : _N_REFERENCE + n_images]
        self._others = dataset.train_images[others]
        images, labels = dataset.train_images[chosen], dataset.train_labels[chosen]
        self._judge = judge or load_judge()
        self._reference = gaussian(self._judge.read(images).features)
        self._labels = np.resize(labels.astype(np.int64), n_images)
        real = self._judge.read(images[:_N_COMPARED])
        self._too_near = float(np.percentile(_nearest(real.features), 1))

    def floor(self) -> float | None:
        """Return the distance of the same number of other training digits; None if there are not enough."""
        if len(self._others) < self._n_images:
            return None
        return self._distance(self._judge.read(self._others))

    def appraise(self, generator: Generator) -> Appraisal:
        """Return the appraisal of a generator in evaluation mode."""
        seeds = np.arange(FIRST_SEED, FIRST_SEED + self._n_images, dtype=np.uint64)
        batches = [slice(start, start + self._rows) for start in range(0, self._n_images, self._rows)]
        images = np.concatenate([draw_seeds(generator, seeds[rows], self._labels[rows]) for rows in batches])
        reading = self._judge.read(images)
        return Appraisal(
            judge_distance=self._distance(reading),
            classes=float(self._n_classes * np.exp(-class_imbalance(reading.labels, self._n_classes))),
            duplicates=float((_nearest(reading.features[:_N_COMPARED]) < self._too_near).mean()),
            label_accuracy=label_accuracy(reading.labels, self._labels) if generator.n_classes else None,
        )

    def _distance(self, reading: Reading) -> float:
        return frechet_distance(gaussian(reading.features), self._reference)


def _nearest(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each point's squared distance to its nearest neighbour: points (N, D) to float32 (N,)."""
    return np.concatenate([np.partition(rows, 1, axis=1)[:, 1] for rows in squared_distances(points, points)])
