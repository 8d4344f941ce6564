"""Knows what generated digits are worth to someone who trains a reader on them.

Does not know the generator: digits come in as arrays. The reader has the selecting judge's architecture and
training, so that the judge's own accuracy is what real digits are worth.

Source: Ravuri and Vinyals, "Classification accuracy score for conditional generative models" (2019).
"""

import numpy as np
from numpy.typing import NDArray

from training.metrics import judge_training

N_IMAGES = 60_000
N_STEPS = 4700  # ten epochs, as the judge had: 5 minutes of one core
SEED = 1  # the judge's: its accuracy on real digits is the floor, and differs by the pictures alone


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
        images: what the reader learns from, uint8 (N, 28, 28).
        labels: theirs, (N,), 0..9.
        test_images: real digits, uint8 (M, 28, 28).
        test_labels: theirs, (M,).
        seed: of the reader's weights and batches.
        n_steps: batches of 128 that it learns from.
    """
    reader = judge_training.train("plain", images, labels, seed=seed, n_steps=n_steps)
    return judge_training.accuracy(reader, test_images, test_labels)
