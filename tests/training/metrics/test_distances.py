import numpy as np
import pytest

from training.metrics.distances import (
    Gaussian,
    frechet_distance,
    gaussian,
    kernel_distance,
    pixel_gaussian,
    pixel_points,
)


def test_distance_of_equal_moments_is_zero() -> None:
    points = np.random.default_rng(0).normal(size=(500, 6))
    assert frechet_distance(gaussian(points), gaussian(points)) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_of_a_shift_is_its_square() -> None:
    points = np.random.default_rng(0).normal(size=(500, 3))
    assert frechet_distance(gaussian(points), gaussian(points + np.array([3.0, 0, -4.0]))) == pytest.approx(25)


def test_frechet_distance_of_axis_aligned_gaussians_is_exact() -> None:
    a = Gaussian(np.zeros(2), np.diag([4.0, 9.0]))
    b = Gaussian(np.zeros(2), np.diag([1.0, 16.0]))
    assert frechet_distance(a, b) == pytest.approx((2 - 1) ** 2 + (3 - 4) ** 2)


def test_frechet_distance_of_non_commuting_covariances_is_exact() -> None:
    a = Gaussian(np.zeros(2), np.array([[2.0, 1.0], [1.0, 2.0]]))
    b = Gaussian(np.zeros(2), np.diag([1.0, 4.0]))
    # In two dimensions tr((AB)^(1/2)) = sqrt(tr(AB) + 2 sqrt(det(AB))).
    expected = 4 + 5 - 2 * np.sqrt(10 + 2 * np.sqrt(3 * 4))
    assert frechet_distance(a, b) == pytest.approx(expected)
    assert frechet_distance(b, a) == pytest.approx(expected)


def test_frechet_distance_handles_constant_directions() -> None:
    a = Gaussian(np.zeros(2), np.diag([1.0, 0.0]))
    b = Gaussian(np.zeros(2), np.diag([1.0, 0.25]))
    assert frechet_distance(a, b) == pytest.approx(0.25)


def test_moments_match_numpy() -> None:
    points = np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32)
    assert gaussian(points).mean == pytest.approx(points.mean(axis=0), abs=1e-6)
    assert gaussian(points).covariance == pytest.approx(np.cov(points, rowvar=False), abs=1e-6)


def test_pixels_count_from_zero_to_one() -> None:
    images = np.zeros((4, 2, 2), np.uint8)
    images[:, 0, 0] = 255
    assert pixel_gaussian(images).mean.tolist() == [1, 0, 0, 0]


def _normal(seed: int, n: int = 2000, shift: float = 0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(n, 8)) + shift).astype(np.float32)


def test_kernel_distance_of_two_points_each_matches_by_hand() -> None:
    a, b = np.array([[1.0], [2.0]], np.float32), np.array([[0.0], [3.0]], np.float32)
    within = (1 * 2 + 1) ** 3 + (0 * 3 + 1) ** 3
    across = np.mean([(x * y + 1) ** 3 for x in (1, 2) for y in (0, 3)])
    assert kernel_distance(a, b) == pytest.approx(within - 2 * across)


def test_kernel_distance_of_equal_distributions_is_about_zero() -> None:
    values = [kernel_distance(_normal(seed), _normal(seed + 100)) for seed in range(10)]
    assert min(values) < 0 < max(values)


def test_kernel_distance_of_a_shift_exceeds_the_noise() -> None:
    same = [abs(kernel_distance(_normal(seed), _normal(seed + 100))) for seed in range(5)]
    assert kernel_distance(_normal(0), _normal(1, shift=0.3)) > 3 * max(same)


def test_kernel_distance_accepts_sets_smaller_than_a_block() -> None:
    assert kernel_distance(_normal(0, n=300), _normal(1, n=200, shift=2)) > 1


def test_large_images_are_reduced_to_means_of_squares() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 48, 3), np.uint8)
    points = pixel_points(images)
    assert points.shape == (2, 11 * 16 * 3)
    first = images[0, :3, :3].mean((0, 1))
    np.testing.assert_allclose(points[0].reshape(11, 16, 3)[0, 0], first, rtol=1e-6)
    last = images[1, 30:, 45:].mean((0, 1))  # two rows are left of 32
    np.testing.assert_allclose(points[1].reshape(11, 16, 3)[-1, -1], last, rtol=1e-6)


def test_pixels_of_small_images_are_compared_as_they_are() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 28, 28), np.uint8)
    np.testing.assert_array_equal(pixel_points(images), images.reshape(2, 784))
