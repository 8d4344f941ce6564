from pathlib import Path

import numpy as np
import pytest

from tests.training.conftest import short_readers
from training.data import Dataset
from training.metrics import reader
from training.metrics.reader import reader_scores
from training.metrics.reader_networks import READERS
from training.metrics.reference import training_rows


def test_readers_of_real_images_reach_exactly_their_floor(
    sample: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_readers(monkeypatch)
    rows = training_rows(sample, 0, 300)
    images, labels = sample.train_images[rows], sample.train_labels[rows]
    scores = reader_scores(images, labels, sample, tmp_path)
    assert list(scores) == list(READERS)
    assert all(each.accuracy == each.floor for each in scores.values())
    assert {(each.seed, each.n_steps) for each in scores.values()} == {(reader.SEED, 2)}


def test_floors_are_measured_once_for_the_same_images_and_steps(
    sample: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_readers(monkeypatch)
    learned: list[str] = []

    def measured(name: str, images: np.ndarray, labels: np.ndarray, dataset: Dataset, source: str) -> float:
        learned.append(source)
        return 0.5

    monkeypatch.setattr(reader, "_accuracy", measured)
    for n in (200, 200, 100):
        reader_scores(sample.train_images[:n], sample.train_labels[:n], sample, tmp_path)
    assert learned.count("generated images") == 3 * len(READERS)
    assert learned.count("real images") == 2 * len(READERS)
    assert len(list(tmp_path.glob("reader-*.npz"))) == 2 * len(READERS)
