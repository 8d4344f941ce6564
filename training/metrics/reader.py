"""The classifier accuracy score: how well a reader that learns from generated digits alone reads real ones.

The reader has the selecting judge's architecture and training, so that the judge's own accuracy is the score of real
digits.

Source: Ravuri and Vinyals, "Classification accuracy score for conditional generative models" (2019).
"""

import numpy as np
from numpy.typing import NDArray

from . import judge_training

N_IMAGES = 60_000
N_STEPS = 4700  # ten epochs, as for the judge: 5 minutes on one core
SEED = 1  # the judge's, so that its accuracy on real digits differs only by the pictures


def reader_accuracy(
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    test_images: NDArray[np.uint8],
    test_labels: NDArray[np.integer],
    *,
    n_steps: int,
    seed: int = SEED,
) -> float:
    """Return the share of test digits that a reader trained on the given ones alone reads right.

    Args:
        images: from which the reader learns, uint8 (N, H, W) or (N, H, W, 3).
        labels: of these images, (N,), 0..9.
        test_images: real digits, uint8 (M, ...).
        test_labels: of these digits, (M,).
        seed: of the reader's weights and batches.
        n_steps: batches of 128 that it learns from.
    """
    reader = judge_training.train("plain", images, labels, seed=seed, n_steps=n_steps)
    return judge_training.accuracy(reader, test_images, test_labels)
