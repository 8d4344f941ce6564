"""Two distances between sets of points: the Frechet distance of their Gaussians, and the kernel distance.

The points may be a judge's features or bare pixels.

Sources: Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash equilibrium" (2017),
equation 6, and Dowson and Landau, "The Frechet distance between multivariate normal distributions" (1982), for the
Frechet distance; Binkowski, Sutherland, Arbel, Gretton, "Demystifying MMD GANs" (2018), section 4, for the cubic
polynomial kernel and the blocks; Gretton et al., "A kernel two-sample test" (2012), equation 3, for the unbiased
estimate.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK = 1000
_MOST_VALUES = 1_024  # of an image whose pixels are compared one by one


@dataclass(frozen=True)
class Gaussian:
    """The first two moments of a set of points.

    Args:
        mean: float64 (D,).
        covariance: float64 (D, D), with divisor N - 1.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


def gaussian(points: NDArray[np.floating]) -> Gaussian:
    """Return the moments of points (N, D), N at least 2, summed in float64."""
    mean = points.mean(axis=0, dtype=np.float64)
    centred = points - mean
    return Gaussian(mean, centred.T @ centred / (len(points) - 1))


def pixel_points(images: NDArray[np.uint8]) -> NDArray[np.uint8 | np.float32]:
    """Return images (N, H, W) or (N, H, W, 3) as points (N, D) of values from 0 to 255.

    Up to 28 x 28 grey pixels, a point has the bare values. Larger images are first reduced by the means of squares, to
    at most 1,024 values, because the cost of all distances of pixels grows with the cube of that number.
    """
    side = 1
    height, width, *channels = images.shape[1:]
    while -(-height // side) * -(-width // side) * math.prod(channels) > _MOST_VALUES:
        side += 1
    if side == 1:
        return images.reshape(len(images), -1)
    rows, columns = (np.arange(0, length, side) for length in (height, width))
    counts = np.outer(np.diff([*rows, height]), np.diff([*columns, width])).astype(np.float32)
    points = []
    for image in images:  # one at a time, so that a sum takes the memory of one
        sums = np.add.reduceat(np.add.reduceat(image.astype(np.float32), rows, axis=0), columns, axis=1)
        points.append((sums / counts.reshape(*counts.shape, *[1] * len(channels))).reshape(-1))
    return np.stack(points)


def pixel_gaussian(images: NDArray[np.uint8]) -> Gaussian:
    """Return the moments of the `pixel_points` of images, from 0 (background) to 1 (ink)."""
    return gaussian(pixel_points(images) / np.float64(255))


def frechet_distance(a: Gaussian, b: Gaussian) -> float:
    """Return |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)): 0 for equal moments, in squared units of the points.

    The trace of the root is the sum of the roots of the eigenvalues of R C_b R, where R R = C_a. All matrices are
    symmetric, so that a rank-deficient covariance (border pixels never vary) needs no added noise.
    """
    values, vectors = np.linalg.eigh(a.covariance)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    inner = np.linalg.eigvalsh(root @ b.covariance @ root)
    cross = np.sqrt(np.clip(inner, 0, None)).sum()
    difference = a.mean - b.mean
    return float(difference @ difference + np.trace(a.covariance) + np.trace(b.covariance) - 2 * cross)


def kernel_distance(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Return the mean over blocks of the unbiased squared discrepancy of a (N, D) and b (M, D).

    Each block takes the next 1,000 points of both sets, or all points if there are fewer. The expectation is 0 for two
    sets from one distribution, so a value may be below 0.
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
