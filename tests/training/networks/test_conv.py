import pytest
import torch
from torch import nn

from training.graphs.folding import folded
from training.graphs.graph import ServedGenerator, multiply_adds
from training.networks.conv import ProjectionDiscriminatorConfig, n_doublings, size_refusal
from training.recipes.digits import RECIPE

LABELS = torch.arange(10)


def test_generator_stays_within_the_serving_budget() -> None:
    served = ServedGenerator(folded(RECIPE.generator.build()))
    assert multiply_adds(served) <= 5_000_000
    assert sum(weight.numel() for weight in served.parameters()) < 2_000_000


def test_generator_gives_28_by_28_images_within_the_range_of_tanh() -> None:
    images = RECIPE.generator.build()(torch.randn(10, 64), LABELS)
    assert images.shape == (10, 28, 28)
    assert images.abs().max() <= 1


def test_label_changes_the_image_of_a_style() -> None:
    generator = RECIPE.generator.build().eval()
    images = generator(torch.randn(1, 64).expand(10, 64), LABELS)
    assert len({image.detach().numpy().tobytes() for image in images}) == 10


def test_discriminator_logit_depends_only_on_its_image() -> None:
    discriminator = RECIPE.discriminator.build().eval()
    images = torch.randn(10, 28, 28)
    together = discriminator(images, LABELS)
    alone = torch.cat([discriminator(image[None], label[None]) for image, label in zip(images, LABELS, strict=True)])
    torch.testing.assert_close(together, alone)


def test_discriminator_logit_depends_on_the_label() -> None:
    discriminator = RECIPE.discriminator.build().eval()
    logits = discriminator(torch.randn(1, 28, 28).expand(10, 28, 28), LABELS)
    assert len(set(logits.tolist())) == 10


def test_spectral_norm_bounds_every_map_up_to_the_features() -> None:
    config = ProjectionDiscriminatorConfig(
        n_classes=10, channels=(32, 64, 128), hidden=128, kernels=(4, 4, 3), spectral_norm=True
    )
    discriminator = config.build().train()
    for _ in range(30):  # one step of the power iteration per call
        discriminator(torch.randn(2, 28, 28), LABELS[:2])
    features = discriminator.get_submodule("features")
    weights = [m.weight for m in features.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(weights) == 4
    for weight in weights:
        largest = torch.linalg.matrix_norm(weight.flatten(1), ord=2).item()
        assert 0.95 < largest < 1.1


@pytest.mark.parametrize(
    ("size", "doublings"),
    [((28, 28), 2), ((8, 8), 2), ((32, 32), 2), ((40, 24), 3), ((64, 48), 3), ((128, 128), 4), ((256, 256), 5)],
    ids=str,
)
def test_networks_of_any_size_begin_with_at_most_8_by_8(size: tuple[int, int], doublings: int) -> None:
    recipe = RECIPE.for_images(10, size, 3)
    assert (n_doublings(size), size_refusal(size)) == (doublings, None)
    images = recipe.generator.build()(torch.randn(2, 64), LABELS[:2])
    assert images.shape == (2, 3, *size)
    assert recipe.discriminator.build()(images, LABELS[:2]).shape == (2,)


def test_sides_that_cannot_be_doubled_to_are_refused() -> None:
    assert size_refusal((30, 30)) == "height and width must be multiples of 4 where the longer one has 30 pixels"
    assert size_refusal((100, 96)) == "height and width must be multiples of 16 where the longer one has 100 pixels"
