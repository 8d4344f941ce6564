"""Scores that follow from labels alone: label accuracy, class balance, and the modes of Stacked MNIST.

Stacked MNIST is the standard test of mode collapse: three digits as the channels of one image make 1,000 modes. They
may be the channels of a generator trained on stacks, or three draws of a generator of single digits.

Source: Metz et al., "Unrolled generative adversarial networks" (2017), section 3.3.1, for the test; Lin et al.,
"PacGAN" (2018), section 4.2, for 26,000 stacks and the divergence from the uniform distribution over modes.
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
        n_covered: modes that occur at least once.
        divergence: from uniform modes, in nats. N uniform stacks give about 999 / 2N.
    """

    n_covered: int
    divergence: float


def label_accuracy(read: NDArray[np.integer], requested: NDArray[np.integer]) -> float:
    """Return the share of labels (N,) that were read as requested."""
    return float((read == requested).mean())


def class_imbalance(labels: NDArray[np.integer], n_classes: int = 10) -> float:
    """Return the Kullback-Leibler divergence of labels (N,) from uniform classes, in nats.

    It is 0 if all classes are equally frequent, and ``log(n_classes)`` if there is only one.
    """
    shares = np.bincount(labels, minlength=n_classes) / len(labels)
    present = shares[shares > 0]
    return float((present * np.log(present * n_classes)).sum())


def modes(labels: NDArray[np.integer]) -> Modes:
    """Return the spread of stacks whose channels were read as labels: integers 0..9, (N, 3)."""
    numbers = labels @ np.array([100, 10, 1])
    return Modes(len(np.unique(numbers)), class_imbalance(numbers, N_MODES))
