import numpy as np
import pytest

from training.metrics.neighbours import manifold, neighbour_scores, squared_distances


def _points(seed: int, n: int = 1200, shift: float = 0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(n, 4)) + shift).astype(np.float32)


def test_distances_are_those_of_every_pair_across_blocks() -> None:
    a, b = _points(0, n=1100), _points(1, n=7)
    expected = np.square(a[:, None] - b[None]).sum(axis=2)
    assert np.concatenate(list(squared_distances(a, b))) == pytest.approx(expected, abs=1e-4)


def test_a_ball_reaches_to_the_kth_other_point() -> None:
    line = np.array([[0.0], [1.0], [3.0], [7.0]], np.float32)
    assert np.sqrt(manifold(line, k=2).squared_radii).tolist() == [3, 2, 3, 6]


def test_a_set_against_itself_shares_all_its_ground() -> None:
    points = manifold(_points(0))
    scores = neighbour_scores(points, points)
    assert (scores.precision, scores.recall, scores.coverage) == (1, 1, 1)
    assert scores.density == pytest.approx(6 / 5, abs=0.02)  # itself and k more; rounding splits some ties


def test_sets_far_apart_share_nothing() -> None:
    scores = neighbour_scores(manifold(_points(0)), manifold(_points(1, shift=100)))
    assert (scores.precision, scores.recall, scores.density, scores.coverage) == (0, 0, 0, 0)


def test_half_of_the_ground_lost_shows_in_recall_and_coverage_not_in_precision() -> None:
    two_heaps = np.concatenate([_points(0), _points(1, shift=50)])
    scores = neighbour_scores(manifold(two_heaps), manifold(_points(2, n=2400)))
    assert scores.precision > 0.9
    assert scores.recall == pytest.approx(0.5, abs=0.05)
    assert scores.coverage == pytest.approx(0.5, abs=0.05)


def test_one_outlier_among_real_points_does_not_pass_for_density() -> None:
    real = np.concatenate([_points(0), [[1000, 0, 0, 0]]]).astype(np.float32)
    scores = neighbour_scores(manifold(real), manifold(_points(1, shift=30)))
    assert scores.precision == 1  # all of it lies in the outlier's one huge ball, which density counts once of five
    assert scores.density <= 0.2 + 1e-6
