from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from training.data import Dataset
from training.networks.base import Generator
from training.watch.appraisal import Appraiser


class Album(Generator):
    """Returns real digits, chosen by the style and, with classes, by the label."""

    def __init__(self, dataset: Dataset, n_classes: int, n_pictures: int) -> None:
        super().__init__(4, n_classes, nn.Sequential())
        labels = torch.from_numpy(dataset.train_labels.astype("int64"))
        self.pictures = torch.from_numpy(dataset.train_images.astype("float32")) / 127.5 - 1
        self.by_class = [torch.nonzero(labels == label).squeeze(1)[:n_pictures] for label in range(10)]
        self.any = torch.arange(len(labels))[:n_pictures]

    def forward(self, style: Tensor, label: Tensor) -> Tensor:
        places = (style.sum(1).abs() * 1e4).long()
        if not self.n_classes:
            return self.pictures[self.any[places % len(self.any)]]
        pages = [self.by_class[asked] for asked in label.tolist()]
        chosen = [page[place % len(page)] for page, place in zip(pages, places.tolist(), strict=True)]
        return self.pictures[torch.stack(chosen)]


@pytest.fixture(scope="module")
def appraiser(sample: Dataset) -> Appraiser:
    return Appraiser(sample, n_images=1000)


def test_real_digits_by_class_are_close_balanced_and_read_correctly(appraiser: Appraiser, sample: Dataset) -> None:
    found = appraiser.appraise(Album(sample, 10, 500))
    assert found.judge_distance < 1
    assert found.classes > 9.9
    assert found.label_accuracy is not None
    assert found.label_accuracy > 0.99


def test_few_pictures_per_class_count_as_duplicates(appraiser: Appraiser, sample: Dataset) -> None:
    found = appraiser.appraise(Album(sample, 10, 3))
    assert found.duplicates > 0.9
    assert found.classes > 9.9
    assert found.judge_distance > 5


def test_few_pictures_without_classes_lower_the_class_count(appraiser: Appraiser, sample: Dataset) -> None:
    found = appraiser.appraise(Album(sample, 0, 3))
    assert found.classes <= 3.01
    assert found.label_accuracy is None
    assert "label_accuracy" not in found.figures


def test_appraisal_of_the_same_weights_is_always_the_same(appraiser: Appraiser, sample: Dataset) -> None:
    album = Album(sample, 10, 40)
    first = appraiser.appraise(album)
    torch.randn(7)  # other random numbers in between
    assert appraiser.appraise(album) == first


def test_appraisal_does_not_use_test_digits(appraiser: Appraiser, sample: Dataset) -> None:
    blind = replace(sample, test_images=sample.test_images[:0], test_labels=sample.test_labels[:0])
    assert Appraiser(blind, n_images=1000).appraise(Album(sample, 10, 40)) == appraiser.appraise(Album(sample, 10, 40))
