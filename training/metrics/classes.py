"""Knows what scores follow from labels alone: how often the asked class came, and how evenly classes come.

Does not know images, nor who read the labels.
"""

import numpy as np
from numpy.typing import NDArray


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
