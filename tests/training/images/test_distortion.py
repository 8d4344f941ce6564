import torch

from training.data import Dataset
from training.images.distortion import distorted


def test_distortion_keeps_shape_range_and_background(sample: Dataset) -> None:
    digits = torch.from_numpy(sample.train_images[:200].copy()).float() / 127.5 - 1
    changed = distorted(digits)
    assert changed.shape == digits.shape
    assert changed.min() >= -1
    assert changed.max() <= 1
    assert (changed[:, 0, 0] == -1).all()
    ink = (changed + 1).sum((1, 2)) / (digits + 1).sum((1, 2))
    assert ink.min() > 0.3
    assert ink.max() < 2.5


def test_distortion_changes_each_digit_in_its_own_way() -> None:
    digit = torch.full((1, 28, 28), -1.0)
    digit[:, 6:22, 12:16] = 1.0
    changed = distorted(digit.expand(50, 28, 28))
    assert len(torch.unique(changed, dim=0)) == 50


def test_equal_random_states_give_equal_distortions(sample: Dataset) -> None:
    digits = torch.from_numpy(sample.train_images[:5].copy()).float() / 127.5 - 1
    torch.manual_seed(3)
    first = distorted(digits)
    torch.manual_seed(3)
    assert torch.equal(first, distorted(digits))
