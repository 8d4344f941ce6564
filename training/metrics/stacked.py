"""Knows Stacked MNIST: three digits as the channels of one image make 1,000 modes, and a collapse shows.

Does not know how the digits came about: as three channels of a generator trained on such stacks, or as three
independent draws of one that makes single digits.

Source: Metz et al., "Unrolled generative adversarial networks" (2017), section 3.3.1, for the test; Lin et al.,
"PacGAN" (2018), section 4.2, for 26,000 stacks and the divergence from the uniform distribution over modes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.metrics.classes import class_imbalance

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


def modes(labels: NDArray[np.integer]) -> Modes:
    """Return the spread of stacks whose channels were read as labels: integers 0..9, (N, 3)."""
    numbers = labels @ np.array([100, 10, 1])
    return Modes(len(np.unique(numbers)), class_imbalance(numbers, N_MODES))
