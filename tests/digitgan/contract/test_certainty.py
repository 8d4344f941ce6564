"""Confidences and errors of pictures that were read."""

import numpy as np
import pytest

from digitgan.contract.certainty import confidences, errors


def test_confidence_is_the_softmax_of_the_likeliest_class() -> None:
    scores = np.log(np.array([[1, 3], [2, 2], [9, 1]], np.float32)) + np.float32(500)  # too large for exp
    assert confidences(scores) == pytest.approx([0.75, 0.5, 0.9], abs=1e-4)


def test_error_is_the_root_mean_square_in_grey_levels() -> None:
    images = np.array([[[0, 0]], [[255, 0]]], np.uint8)
    assert errors(images, np.array([[[255, 255]], [[252, 4]]], np.uint8)) == pytest.approx([255, 12.5**0.5])
