import math

from torch import nn

from training.recipes.mlp_torch import RECIPE


def test_generator_is_linear_and_relu_alone() -> None:
    kinds = [type(layer) for layer in RECIPE.generator.build().layers]
    assert kinds == [nn.Linear, nn.ReLU, nn.Linear, nn.ReLU, nn.Linear, nn.Tanh, nn.Unflatten]


def test_networks_have_the_program_s_sizes() -> None:
    def sizes(network: nn.Module) -> list[tuple[int, int]]:
        return [(layer.in_features, layer.out_features) for layer in network.modules() if isinstance(layer, nn.Linear)]

    def count(network: nn.Module) -> int:
        return sum(weight.numel() for weight in network.parameters())

    generator, discriminator = RECIPE.generator.build(), RECIPE.discriminator.build()
    assert sizes(generator) == [(64, 256), (256, 256), (256, 784)]
    assert sizes(discriminator) == [(784, 256), (256, 256), (256, 1)]
    assert (count(generator), count(discriminator)) == (283_920, 267_009)


def test_first_weights_are_pytorch_s_own() -> None:
    first = RECIPE.generator.build().layers[0]
    assert isinstance(first, nn.Linear)
    limit = 1 / math.sqrt(first.in_features)
    assert 0.99 * limit < first.weight.abs().max() <= limit
    assert 0.5 * limit < first.bias.abs().max() <= limit


def test_leaks_are_a_fifth() -> None:
    leaks = [
        layer.negative_slope for layer in RECIPE.discriminator.build().modules() if isinstance(layer, nn.LeakyReLU)
    ]
    assert leaks == [0.2, 0.2]
