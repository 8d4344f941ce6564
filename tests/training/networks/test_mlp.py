import math

import torch
from torch import nn

from training.recipes.mlp import RECIPE


def test_generator_normalises_after_the_activation() -> None:
    kinds = [type(layer) for layer in RECIPE.generator.build().layers]
    hidden = [nn.Linear, nn.LeakyReLU, nn.BatchNorm1d]
    assert kinds == [*hidden, *hidden, *hidden, nn.Linear, nn.Tanh, nn.Unflatten]


def test_generator_has_the_textbook_s_sizes() -> None:
    generator = RECIPE.generator.build()
    sizes = [(layer.in_features, layer.out_features) for layer in generator.layers if isinstance(layer, nn.Linear)]
    assert sizes == [(100, 256), (256, 512), (512, 1024), (1024, 784)]
    assert sum(weight.numel() for weight in generator.parameters()) == 1_489_936  # Keras's count of trainable ones


def test_keras_momentum_is_in_the_momentum_slot() -> None:
    norms = [layer for layer in RECIPE.generator.build().layers if isinstance(layer, nn.BatchNorm1d)]
    assert [(norm.momentum, norm.eps) for norm in norms] == [(0.2, 1e-3)] * 3  # Keras: momentum 0.8, epsilon 1e-3


def test_moving_statistics_keep_four_fifths() -> None:
    generator = RECIPE.generator.build().train()
    norm = generator.layers[2]
    assert isinstance(norm, nn.BatchNorm1d)
    assert norm.running_mean is not None
    norm.running_mean.fill_(10)
    style = torch.randn(32, 100)
    batch_mean = generator.layers[1](generator.layers[0](style)).mean(0)
    generator(style, torch.zeros(32, dtype=torch.int64))
    torch.testing.assert_close(norm.running_mean, 0.8 * 10 + 0.2 * batch_mean)


def test_discriminator_has_the_textbook_s_sizes_and_no_normalisation() -> None:
    layers = list(RECIPE.discriminator.build().modules())
    sizes = [(layer.in_features, layer.out_features) for layer in layers if isinstance(layer, nn.Linear)]
    assert sizes == [(784, 512), (512, 256), (256, 1)]
    assert not any(isinstance(layer, nn.BatchNorm1d | nn.Dropout) for layer in layers)


def test_leaks_are_a_fifth() -> None:
    networks = (RECIPE.generator.build(), RECIPE.discriminator.build())
    leaks = [m.negative_slope for network in networks for m in network.modules() if isinstance(m, nn.LeakyReLU)]
    assert leaks == [0.2] * 5


def test_kernels_are_glorot_uniform_and_biases_zero() -> None:
    for layer in RECIPE.generator.build().layers:
        if isinstance(layer, nn.Linear):
            limit = math.sqrt(6 / (layer.in_features + layer.out_features))
            assert 0.99 * limit < layer.weight.abs().max() <= limit
            assert not layer.bias.any()


def test_images_are_28_by_28_within_tanh_s_range() -> None:
    images = RECIPE.generator.build()(torch.randn(5, 100), torch.zeros(5, dtype=torch.int64))
    assert images.shape == (5, 28, 28)
    assert images.abs().max() <= 1
