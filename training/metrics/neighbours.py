"""Precision, recall, density and coverage of two sets of points, from nearest neighbours.

Distances are computed in blocks of rows, so that 10,000 points against 10,000 take 40 MB rather than 400.

Source: Kynkaanniemi et al., "Improved precision and recall metric for assessing generative models" (2019), section 2,
for precision and recall; Naeem et al., "Reliable fidelity and diversity metrics for generative models" (2020),
section 3, for density and coverage.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

K = 5
_ROWS = 1000


@dataclass(frozen=True)
class Manifold:
    """Points, each with the ball that reaches its k-th nearest neighbour.

    Args:
        points: float32 (N, D).
        squared_radii: float32 (N,).
    """

    points: NDArray[np.float32]
    squared_radii: NDArray[np.float32]


@dataclass(frozen=True)
class NeighbourScores:
    """How much two manifolds overlap.

    Args:
        precision: share of generated points inside any real point's ball.
        recall: share of real points inside any generated point's ball.
        density: the mean number of real balls around a generated point, divided by k; may exceed 1.
        coverage: share of real balls that contain any generated point.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def manifold(points: NDArray[np.float32], k: int = K) -> Manifold:
    """Return points (N, D) with the balls to their k-th nearest neighbours; N must exceed k."""
    # Each point is its own nearest neighbour, at index 0, so its k-th other neighbour is at index k.
    radii = [np.partition(rows, k, axis=1)[:, k] for rows in squared_distances(points, points)]
    return Manifold(points, np.concatenate(radii))


def neighbour_scores(real: Manifold, generated: Manifold, k: int = K) -> NeighbourScores:
    """Return the four scores of two manifolds that were made with this k."""
    n_balls_around = []  # of real points, around each generated point
    in_generated_ball = np.zeros(len(real.points), bool)
    covered = np.zeros(len(real.points), bool)
    blocks = np.array_split(generated.squared_radii, range(_ROWS, len(generated.points), _ROWS))
    for distances, radii in zip(squared_distances(generated.points, real.points), blocks, strict=True):
        in_real_ball = distances <= real.squared_radii  # (rows, real points)
        n_balls_around.append(in_real_ball.sum(axis=1))
        covered |= in_real_ball.any(axis=0)
        in_generated_ball |= (distances <= radii[:, None]).any(axis=0)
    n_balls = np.concatenate(n_balls_around)
    return NeighbourScores(
        precision=float((n_balls > 0).mean()),
        recall=float(in_generated_ball.mean()),
        density=float(n_balls.mean() / k),
        coverage=float(covered.mean()),
    )


def squared_distances(a: NDArray[np.float32], b: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Yield |a_i - b_j|^2, float32, not negative, for the next rows of a (N, D) against all of b (M, D)."""
    b_squared = np.square(b).sum(axis=1)
    for start in range(0, len(a), _ROWS):
        rows = a[start : start + _ROWS]
        distances = rows @ b.T
        distances *= -2
        distances += np.square(rows).sum(axis=1)[:, None]
        distances += b_squared
        yield np.maximum(distances, 0, out=distances)
