import numpy as np
import pytest

from training.metrics.neighbours import manifold, neighbour_scores, squared_distances


def _points(seed: int, n: int = 1200, shift: float = 0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(n, 4)) + shift).astype(np.float32)


def test_squared_distances_cover_every_pair_across_blocks() -> None:
    a, b = _points(0, n=1100), _points(1, n=7)
    expected = np.square(a[:, None] - b[None]).sum(axis=2)
    assert np.concatenate(list(squared_distances(a, b))) == pytest.approx(expected, abs=1e-4)


def test_ball_reaches_the_kth_other_point() -> None:
    line = np.array([[0.0], [1.0], [3.0], [7.0]], np.float32)
    assert np.sqrt(manifold(line, k=2).squared_radii).tolist() == [3, 2, 3, 6]


def test_set_overlaps_itself_completely() -> None:
    points = manifold(_points(0))
    scores = neighbour_scores(points, points)
    assert (scores.precision, scores.recall, scores.coverage) == (1, 1, 1)
    assert scores.density == pytest.approx(
        6 / 5, abs=0.02
    )  # each point and its k neighbours; rounding splits some ties


def test_distant_sets_do_not_overlap() -> None:
    scores = neighbour_scores(manifold(_points(0)), manifold(_points(1, shift=100)))
    assert (scores.precision, scores.recall, scores.density, scores.coverage) == (0, 0, 0, 0)


def test_missing_half_lowers_recall_and_coverage_only() -> None:
    two_heaps = np.concatenate([_points(0), _points(1, shift=50)])
    scores = neighbour_scores(manifold(two_heaps), manifold(_points(2, n=2400)))
    assert scores.precision > 0.9
    assert scores.recall == pytest.approx(0.5, abs=0.05)
    assert scores.coverage == pytest.approx(0.5, abs=0.05)


def test_real_outlier_does_not_raise_density() -> None:
    real = np.concatenate([_points(0), [[1000, 0, 0, 0]]]).astype(np.float32)
    scores = neighbour_scores(manifold(real), manifold(_points(1, shift=30)))
    assert scores.precision == 1  # all points lie in the outlier's huge ball, which density counts as one of five
    assert scores.density <= 0.2 + 1e-6
