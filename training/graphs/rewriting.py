"""Rewrites a graph so that onnxruntime can run it in integers from one linear map to the next.

The result computes the same function: the same products, added in another order.
"""

from collections import Counter
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

LINEAR = {"Conv", "ConvTranspose", "Gemm", "MatMul"}
_MOVES = {"Reshape", "Transpose", "Slice"}  # operators that move values without changing them


def with_integer_operators(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy without transposed convolutions, in which each ReLU directly follows its linear map.

    onnxruntime has no transposed convolution in integers, and runs a ReLU together with the linear map before it. Two
    kinds of transposed convolutions stay: the graph's first linear map, which is not run in integers, and those with
    groups, dilations or sides that the graph does not state.
    """
    rewritten = onnx.shape_inference.infer_shapes(model, data_prop=True)
    graph = rewritten.graph
    shapes = {each.name: [side.dim_value for side in each.type.tensor_type.shape.dim] for each in graph.value_info}
    first = next((place for place, node in enumerate(graph.node) if node.op_type in LINEAR), None)
    nodes: list[onnx.NodeProto] = []
    for place, node in enumerate(graph.node):
        steps = None
        if node.op_type == "ConvTranspose" and place != first:
            steps = _as_convolution(node, graph, shapes.get(node.input[0], [])[2:])
        nodes += steps or [node]
    nodes = _relus_first(nodes)
    del graph.node[:], graph.value_info[:]  # the intermediate shapes have changed
    graph.node.extend(nodes)
    onnx.checker.check_model(rewritten, full_check=True)
    return rewritten


def _as_convolution(node: onnx.NodeProto, graph: onnx.GraphProto, sides: list[int]) -> list[onnx.NodeProto] | None:
    """Return nodes that compute a transposed convolution: a convolution, interleaved pixels, and a cut border.

    With a 4 x 4 kernel and stride 2, an output pixel depends on 2 x 2 inputs; which of the kernel's 16 weights apply
    depends on whether its row and its column are odd. So a convolution with four times the channels computes all four
    kinds. Over an H x W input padded by 1 it computes them for (H + 1) x (W + 1) places; after interleaving, the
    outermost pixels are surplus. Other kernels and strides work alike; a kernel is filled up to a multiple of the
    stride with zeros.

    Interleaving uses channels-last order, as integer convolutions do: there the channels of two neighbours are moved in
    one piece. DepthToSpace, which is channels-first, took five times as long: 8.8 of 104 microseconds per image.

    Args:
        node: the transposed convolution.
        graph: its weights are changed and constants are added.
        sides: H and W.

    Returns:
        None for one that is left as it is.
    """
    weights = {each.name: each for each in graph.initializer}
    settings = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    is_plain = settings.get("group", 1) == 1 and set(settings.get("dilations", [1])) == {1}
    is_padded_as_stated = settings.get("auto_pad", b"NOTSET") == b"NOTSET" and "output_shape" not in settings
    has_weights = all(name in weights for name in node.input[1:])
    if not (is_plain and is_padded_as_stated and has_weights and len(sides) == 2 and all(sides)):
        return None
    kernel = numpy_helper.to_array(weights[node.input[1]])  # (inputs, outputs, height, width)
    strides = settings.get("strides", [1, 1])
    before, after = np.split(np.array(settings.get("pads", [0] * 4)), 2)
    taps = [-(-size // stride) for size, stride in zip(kernel.shape[2:], strides, strict=True)]
    places = [side + tap - 1 for side, tap in zip(sides, taps, strict=True)]
    whole = np.array(places) * strides
    ends = (np.array(sides) - 1) * strides + kernel.shape[2:] - after + settings.get("output_padding", [0, 0])
    if (ends > whole).any():
        return None  # the output has a border that no input reaches
    by_place = _by_place(kernel, taps, strides)
    names = [_with(graph, node.input[1], by_place)]
    if len(node.input) > 2:
        names.append(
            _with(graph, node.input[2], np.tile(numpy_helper.to_array(weights[node.input[2]]), np.prod(strides)))
        )

    output, outputs = node.output[0], kernel.shape[1]
    (high, wide), (down, right) = places, strides
    steps: list[tuple[str, list[NDArray[np.int64]], dict[str, Any]]] = [
        ("Transpose", [], {"perm": [0, 2, 3, 1]}),
        # the place's row and column, then the pixel's row in it
        ("Reshape", [np.array([-1, high, wide, down, right * outputs])], {}),
        ("Transpose", [], {"perm": [0, 1, 3, 2, 4]}),
        ("Reshape", [np.array([-1, down * high, right * wide, outputs])], {}),
        ("Slice", [before, np.where(ends == whole, whole, ends - whole), np.array([1, 2])], {}),
        ("Transpose", [], {"perm": [0, 3, 1, 2]}),
    ]
    current = f"{output}.places"
    margins = [tap - 1 for tap in taps] * 2
    inputs = [node.input[0], *names]
    nodes = [helper.make_node("Conv", inputs, [current], current, kernel_shape=taps, pads=margins)]
    for number, (kind, constants, attributes) in enumerate(steps, start=1):
        name = output if number == len(steps) else f"{output}.{number}"
        given = [f"{name}.{place}" for place in range(len(constants))]
        graph.initializer.extend(map(numpy_helper.from_array, constants, given))
        nodes.append(helper.make_node(kind, [current, *given], [name], name, **attributes))
        current = name
    return nodes


def _with(graph: onnx.GraphProto, name: str, values: NDArray[np.float32]) -> str:
    """Store other values for a constant of one node; return its name, a new one if other nodes read it too."""
    n_readers = Counter(name for node in graph.node for name in node.input)[name]
    if n_readers == 1:
        next(each for each in graph.initializer if each.name == name).CopyFrom(numpy_helper.from_array(values, name))
        return name
    own = f"{name}.{len(graph.initializer)}"
    graph.initializer.append(numpy_helper.from_array(values, own))
    return own


def _by_place(kernel: NDArray[np.float32], taps: list[int], strides: list[int]) -> NDArray[np.float32]:
    """Return the kernels of all kinds of pixels: (inputs, outputs, height, width) to (kinds * outputs, inputs, *taps).

    Input i and weight k contribute to output s i - p + k, where s is the stride and p the padding. Before the border is
    cut, output o is pixel o + p = s q + a of place q, which depends on the inputs q - (t - 1) + u for the taps
    u = 0 ... t - 1; therefore k = a + s (t - 1 - u).
    """
    missing = [tap * stride - size for tap, stride, size in zip(taps, strides, kernel.shape[2:], strict=True)]
    whole = np.pad(kernel, [(0, 0), (0, 0), *((0, each) for each in missing)])
    inputs, outputs = kernel.shape[:2]
    rows, columns = (
        np.arange(stride)[:, None] + stride * np.arange(tap - 1, -1, -1)  # k by a and u
        for tap, stride in zip(taps, strides, strict=True)
    )
    chosen = whole[:, :, rows[:, None, :, None], columns[None, :, None, :]]  # (inputs, outputs, a, b, u, v)
    kinds = strides[0] * strides[1]
    return np.ascontiguousarray(chosen.transpose(2, 3, 1, 0, 4, 5)).reshape(kinds * outputs, inputs, *taps)


def _relus_first(nodes: list[onnx.NodeProto]) -> list[onnx.NodeProto]:
    """Return the nodes with each ReLU moved before the value-moving operators that it followed."""
    nodes = list(nodes)
    for index, node in enumerate(nodes):
        place = index
        while node.op_type == "Relu" and nodes[place - 1].op_type in _MOVES and _feeds(nodes[place - 1], node):
            move = nodes[place - 1]
            between, node.output[0] = (
                node.output[0],
                node.input[0],
            )  # the move's output keeps the name that later nodes read
            node.input[0], move.input[0], move.output[0] = move.input[0], node.output[0], between
            nodes[place - 1], nodes[place] = node, move
            place -= 1
    return nodes


def _feeds(one: onnx.NodeProto, other: onnx.NodeProto) -> bool:
    return bool(one.output[0] == other.input[0])
