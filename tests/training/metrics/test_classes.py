import numpy as np
import pytest

from training.metrics.classes import class_imbalance, label_accuracy


def test_accuracy_is_the_share_that_was_read_as_asked() -> None:
    assert label_accuracy(np.array([1, 2, 3, 4]), np.array([1, 2, 3, 5])) == 0.75


def test_even_classes_have_no_imbalance() -> None:
    assert class_imbalance(np.arange(10)) == pytest.approx(0)


def test_one_class_alone_has_the_most() -> None:
    assert class_imbalance(np.full(20, 7)) == pytest.approx(np.log(10))


def test_a_missing_class_counts_as_none_rather_than_failing() -> None:
    assert class_imbalance(np.arange(9)) == pytest.approx(np.log(10 / 9))
