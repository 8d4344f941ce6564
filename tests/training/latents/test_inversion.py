import pytest
import torch

from training.latents.inversion import MAX_NORM, EncoderNetwork, ServedGuess, ServedStep, bounded
from training.networks.base import Generator
from training.recipes import digits


@pytest.fixture
def generator() -> Generator:
    return digits.RECIPE.generator.build().eval()


@pytest.fixture
def encoder(generator: Generator) -> EncoderNetwork:
    return EncoderNetwork(generator, n_steps=3).eval()


def test_encoder_returns_a_style_and_class_scores(encoder: EncoderNetwork) -> None:
    style, scores = encoder(torch.zeros(3, 28, 28))
    assert style.shape == (3, 64)
    assert scores.shape == (3, 10)
    assert encoder.latent_size == 74


def test_distance_and_gradient_are_those_of_the_generator(encoder: EncoderNetwork, generator: Generator) -> None:
    images, label = torch.rand(4, 28, 28) * 2 - 1, torch.tensor([0, 3, 9, 3])
    style = torch.randn(4, 64, requires_grad=True)
    expected = (generator(style, label) - images).square().sum((1, 2)) / 2
    (slope,) = torch.autograd.grad(expected.sum(), style)
    distance, gradient = encoder.distance(images, style.detach(), label)
    torch.testing.assert_close(distance, expected.detach())
    torch.testing.assert_close(gradient, slope, atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(encoder.drawn(style.detach(), label), generator(style, label).detach())


def test_steps_before_training_come_closer_to_a_generated_image(generator: Generator) -> None:
    encoder = EncoderNetwork(generator, n_steps=16).eval()
    label = torch.arange(10)
    images = encoder.drawn(torch.randn(10, 64), label)
    styles, gradients = encoder.path(images, encoder.guess(images), label)
    assert len(styles) == len(gradients) + 1 == encoder.n_steps + 1
    first, last = (encoder.distance(images, style, label)[0] for style in (styles[0], styles[-1]))
    assert (last < first).all()


def test_served_parts_compute_what_the_network_does(encoder: EncoderNetwork) -> None:
    levels = torch.randint(256, (5, 28, 28), dtype=torch.uint8)
    images, style, moved, scores, scales, label = ServedGuess(encoder)(levels)
    for way in zip(encoder.log_steps, encoder.momentum, encoder.pull, strict=True):
        style, moved = ServedStep(encoder)(style, moved, *way, images, scales, label)
    expected, expected_scores = encoder(levels.float() / 127.5 - 1)
    torch.testing.assert_close(style, expected)
    assert torch.equal(scores, expected_scores)
    assert torch.equal(label, scores.argmax(dim=1))


def test_styles_are_bounded_in_length_and_keep_their_direction() -> None:
    style = torch.randn(20, 64) * torch.linspace(0.1, 3, 20).unsqueeze(1)
    short = bounded(style)
    assert short.norm(dim=1).max() <= MAX_NORM + 1e-5
    torch.testing.assert_close(torch.cosine_similarity(short, style), torch.ones(20))
    within = style.norm(dim=1) < MAX_NORM
    assert torch.equal(short[within], style[within])


def test_generator_of_an_encoder_is_never_trained(encoder: EncoderNetwork) -> None:
    assert not any(weight.requires_grad for weight in encoder.generator.parameters())
