"""Knows what scores follow from labels alone: how often the asked class came, and how evenly classes come.

Does not know images, nor who read the labels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_STACKS = 26_000
N_CLASSES = 10
N_MODES = N_CLASSES**3


@dataclass(frozen=True)
class Modes:
    """How a set of stacks spreads over the 1,000 modes.

    Args:
        n_covered: modes that came at least once.
        divergence: of the stacks' modes from uniform ones, in nats. N uniform stacks give about 999 / 2N.
    """

    n_covered: int
    divergence: float


def label_accuracy(read: NDArray[np.integer], asked: NDArray[np.integer]) -> float:
    """Return the share of labels (N,) that were read as they were asked for."""
    return float((read == asked).mean())


def class_imbalance(labels: NDArray[np.integer], n_classes: int = 10) -> float:
    """Return the Kullback-Leibler divergence of labels (N,) from uniform classes, in nats.

    0 where all classes come equally often; ``log(n_classes)`` where there is one class only.
    """
    shares = np.bincount(labels, minlength=n_classes) / len(labels)
    present = shares[shares > 0]
    return float((present * np.log(present * n_classes)).sum())


def modes(labels: NDArray[np.integer]) -> Modes:
    """Return the spread of stacks whose channels were read as labels: integers 0..9, (N, 3)."""
    numbers = labels @ np.array([100, 10, 1])
    return Modes(len(np.unique(numbers)), class_imbalance(numbers, N_MODES))
