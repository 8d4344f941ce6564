import torch
from torch import nn

from training.recipes.cgan import RECIPE


def test_both_networks_take_the_label_beside_their_input() -> None:
    first = RECIPE.generator.build().layers[0]
    assert isinstance(first, nn.Linear)
    assert first.in_features == 100 + 10
    sizes = [
        (layer.in_features, layer.out_features)
        for layer in RECIPE.discriminator.build().modules()
        if isinstance(layer, nn.Linear)
    ]
    assert sizes == [(784 + 50, 512), (512, 512), (512, 512), (512, 1)]


def test_dropout_follows_the_second_and_third_layer() -> None:
    layers = [layer for layer in RECIPE.discriminator.build().modules() if not list(layer.children())]
    plain, dropped = [nn.Linear, nn.LeakyReLU], [nn.Linear, nn.LeakyReLU, nn.Dropout]
    assert [type(layer) for layer in layers] == [nn.Embedding, *plain, *dropped, *dropped, nn.Linear]
    assert [layer.p for layer in layers if isinstance(layer, nn.Dropout)] == [0.4, 0.4]


def test_label_changes_image_and_logit() -> None:
    generator, discriminator = RECIPE.generator.build().eval(), RECIPE.discriminator.build().eval()
    style = torch.randn(1, 100).expand(10, 100)
    images = generator(style, torch.arange(10))
    assert len(images.unique(dim=0)) == 10
    assert len(discriminator(images[:1].expand(10, 28, 28), torch.arange(10)).unique()) == 10


def test_style_of_zero_still_has_a_class() -> None:
    images = RECIPE.generator.build().eval()(torch.zeros(10, 100), torch.arange(10))
    assert len(images.unique(dim=0)) == 10  # a class that multiplies the style would leave one image
