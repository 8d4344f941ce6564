"""Labels in MNIST's own shares."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from digitgan.dataset.shares import mnist_labels
from training.images.idx import read_idx


def test_labels_have_the_counts_of_mnists_training_labels() -> None:
    if not (folder := os.environ.get("MNIST_DIR")):
        pytest.skip("needs MNIST_DIR")
    labels = read_idx(Path(folder) / "train-labels-idx1-ubyte.gz")
    assert np.bincount(mnist_labels()).tolist() == np.bincount(labels).tolist()


def test_labels_are_frozen_because_addresses_are_permanent() -> None:
    assert (
        hashlib.sha256(mnist_labels()).hexdigest() == "242ecda0d6a65b5f65e97223cbd56232b313a612d9d69c4d7871465841b01cf9"
    )


def test_any_part_has_nearly_the_shares_of_the_whole() -> None:
    labels = np.array(mnist_labels())
    shares = np.bincount(labels) / len(labels)
    for start in range(0, 60_000, 1_000):
        assert np.abs(np.bincount(labels[start : start + 1_000]) - 1_000 * shares).max() <= 2
