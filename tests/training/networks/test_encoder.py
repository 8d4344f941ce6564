import torch

from training.networks.encoder import EncoderNetwork, ServedEncoder


def test_encoder_returns_a_style_and_class_scores() -> None:
    style, scores = EncoderNetwork(style_size=64, n_classes=10).eval()(torch.zeros(3, 28, 28))
    assert style.shape == (3, 64)
    assert scores.shape == (3, 10)


def test_served_encoder_maps_grey_levels_to_the_generators_range() -> None:
    encoder = EncoderNetwork(style_size=4, n_classes=2).eval()
    levels = torch.tensor([0, 255], dtype=torch.uint8).repeat(2, 392).reshape(2, 28, 28)
    latent, label = ServedEncoder(encoder)(levels)
    style, scores = encoder(torch.tensor([-1.0, 1.0]).repeat(2, 392).reshape(2, 28, 28))
    assert torch.equal(latent, torch.cat([style, scores], dim=1))
    assert torch.equal(label, scores.argmax(dim=1))


def test_encoder_has_less_than_a_quarter_million_parameters() -> None:
    assert sum(weight.numel() for weight in EncoderNetwork(style_size=64, n_classes=10).parameters()) < 250_000
