import math

import torch
from torch import nn

from training.networks.dcgan import DcganClassifier
from training.recipes import acgan, dcgan, relativistic


def kinds(network: nn.Module) -> list[type[nn.Module]]:
    return [type(layer) for layer in network.modules() if not list(layer.children())]


def test_generator_normalises_before_the_activation() -> None:
    block = [nn.Upsample, nn.Conv2d, nn.BatchNorm2d, nn.ReLU]
    start, end = [nn.Linear, nn.ReLU, nn.Unflatten], [nn.Conv2d, nn.Tanh, nn.Flatten]
    assert kinds(dcgan.RECIPE.generator.build()) == [*start, *block, *block, *end]


def test_discriminator_normalises_all_but_its_first_convolution() -> None:
    first, block = [nn.Conv2d, nn.LeakyReLU, nn.Dropout], [nn.Conv2d, nn.BatchNorm2d, nn.LeakyReLU, nn.Dropout]
    found = kinds(dcgan.RECIPE.discriminator.build())
    assert found == [nn.Unflatten, *first, *block, *block, *block, nn.Flatten, nn.Linear]


def test_parameter_counts_match_keras() -> None:
    def count(network: nn.Module) -> int:
        return sum(weight.numel() for weight in network.parameters())

    assert count(dcgan.RECIPE.generator.build()) == 855_809
    assert count(dcgan.RECIPE.discriminator.build()) == 392_833
    assert count(acgan.RECIPE.generator.build()) == 855_809 + 10 * 128 * 49  # ten more inputs


def test_keras_momentum_is_in_the_momentum_slot() -> None:
    for network in (dcgan.RECIPE.generator.build(), dcgan.RECIPE.discriminator.build()):
        norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
        assert {(norm.momentum, norm.eps) for norm in norms} == {(0.2, 1e-3)}


def test_kernels_are_glorot_uniform_and_biases_zero() -> None:
    convolution = dcgan.RECIPE.generator.build().layers[4]
    assert isinstance(convolution, nn.Conv2d)
    limit = math.sqrt(6 / (9 * 128 + 9 * 128))
    assert 0.99 * limit < convolution.weight.abs().max() <= limit
    assert convolution.bias is not None
    assert not convolution.bias.any()


def test_discriminator_halves_images_to_four_pixels_per_side() -> None:
    sizes = []
    discriminator = dcgan.RECIPE.discriminator.build()
    for layer in discriminator.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(lambda _layer, _inputs, output: sizes.append(tuple(output.shape[1:])))
    discriminator(torch.zeros(2, 28, 28), torch.zeros(2, dtype=torch.int64))
    assert sizes == [(32, 14, 14), (64, 7, 7), (128, 4, 4), (256, 4, 4)]


def test_classifier_reads_ten_classes_and_is_not_told_the_label() -> None:
    discriminator = acgan.RECIPE.discriminator.build().eval()
    assert isinstance(discriminator, DcganClassifier)
    images = torch.randn(3, 28, 28)
    logits, classes = discriminator.read(images)
    assert classes.shape == (3, 10)  # no eleventh class for fakes
    for label in (torch.tensor([0, 1, 2]), torch.tensor([7, 8, 9])):
        torch.testing.assert_close(discriminator(images, label), logits)


def test_class_logits_are_not_softmaxed() -> None:
    discriminator = acgan.RECIPE.discriminator.build().eval()
    assert isinstance(discriminator, DcganClassifier)
    _, classes = discriminator.read(torch.randn(8, 28, 28))
    assert classes.min() < 0
    assert not torch.allclose(classes.sum(1), torch.ones(8))


def test_relativistic_logit_depends_only_on_its_image() -> None:
    discriminator = relativistic.RECIPE.discriminator.build()
    for layer in discriminator.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    images, label = torch.randn(4, 28, 28), torch.zeros(4, dtype=torch.int64)
    together, alone = discriminator(images, label), discriminator(images[:1], label[:1])
    torch.testing.assert_close(together[:1], alone)
