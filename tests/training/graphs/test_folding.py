import pytest
import torch
from torch import nn

from training.graphs.folding import folded
from training.networks.base import Generator
from training.recipes import digits, mlp
from training.recipes.recipe import TrainingRecipe


def used(generator: Generator) -> Generator:
    """The generator with weights and statistics as far from their initial values as after training."""
    torch.manual_seed(0)
    for module in generator.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_()
            module.running_var.uniform_(0.3, 3)
            nn.init.uniform_(module.weight, -1.5, 1.5)
            nn.init.normal_(module.bias)
    return generator.eval()


@pytest.mark.parametrize("recipe", [mlp.RECIPE, digits.RECIPE], ids=lambda recipe: recipe.name)
def test_folded_generator_draws_the_same_without_normalisation(recipe: TrainingRecipe) -> None:
    generator = used(recipe.generator.build())
    short = folded(generator)
    style, label = torch.randn(200, generator.style_size), torch.arange(200) % 10
    torch.testing.assert_close(short(style, label), generator(style, label), atol=2e-5, rtol=0)
    assert not any(isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in short.modules())


def test_folding_leaves_the_original_unchanged() -> None:
    generator = used(digits.RECIPE.generator.build())
    before = [weight.clone() for weight in generator.parameters()]
    folded(generator)
    assert all(torch.equal(old, new) for old, new in zip(before, generator.parameters(), strict=True))


def test_normalisation_before_a_padded_convolution_stays() -> None:
    layers = nn.Sequential(
        nn.Linear(4, 32), nn.ReLU(), nn.Unflatten(1, (2, 4, 4)), nn.BatchNorm2d(2), nn.Conv2d(2, 1, 3, padding=1)
    )
    generator = used(Generator(4, 0, layers))
    short = folded(generator)
    style, label = torch.randn(5, 4), torch.zeros(5, dtype=torch.int64)
    torch.testing.assert_close(short(style, label), generator(style, label))
    assert isinstance(short.layers[3], nn.BatchNorm2d)
