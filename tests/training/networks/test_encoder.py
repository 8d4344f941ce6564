import torch

from training.networks.encoder import GuessNetwork


def test_guess_has_a_style_class_scores_and_scales() -> None:
    guess = GuessNetwork(style_size=64, n_classes=10, n_scales=128).eval()(torch.rand(3, 28, 28) * 2 - 1)
    assert guess.style.shape == (3, 64)
    assert guess.scores.shape == (3, 10)
    assert torch.equal(guess.scales, torch.zeros(3, 128))
    assert len(torch.unique(guess.style, dim=0)) == 3


def test_guess_has_less_than_three_quarters_of_a_million_parameters() -> None:
    network = GuessNetwork(style_size=64, n_classes=10, n_scales=128)
    assert sum(weight.numel() for weight in network.parameters()) < 750_000
