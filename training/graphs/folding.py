"""Rewrites a trained generator as a shorter one that computes the same, without batch normalisation and additions.

All of it is algebra on weights, in float64:

- normalisation after a linear map, also with a reshape between them, scales the map's outputs, so it folds back;
- normalisation before a linear layer scales the layer's inputs, so it folds forward. Before a convolution it must stay,
  because the zeros of the padding are not normalised;
- ``x + convolution(x)`` is one convolution whose kernel has the identity added to its centre, as in Ding et al.,
  "RepVGG: making VGG-style convnets great again" (2021), section 3.3.
"""

import copy

import torch
from torch import Tensor, nn

from ..networks.base import Generator
from ..networks.conv import Residual

Linear = nn.Linear | nn.Conv2d | nn.ConvTranspose2d
Norm = nn.BatchNorm1d | nn.BatchNorm2d


@torch.no_grad()
def folded(generator: Generator) -> Generator:
    """Return a generator in evaluation mode with the same inputs and images and as few operations as possible."""
    source = copy.deepcopy(generator).eval()
    layers = [layer for module in source.layers for layer in _unrolled(module)]
    return Generator(source.style_size, source.n_classes, nn.Sequential(*_fold(layers))).eval()


def _unrolled(module: nn.Module) -> list[nn.Module]:
    """Return a layer, or the plain layers that are equivalent to a residual block."""
    if not isinstance(module, Residual):
        return [module]
    (convolution,) = _fold(list(module.body))
    if not isinstance(convolution, nn.Conv2d):
        raise TypeError(f"a residual block's body should fold to one convolution, not {convolution}")
    identity = torch.zeros_like(convolution.weight)
    nn.init.dirac_(identity)
    convolution.weight += identity
    return [convolution, nn.ReLU()]


def _fold(layers: list[nn.Module]) -> list[nn.Module]:
    """Return the layers without the normalisations that fold into a neighbour."""
    kept: list[nn.Module] = []
    waiting: Norm | None = None  # to be folded into the linear layer after it
    for index, layer in enumerate(layers):
        if isinstance(layer, nn.Linear) and waiting is not None:
            _scale_inputs(layer, waiting)
            waiting = None
        if not isinstance(layer, Norm):
            kept.append(layer)
            continue
        before = next((other for other in reversed(kept) if not isinstance(other, nn.Unflatten)), None)
        if isinstance(before, Linear):
            _scale_outputs(before, layer)
        elif index + 1 < len(layers) and isinstance(layers[index + 1], nn.Linear):
            waiting = layer
        else:
            kept.append(layer)
    return kept


def _scale_outputs(layer: Linear, norm: Norm) -> None:
    """Change ``layer`` into ``norm(layer)``."""
    scale, shift = _affine(norm)
    bias = torch.zeros(1, dtype=torch.float64) if layer.bias is None else layer.bias.double()
    if isinstance(layer, nn.Linear):  # a channel of the normalisation may span many outputs, such as 49 pixels
        span = layer.out_features // len(scale)
        scale, shift = scale.repeat_interleave(span), shift.repeat_interleave(span)
    outputs = 1 if isinstance(layer, nn.ConvTranspose2d) else 0  # the weight's dimension that counts outputs
    shape = [len(scale) if dimension == outputs else 1 for dimension in range(layer.weight.dim())]
    layer.weight.copy_(layer.weight.double() * scale.reshape(shape))
    layer.bias = nn.Parameter((bias * scale + shift).float())


def _scale_inputs(layer: nn.Linear, norm: Norm) -> None:
    """Change ``layer`` so that it computes ``layer(norm(x))`` from x."""
    scale, shift = _affine(norm)
    weight = layer.weight.double()
    bias = torch.zeros(layer.out_features, dtype=torch.float64) if layer.bias is None else layer.bias.double()
    layer.bias = nn.Parameter((bias + weight @ shift).float())
    layer.weight.copy_(weight * scale)


def _affine(norm: Norm) -> tuple[Tensor, Tensor]:
    """Return the scale and shift of a normalisation in evaluation mode, float64 (channels,)."""
    if norm.running_mean is None or norm.running_var is None:
        raise TypeError("a normalisation without moving statistics has no fixed scale to fold")
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    return scale, norm.bias.double() - norm.running_mean.double() * scale
