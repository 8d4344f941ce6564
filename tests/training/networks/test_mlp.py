import math

import torch
from torch import nn

from training.recipes import cgan, mlp, mlp_torch


def test_generator_normalises_after_the_activation() -> None:
    kinds = [type(layer) for layer in mlp.RECIPE.generator.build().layers]
    hidden = [nn.Linear, nn.LeakyReLU, nn.BatchNorm1d]
    assert kinds == [*hidden, *hidden, *hidden, nn.Linear, nn.Tanh, nn.Unflatten]


def test_generator_has_the_sizes_of_the_textbook() -> None:
    generator = mlp.RECIPE.generator.build()
    sizes = [(layer.in_features, layer.out_features) for layer in generator.layers if isinstance(layer, nn.Linear)]
    assert sizes == [(100, 256), (256, 512), (512, 1024), (1024, 784)]
    assert (
        sum(weight.numel() for weight in generator.parameters()) == 1_489_936
    )  # Keras's count of trainable parameters


def test_keras_momentum_is_in_the_momentum_slot() -> None:
    norms = [layer for layer in mlp.RECIPE.generator.build().layers if isinstance(layer, nn.BatchNorm1d)]
    assert [(norm.momentum, norm.eps) for norm in norms] == [(0.2, 1e-3)] * 3  # Keras: momentum 0.8, epsilon 1e-3


def test_moving_statistics_keep_four_fifths() -> None:
    generator = mlp.RECIPE.generator.build().train()
    norm = generator.layers[2]
    assert isinstance(norm, nn.BatchNorm1d)
    assert norm.running_mean is not None
    norm.running_mean.fill_(10)
    style = torch.randn(32, 100)
    batch_mean = generator.layers[1](generator.layers[0](style)).mean(0)
    generator(style, torch.zeros(32, dtype=torch.int64))
    torch.testing.assert_close(norm.running_mean, 0.8 * 10 + 0.2 * batch_mean)


def test_discriminator_has_sizes_of_the_textbook_and_no_normalisation() -> None:
    layers = list(mlp.RECIPE.discriminator.build().modules())
    sizes = [(layer.in_features, layer.out_features) for layer in layers if isinstance(layer, nn.Linear)]
    assert sizes == [(784, 512), (512, 256), (256, 1)]
    assert not any(isinstance(layer, nn.BatchNorm1d | nn.Dropout) for layer in layers)


def test_leaks_are_a_fifth() -> None:
    networks = (mlp.RECIPE.generator.build(), mlp.RECIPE.discriminator.build())
    leaks = [m.negative_slope for network in networks for m in network.modules() if isinstance(m, nn.LeakyReLU)]
    assert leaks == [0.2] * 5


def test_kernels_are_glorot_uniform_and_biases_zero() -> None:
    for layer in mlp.RECIPE.generator.build().layers:
        if isinstance(layer, nn.Linear):
            limit = math.sqrt(6 / (layer.in_features + layer.out_features))
            assert 0.99 * limit < layer.weight.abs().max() <= limit
            assert not layer.bias.any()


def test_images_are_28_by_28_within_the_range_of_tanh() -> None:
    images = mlp.RECIPE.generator.build()(torch.randn(5, 100), torch.zeros(5, dtype=torch.int64))
    assert images.shape == (5, 28, 28)
    assert images.abs().max() <= 1


def test_torch_mlp_generator_has_only_linear_layers_and_relus() -> None:
    kinds = [type(layer) for layer in mlp_torch.RECIPE.generator.build().layers]
    assert kinds == [nn.Linear, nn.ReLU, nn.Linear, nn.ReLU, nn.Linear, nn.Tanh, nn.Unflatten]


def test_torch_mlp_has_the_sizes_of_its_program() -> None:
    def sizes(network: nn.Module) -> list[tuple[int, int]]:
        return [(layer.in_features, layer.out_features) for layer in network.modules() if isinstance(layer, nn.Linear)]

    def count(network: nn.Module) -> int:
        return sum(weight.numel() for weight in network.parameters())

    generator, discriminator = mlp_torch.RECIPE.generator.build(), mlp_torch.RECIPE.discriminator.build()
    assert sizes(generator) == [(64, 256), (256, 256), (256, 784)]
    assert sizes(discriminator) == [(784, 256), (256, 256), (256, 1)]
    assert (count(generator), count(discriminator)) == (283_920, 267_009)


def test_torch_mlp_keeps_the_initial_weights_of_pytorch() -> None:
    first = mlp_torch.RECIPE.generator.build().layers[0]
    assert isinstance(first, nn.Linear)
    limit = 1 / math.sqrt(first.in_features)
    assert 0.99 * limit < first.weight.abs().max() <= limit
    assert 0.5 * limit < first.bias.abs().max() <= limit


def test_torch_mlp_leaks_are_a_fifth() -> None:
    leaks = [
        layer.negative_slope
        for layer in mlp_torch.RECIPE.discriminator.build().modules()
        if isinstance(layer, nn.LeakyReLU)
    ]
    assert leaks == [0.2, 0.2]


def test_cgan_concatenates_the_label_to_both_inputs() -> None:
    first = cgan.RECIPE.generator.build().layers[0]
    assert isinstance(first, nn.Linear)
    assert first.in_features == 100 + 10
    sizes = [
        (layer.in_features, layer.out_features)
        for layer in cgan.RECIPE.discriminator.build().modules()
        if isinstance(layer, nn.Linear)
    ]
    assert sizes == [(784 + 50, 512), (512, 512), (512, 512), (512, 1)]


def test_cgan_dropout_follows_the_second_and_third_layer() -> None:
    layers = [layer for layer in cgan.RECIPE.discriminator.build().modules() if not list(layer.children())]
    plain, dropped = [nn.Linear, nn.LeakyReLU], [nn.Linear, nn.LeakyReLU, nn.Dropout]
    assert [type(layer) for layer in layers] == [nn.Embedding, *plain, *dropped, *dropped, nn.Linear]
    assert [layer.p for layer in layers if isinstance(layer, nn.Dropout)] == [0.4, 0.4]


def test_cgan_label_changes_image_and_logit() -> None:
    generator, discriminator = cgan.RECIPE.generator.build().eval(), cgan.RECIPE.discriminator.build().eval()
    style = torch.randn(1, 100).expand(10, 100)
    images = generator(style, torch.arange(10))
    assert len(images.unique(dim=0)) == 10
    assert len(discriminator(images[:1].expand(10, 28, 28), torch.arange(10)).unique()) == 10


def test_cgan_style_of_zero_still_has_a_class() -> None:
    images = cgan.RECIPE.generator.build().eval()(torch.zeros(10, 100), torch.arange(10))
    assert len(images.unique(dim=0)) == 10  # a class that multiplies the style would leave one image
