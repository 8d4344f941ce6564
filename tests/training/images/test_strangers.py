import string

import torch

from training.data import Dataset
from training.images.strangers import LETTERS, pairs, typed


def test_typed_characters_are_prepared_as_mnist_prepares_digits() -> None:
    images = typed(string.digits + LETTERS)
    assert images.shape == (10 + 41, 28, 28)
    ink = (images + 1) / 2
    assert (ink.amax((1, 2)) > 0.9).all()
    for image in ink:
        rows, columns = (torch.nonzero(image.amax(dim)) for dim in (1, 0))
        assert max(int(each.max() - each.min()) + 1 for each in (rows, columns)) == 20
    middle = torch.arange(28.0)
    for side in (1, 2):
        centre = (ink.sum(3 - side) @ middle) / ink.sum((1, 2))
        assert (centre - 13.5).abs().max() < 1.5


def test_letters_leave_out_those_that_look_like_digits() -> None:
    assert not set(LETTERS) & set("lOoISsZzbgq")
    assert len(torch.unique(typed(LETTERS), dim=0)) == len(LETTERS)


def test_pairs_hold_two_digits_in_the_box_of_one(sample: Dataset) -> None:
    digits = torch.from_numpy(sample.train_images[:40].copy()).float() / 127.5 - 1
    heights = set()
    for _ in range(20):
        both = pairs(digits)
        assert both.shape == (20, 28, 28)
        assert both.abs().max() < 1.001
        ink = both > -0.99
        assert not ink[:, :, :4].any()
        assert not ink[:, :, 24:].any()
        heights.add(int(ink.any(2).any(0).sum()))
    assert min(heights) >= 8
    assert max(heights) <= 20
    assert len(heights) > 2
