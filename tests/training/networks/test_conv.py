import torch
from torch import nn

from training.graphs.folding import folded
from training.graphs.graph import ServedGenerator, multiply_adds
from training.networks.conv import ProjectionDiscriminatorConfig
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
