import pytest
import torch
from torch import nn

from training.graphs.folding import folded
from training.graphs.gradient import pull_back
from training.recipes import digits


def test_gradient_written_out_equals_backpropagation() -> None:
    torch.manual_seed(1)
    layers = folded(digits.RECIPE.generator.build().eval()).double().layers
    inputs = torch.randn(5, 74, dtype=torch.float64, requires_grad=True)
    towards = torch.rand(5, 28, 28, dtype=torch.float64) * 2 - 1
    images, gradient = pull_back(layers, inputs, towards)
    (expected,) = torch.autograd.grad((layers(inputs) - towards).square().sum() / 2, inputs)
    torch.testing.assert_close(images, layers(inputs))
    torch.testing.assert_close(gradient, expected)


def test_gradient_is_refused_for_a_layer_of_another_type() -> None:
    with pytest.raises(TypeError, match="no gradient is written for Softplus"):
        pull_back(nn.Sequential(nn.Softplus()), torch.zeros(1, 2), torch.zeros(1, 2))
