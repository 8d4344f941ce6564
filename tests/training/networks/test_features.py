import pytest
import torch

from training.networks.features import KINDS, FeatureKind, FeatureNetwork, margins


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 8, 13), (3, 9, 20)], ids=str)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.activation.__name__)
def test_network_reads_images_of_any_size_and_colour(kind: FeatureKind, shape: tuple[int, int, int]) -> None:
    network = FeatureNetwork(kind, shape, n_classes=4)
    images = torch.rand(5, *shape)
    scores, layers = network.perceive(images if shape[0] > 1 else images[:, 0])
    assert scores.shape == (5, 4)
    assert [layer.shape[0] for layer in layers] == [5, 5, 5]
    assert all(layer.dim() == 2 for layer in layers)
    assert torch.equal(scores, network(images))


def test_margin_is_the_lead_over_the_best_other_class() -> None:
    scores = torch.tensor([[3.0, 1.0, 2.5], [0.0, -1.0, 4.0]])
    assert margins(scores, torch.tensor([0, 0])).tolist() == [0.5, -4.0]
