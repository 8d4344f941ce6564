"""Scores real digits that were distorted in known ways, so that figures can be interpreted."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data import Dataset
from .reference import Judges, Reference, reference, required_judges, score_draw, training_rows

Images = NDArray[np.uint8]
Labels = NDArray[np.uint8]


def _specks(images: Images, _labels: Labels) -> Images:
    """Turn 1 % of all pixels white."""
    return np.where(np.random.default_rng(1).random(images.shape) < 0.01, 255, images).astype(np.uint8)


def _shifted(images: Images, _labels: Labels) -> Images:
    return np.roll(images, 1, axis=2)


def _half_twice(images: Images, _labels: Labels) -> Images:
    return np.concatenate([images[: len(images) // 2]] * 2)


def _without_nines(images: Images, labels: Labels) -> Images:
    """Replace the nines with the first other digits, so that the number of images stays the same."""
    return np.resize(images[labels != 9], images.shape)


def _blurred(images: Images, _labels: Labels) -> Images:
    """Replace each pixel by the mean of the nine around it."""
    edged = np.pad(images.astype(np.float32), ((0, 0), (1, 1), (1, 1)))
    places = [(down, right) for down in range(3) for right in range(3)]
    around = np.stack([edged[:, down : down + 28, right : right + 28] for down, right in places])
    blurred: Images = np.rint(around.mean(axis=0)).astype(np.uint8)
    return blurred


def _faint(images: Images, _labels: Labels) -> Images:
    """Reduce the ink by a tenth."""
    faint: Images = np.rint(images * np.float32(0.9)).astype(np.uint8)
    return faint


DISTORTIONS: dict[str, Callable[[Images, Labels], Images]] = {
    "1 % specks": _specks,
    "shifted by one pixel": _shifted,
    "a tenth fainter": _faint,
    "half of them twice": _half_twice,
    "no nines": _without_nines,
    "3 x 3 blur": _blurred,
}


def calibrate(dataset: Dataset, real: Reference, judges: Judges, n_images: int) -> dict[str, dict[str, float]]:
    """Return the scores of distorted training digits by distortion, undistorted ones first."""
    rows = training_rows(dataset, 0, n_images)
    images, labels = dataset.train_images[rows], dataset.train_labels[rows]
    distorted = {name: distort(images, labels) for name, distort in DISTORTIONS.items()}
    return {name: score_draw(each, real, judges) for name, each in ({"untouched": images} | distorted).items()}


def floors_and_calibration(dataset: Dataset, n_images: int) -> dict[str, Any]:
    """Return the scores' floors over draws of real digits, and the scores of digits that were distorted in known ways.

    Args:
        dataset: the real digits.
        n_images: in each draw, limited to the number of training digits, because a repeated digit adds nothing.

    Raises:
        JudgeRefused: no judge reads these data.
    """
    judges = required_judges(dataset.sha256)
    n_images = min(n_images, len(dataset.train_images))
    real = reference(dataset, judges, n_images)
    floors = {
        name: {"mean": values.mean(), "least": values.min(), "most": values.max()}
        for name, values in real.floors.items()
    }
    return {"floors": floors, "calibration": calibrate(dataset, real, judges, n_images)}
