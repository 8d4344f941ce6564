"""Wraps a foreign generator's graph into that of the model contract, with nodes before it and after it."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ..choices import Noise
from .foreign import ForeignGraph, nodes_inside
from .graph import BATCH
from .pixels import PixelFormat

LEVELS = "levels"  # the images before rounding, float32 in 0..255, in the wrapped graph
VALUES = "values"  # the images as the generator returns them, float32, in the wrapped graph
_OLDEST_IR = 4  # earlier ones want all weights among the inputs
INNER = "generator."  # of the generator's own names, which could be those of the contract
_EXTERNAL_DATA_KEY, _INSTEAD = "location", "place"  # the contract forbids the word, so that weights cannot be elsewhere


def wrap(foreign: ForeignGraph, noise: Noise, pixels: PixelFormat | None) -> onnx.ModelProto:
    """Return the contract's graph around a generator, with the same bytes every time.

    Args:
        foreign: the generator; one with a fixed batch stays so, and the graph takes that many rows.
        noise: what it takes: standard normal numbers, or uniform ones from -1 to 1 or from 0 to 1, which are the
            same quantiles.
        pixels: how it returns images, grey or RGB; None to leave them as they are, in an output of the name `inner`.
    """
    model = onnx.ModelProto()
    model.CopyFrom(foreign.model)
    graph = model.graph
    _rename(graph, inner)
    before, after = _Nodes(graph), _Nodes(graph)
    if foreign.n_classes:
        _feed_label(before, foreign)
    _feed_noise(before, foreign, noise)
    outputs = [onnx.ValueInfoProto(name=inner(foreign.output))]
    if pixels is not None:
        _draw(after, inner(foreign.output), pixels)
        shape: list[str | int | None] = [BATCH, *pixels.shape]
        outputs = [helper.make_tensor_value_info("image", TensorProto.UINT8, shape)]
    inputs: list[tuple[str, Any, list[str | int | None]]] = [
        ("latent", TensorProto.FLOAT, [BATCH, foreign.latent_size]),
        ("truncation", TensorProto.FLOAT, [BATCH]),
    ]
    if foreign.n_classes:
        inputs.insert(1, ("label", TensorProto.INT64, [BATCH]))
        outputs.append(helper.make_tensor_value_info("class", TensorProto.INT64, [BATCH]))
    nodes = [*before.nodes, *graph.node, *after.nodes]
    del graph.node[:], graph.input[:], graph.output[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.input.extend(helper.make_tensor_value_info(*each) for each in inputs)
    graph.output.extend(outputs)
    graph.name = "adopted"
    _prune(graph)
    model.ir_version = max(model.ir_version, _OLDEST_IR)
    return model


def inner(name: str) -> str:
    """Return the name that a value of the generator has in the wrapped graph."""
    return INNER + name.replace(_EXTERNAL_DATA_KEY, _INSTEAD) if name else ""


class _Nodes:
    """Nodes in the order in which they run, each with one output.

    Args:
        graph: gets their constants.
    """

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self.nodes: list[onnx.NodeProto] = []

    def add(
        self, kind: str, inputs: Sequence[str | float | NDArray[np.generic]], output: str, **attributes: Any
    ) -> str:
        """Add a node, some of whose inputs may be constants, and return the name of its output."""
        names = []
        for place, each in enumerate(inputs):
            if isinstance(each, str):
                names.append(each)
                continue
            names.append(f"{output}.{place}")
            self._graph.initializer.append(numpy_helper.from_array(_array(each), names[-1]))
        self.nodes.append(helper.make_node(kind, names, [output], output, **attributes))
        return output

    def cast_to(self, value: str, name: str, axes: tuple[int, ...], kind: type[np.generic]) -> None:
        """Add nodes that give a value (N, ...) the name, the axes and the type of an input of the generator."""
        shaped = self.add("Reshape", [value, np.array([-1, *axes])], f"{value}.shaped")
        self.add("Cast", [shaped], inner(name), to=helper.np_dtype_to_tensor_dtype(np.dtype(kind)))


def _array(value: float | NDArray[np.generic]) -> NDArray[np.generic]:
    return np.array(value, np.float32) if isinstance(value, float) else np.asarray(value)


def _feed_noise(nodes: _Nodes, foreign: ForeignGraph, noise: Noise) -> None:
    """Add nodes from the latent and the truncation to the generator's noise."""
    style = "latent"
    if foreign.n_classes:
        ends = [np.array([0]), np.array([foreign.style_size]), np.array([1])]
        style = nodes.add("Slice", ["latent", *ends], "style")
    factor = nodes.add("Reshape", ["truncation", np.array([-1, 1])], "factor")
    style = nodes.add("Mul", [style, factor], "scaled")
    if noise != "normal":  # the error function of a normal number is uniform
        style = nodes.add("Mul", [style, math.sqrt(0.5)], "standard")
        style = nodes.add("Erf", [style], "uniform")
    if noise == "unit":
        style = nodes.add("Mul", [style, 0.5], "half")
        style = nodes.add("Add", [style, 0.5], "unit")
    if foreign.n_classes and foreign.inputs.label is None:
        style = nodes.add("Concat", [style, "one_hot"], "noise", axis=1)
    noise_input = foreign.inputs.noise
    nodes.cast_to(style, noise_input.name, noise_input.axes, noise_input.kind)


def _feed_label(nodes: _Nodes, foreign: ForeignGraph) -> None:
    """Add nodes from the latent's scores and the label to the class, and to the generator's label."""
    ends = [np.array([foreign.style_size]), np.array([foreign.latent_size]), np.array([1])]
    scores = nodes.add("Slice", ["latent", *ends], "scores")
    own = nodes.add("ArgMax", [scores], "own", axis=1, keepdims=0)
    is_own = nodes.add("Less", ["label", np.array(0)], "is_own")
    chosen = nodes.add("Where", [is_own, own, "label"], "class")
    if foreign.takes_one_hot:  # a table rather than OneHot, which gives zeros for a class that does not exist
        chosen = nodes.add("Gather", [np.eye(foreign.n_classes, dtype=np.float32), chosen], "one_hot", axis=0)
    if label := foreign.inputs.label:
        nodes.cast_to(chosen, label.name, label.axes, label.kind)


def _draw(nodes: _Nodes, output: str, pixels: PixelFormat) -> None:
    """Add nodes from the generator's output to grey levels, rounded half to even as those of own exports."""
    if pixels.layout == "NCHW" and pixels.n_channels > 1:  # with one channel, all layouts have the same order
        output = nodes.add("Transpose", [output], f"{VALUES}.in_order", perm=[0, 2, 3, 1])
    image = nodes.add("Reshape", [output, np.array([-1, *pixels.shape])], f"{VALUES}.sides")
    image = nodes.add("Cast", [image], VALUES, to=TensorProto.FLOAT)
    image = nodes.add("Sub", [image, float(pixels.black)], "above_black")
    image = nodes.add("Mul", [image, 255 / (pixels.white - pixels.black)], LEVELS)
    image = nodes.add("Round", [image], "rounded")
    image = nodes.add("Max", [image, 0.0], "not_below")
    image = nodes.add("Min", [image, 255.0], "not_above")
    nodes.add("Cast", [image], "image", to=TensorProto.UINT8)


def _prune(graph: onnx.GraphProto) -> None:
    """Remove nodes and constants on which no output depends, about which onnxruntime would warn at each start."""
    needed, kept = {value.name for value in graph.output}, []
    for node in reversed(graph.node):
        if needed.isdisjoint(node.output):
            continue
        kept.append(node)
        needed.update(node.input)
        for each in nodes_inside(node):
            needed.update(each.input)
    constants = [each for each in graph.initializer if each.name in needed]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(constants)


def _rename(graph: onnx.GraphProto, rename: Callable[[str], str]) -> None:
    """Rename all values and nodes of a graph and of the graphs inside it."""
    for each in (*graph.input, *graph.output, *graph.value_info, *graph.initializer):
        each.name = rename(each.name)
    for sparse in graph.sparse_initializer:
        sparse.values.name = rename(sparse.values.name)
    for node in graph.node:
        node.name = rename(node.name)
        node.input[:] = [rename(name) for name in node.input]
        node.output[:] = [rename(name) for name in node.output]
        for attribute in node.attribute:
            for graph_inside in (attribute.g, *attribute.graphs):
                _rename(graph_inside, rename)
