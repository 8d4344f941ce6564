"""Gradients written out as operations, so that a graph can hold them: torch exports no graph with `autograd` in it."""

import torch
from torch import Tensor, nn
from torch.nn import functional


def pull_back(layers: nn.Sequential, inputs: Tensor, towards: Tensor) -> tuple[Tensor, Tensor]:
    """Return the layers' images, and the gradient of half the squared distance from other images to the inputs.

    Args:
        layers: from inputs (N, hidden) to images (N, H, W); each of a type that `_pulled` knows.
        inputs: float32 (N, hidden).
        towards: the other images, float32 (N, H, W).

    Raises:
        TypeError: a layer is of another type.
    """
    values = [inputs]
    for layer in layers:
        values.append(layer(values[-1]))
    gradient = values[-1] - towards
    for layer, value in zip(reversed(layers), reversed(values[1:]), strict=True):
        gradient = _pulled(layer, value, gradient)
    return values[-1], gradient


def _pulled(layer: nn.Module, output: Tensor, gradient: Tensor) -> Tensor:
    """Return the gradient to a layer's input from its output and the gradient to that."""
    match layer:
        case nn.Linear():
            return gradient @ layer.weight
        case nn.Conv2d():
            padding = [int(each) for each in layer.padding]
            return functional.conv_transpose2d(gradient, layer.weight, stride=layer.stride, padding=padding)
        case nn.ConvTranspose2d():
            return functional.conv2d(gradient, layer.weight, stride=layer.stride, padding=layer.padding)
        case nn.ReLU():
            return torch.where(output > 0, gradient, 0.0)
        case nn.Tanh():
            return gradient * (1 - output * output)
        case nn.PixelShuffle():
            return functional.pixel_unshuffle(gradient, layer.upscale_factor)
        case nn.Unflatten():
            return gradient.flatten(1)
        case nn.Flatten():
            return gradient.unsqueeze(1)
    raise TypeError(f"no gradient is written for {layer}")
