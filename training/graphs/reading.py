"""Reads an exported generator back from its graph, as a PyTorch module through which gradients flow.

It knows the few operators that a folded convolutional generator consists of, refuses all others by name, and compares
the module with the graph, so that a new architecture is refused and never read wrongly.
"""

from typing import Any

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from ..errors import ExportRefused
from ..networks.base import Generator
from .parity import check


def generator_of(model: onnx.ModelProto, style_size: int, n_classes: int) -> Generator:
    """Return a conditional generator in evaluation mode, folded, whose images are those of an exported graph.

    Args:
        model: the graph, which follows the model contract.
        style_size: components of a style.
        n_classes: at least 1.

    Raises:
        ExportRefused: an operator is unknown, or the module's images differ from the graph's.
    """
    weights = {each.name: torch.from_numpy(numpy_helper.to_array(each).copy()) for each in model.graph.initializer}
    try:
        layers = [_first(weights), *_rest(model, weights)]
    except KeyError as error:
        raise ExportRefused(f"the graph has no weights {error} where a conditional generator has them") from error
    generator = Generator(style_size, n_classes, nn.Sequential(*layers)).eval().requires_grad_(False)
    check(model, generator)
    return generator


def _first(weights: dict[str, Tensor]) -> nn.Module:
    """Return the first layer, of which the graph holds the styles' columns and a table of the classes'."""
    weight = torch.cat([weights["style.weight"], weights["classes.weight"].T], dim=1)
    return _with(nn.Linear(weight.shape[1], weight.shape[0]), weight)


def _rest(model: onnx.ModelProto, weights: dict[str, Tensor]) -> list[nn.Module]:
    """Return the layers from the sum of style and class to tanh, and one without the dimension of channels."""
    nodes = {name: node for node in model.graph.node for name in node.output}
    readers = {name: node for node in model.graph.node for name in node.input}
    value = readers[nodes["class"].output[0]].output[0]  # the class's row
    node = readers[readers[value].output[0]]
    layers: list[nn.Module] = []
    while node.op_type != "Tanh":
        layers.append(_layer(node, weights))
        node = readers[node.output[0]]
    return [*layers, nn.Tanh(), nn.Flatten(1, 2)]


def _layer(node: onnx.NodeProto, weights: dict[str, Tensor]) -> nn.Module:
    """Return the layer that computes what a node does."""
    given: dict[str, Any] = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    parameters = [weights[name] for name in node.input[1:]]
    match node.op_type:
        case "Relu":
            return nn.ReLU()
        case "Gemm":
            return _with(nn.Linear(parameters[0].shape[1], parameters[0].shape[0]), *parameters)
        case "Reshape":
            return nn.Unflatten(1, tuple(parameters[0][1:].tolist()))
        case "DepthToSpace":
            return nn.PixelShuffle(given["blocksize"])
        case "Conv" | "ConvTranspose":
            kind: Any = nn.Conv2d if node.op_type == "Conv" else nn.ConvTranspose2d
            first, second, *kernel = parameters[0].shape
            n_in, n_out = (second, first) if kind is nn.Conv2d else (first, second)
            return _with(kind(n_in, n_out, kernel, given["strides"], given["pads"][:2]), *parameters)
        case other:
            raise ExportRefused(f"the graph has an operator {other}, through which no gradient is known")


def _with(layer: Any, weight: Tensor, bias: Tensor | None = None) -> nn.Module:
    """Return a layer with other weights; a bias of zeros is missing in a graph."""
    layer.weight = nn.Parameter(weight)
    layer.bias = nn.Parameter(torch.zeros_like(layer.bias) if bias is None else bias)
    return layer  # type: ignore[no-any-return]
