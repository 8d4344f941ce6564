import numpy as np
import pytest

from training.metrics.classes import N_STACKS, class_imbalance, label_accuracy, modes


def test_label_accuracy_is_the_share_read_as_requested() -> None:
    assert label_accuracy(np.array([1, 2, 3, 4]), np.array([1, 2, 3, 5])) == 0.75


def test_class_imbalance_of_even_classes_is_zero() -> None:
    assert class_imbalance(np.arange(10)) == pytest.approx(0)


def test_class_imbalance_of_one_class_is_the_maximum() -> None:
    assert class_imbalance(np.full(20, 7)) == pytest.approx(np.log(10))


def test_class_imbalance_accepts_a_missing_class() -> None:
    assert class_imbalance(np.arange(9)) == pytest.approx(np.log(10 / 9))


def test_every_number_once_covers_all_modes() -> None:
    numbers = np.arange(1000)
    spread = modes(np.stack([numbers // 100, numbers // 10 % 10, numbers % 10], axis=1))
    assert spread.n_covered == 1000
    assert spread.divergence == pytest.approx(0)


def test_modes_distinguish_channels() -> None:
    assert modes(np.array([[1, 2, 3], [3, 2, 1], [1, 2, 3]])).n_covered == 2


def test_missing_digit_loses_its_modes() -> None:
    labels = np.random.default_rng(0).integers(0, 9, (N_STACKS, 3))
    assert modes(labels).n_covered == 729


def test_divergence_of_uniform_stacks_matches_chance() -> None:
    spread = modes(np.random.default_rng(0).integers(0, 10, (N_STACKS, 3)))
    assert spread.n_covered == 1000
    assert spread.divergence == pytest.approx(999 / (2 * N_STACKS), rel=0.15)
