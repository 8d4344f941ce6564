"""Knows the kernel distance between two sets of features: the squared maximum mean discrepancy, without bias.

Does not know the judge that the features come from.

Source: Binkowski, Sutherland, Arbel, Gretton, "Demystifying MMD GANs" (2018), section 4, for the cubic polynomial
kernel and the blocks; Gretton et al., "A kernel two-sample test" (2012), equation 3, for the unbiased estimate.
"""

import numpy as np
from numpy.typing import NDArray

BLOCK = 1000


def kernel_distance(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Return the mean over blocks of the unbiased squared discrepancy of a (N, D) and b (M, D).

    Each block takes the next 1,000 points of either set (all of them where there are fewer). The expectation is 0 for
    sets of one distribution, so that a single value may lie below 0.
    """
    size = min(BLOCK, len(a), len(b))
    starts = range(0, min(len(a), len(b)) - size + 1, size)
    return float(np.mean([_discrepancy(a[s : s + size], b[s : s + size]) for s in starts]))


def _discrepancy(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    n, dimensions = a.shape
    a64, b64 = a.astype(np.float64), b.astype(np.float64)

    def kernel(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        similarity: NDArray[np.float64] = (x @ y.T / dimensions + 1) ** 3
        return similarity

    within_a, within_b = kernel(a64, a64), kernel(b64, b64)
    within = within_a.sum() - np.trace(within_a) + within_b.sum() - np.trace(within_b)
    return float(within / (n * (n - 1)) - 2 * kernel(a64, b64).mean())
