import numpy as np
import pytest

from training.data import load
from training.metrics.copies import memorised_share, n_duplicates, nearest_distances, suspicious_distance

DIGITS = load("sample")


def test_distance_is_euclidean_in_pixels_from_zero_to_one() -> None:
    black, spots = np.zeros((1, 28, 28), np.uint8), np.zeros((2, 28, 28), np.uint8)
    spots[0, :2, :2] = 255
    spots[1, :3, :3] = 255
    assert nearest_distances(black, spots) == pytest.approx([2])


def test_memorised_share_counts_copies_but_not_test_digits() -> None:
    suspicious = suspicious_distance(DIGITS.test_images, DIGITS.train_images)
    half_copied = np.concatenate([DIGITS.train_images[:100], DIGITS.test_images[:100]])
    assert memorised_share(half_copied, DIGITS.train_images, suspicious) == pytest.approx(0.5, abs=0.03)
    assert memorised_share(DIGITS.test_images, DIGITS.train_images, suspicious) == pytest.approx(0.01, abs=0.001)


def test_memorised_share_counts_copies_with_slight_noise() -> None:
    suspicious = suspicious_distance(DIGITS.test_images, DIGITS.train_images)
    noisy = DIGITS.train_images[:50] ^ np.random.default_rng(0).integers(0, 2, (50, 28, 28), dtype=np.uint8)
    assert memorised_share(noisy, DIGITS.train_images, suspicious) == 1


def test_n_duplicates_counts_exact_copies_of_earlier_images() -> None:
    images = np.random.default_rng(0).integers(0, 256, (10, 28, 28), dtype=np.uint8)
    nearly = images[:1].copy()
    nearly[0, 5, 5] ^= 1
    assert n_duplicates(np.concatenate([images, nearly])) == 0
    assert n_duplicates(np.concatenate([images, images[:2], images[:1]])) == 3
