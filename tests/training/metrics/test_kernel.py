import numpy as np
import pytest

from training.metrics.kernel import kernel_distance


def _normal(seed: int, n: int = 2000, shift: float = 0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(n, 8)) + shift).astype(np.float32)


def test_two_points_a_side_give_the_unbiased_estimate_by_hand() -> None:
    a, b = np.array([[1.0], [2.0]], np.float32), np.array([[0.0], [3.0]], np.float32)
    within = (1 * 2 + 1) ** 3 + (0 * 3 + 1) ** 3
    across = np.mean([(x * y + 1) ** 3 for x in (1, 2) for y in (0, 3)])
    assert kernel_distance(a, b) == pytest.approx(within - 2 * across)


def test_sets_of_one_distribution_scatter_about_zero() -> None:
    values = [kernel_distance(_normal(seed), _normal(seed + 100)) for seed in range(10)]
    assert min(values) < 0 < max(values)


def test_a_shift_stands_far_above_the_scatter() -> None:
    same = [abs(kernel_distance(_normal(seed), _normal(seed + 100))) for seed in range(5)]
    assert kernel_distance(_normal(0), _normal(1, shift=0.3)) > 3 * max(same)


def test_sets_smaller_than_a_block_are_compared_as_they_are() -> None:
    assert kernel_distance(_normal(0, n=300), _normal(1, n=200, shift=2)) > 1
