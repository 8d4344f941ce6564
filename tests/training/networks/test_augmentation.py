import pytest
import torch

from training.data import Dataset
from training.networks.augmentation import Augment, Augmentation, cut_out, shifted
from training.networks.conv import ProjectionDiscriminator, ProjectionDiscriminatorConfig
from training.recipes import digits

IMAGES = torch.rand(64, 1, 28, 28) * 1.9 - 0.9  # without black pixels


def discriminator(augmentation: Augmentation | None) -> ProjectionDiscriminator:
    torch.manual_seed(1)
    return ProjectionDiscriminator(
        ProjectionDiscriminatorConfig(
            n_classes=10,
            channels=(4, 4, 4),
            hidden=8,
            kernels=(3, 3, 3),
            spectral_norm=False,
            augmentation=augmentation,
        )
    )


def test_shift_moves_whole_images_and_fills_with_black() -> None:
    seen = set()
    for before, after in zip(IMAGES, shifted(IMAGES, 2), strict=True):
        moves = [
            (down, right)
            for down in range(-2, 3)
            for right in range(-2, 3)
            if torch.equal(
                after[:, max(0, -down) : 28 - max(0, down), max(0, -right) : 28 - max(0, right)],
                before[:, max(0, down) : 28 - max(0, -down), max(0, right) : 28 - max(0, -right)],
            )
        ]
        assert len(moves) == 1
        down, right = moves[0]
        assert (after == -1).sum() == 28 * 28 - (28 - abs(down)) * (28 - abs(right))
        seen.add(moves[0])
    assert len(seen) > 10


def test_cutout_is_one_black_square_of_at_most_its_side() -> None:
    after = cut_out(IMAGES, 8)
    changed = after != IMAGES
    for square in changed[:, 0]:
        rows, columns = square.any(1), square.any(0)
        assert square.sum() == rows.sum() * columns.sum()
        assert 4 <= rows.sum() <= 8
        assert 4 <= columns.sum() <= 8
    assert (after[changed] == -1).all()
    assert len({tuple(square.flatten().tolist()) for square in changed}) > 32


def test_gradients_reach_only_the_remaining_pixels() -> None:
    torch.manual_seed(3)
    images = IMAGES.clone().requires_grad_()
    after = Augment(Augmentation(max_shift=2, cutout=8))(images)
    after.sum().backward()
    assert images.grad is not None
    assert images.grad.sum() == (after != -1).sum()


def test_augmentation_is_off_in_evaluation_mode() -> None:
    assert Augment(Augmentation(max_shift=2, cutout=8)).eval()(IMAGES) is IMAGES


def test_augmentation_applies_to_real_and_fake_and_adds_no_weights() -> None:
    label = torch.zeros(64, dtype=torch.int64)
    plain, augmented = discriminator(None), discriminator(Augmentation(max_shift=2, cutout=0))
    assert sum(w.numel() for w in plain.parameters()) == sum(w.numel() for w in augmented.parameters())
    images = IMAGES.squeeze(1)
    assert torch.equal(plain(images, label), plain(images, label))
    assert not torch.equal(augmented(images, label), augmented(images, label))
    assert torch.equal(augmented.eval()(images, label), plain(images, label))


def test_augmentation_is_off_by_default(sample: Dataset) -> None:
    configuration = digits.RECIPE.configuration()
    assert configuration["discriminator"].pop("augmentation") is None
    assert (
        digits.RECIPE.with_defaults(configuration) == digits.RECIPE.configuration()
    )  # as written by a run from before augmentation existed


@pytest.mark.parametrize("side", [0, 1])
def test_cutout_of_size_zero_or_one_has_that_many_pixels(side: int) -> None:
    augment = Augment(Augmentation(max_shift=0, cutout=side))
    assert (augment(IMAGES) != IMAGES).sum() == 64 * side
