"""Rewrites a graph so that onnxruntime can run it in integers from one linear map to the next.

The result computes the same function: the same products, added in another order.
"""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

_MOVES = {"Reshape", "Transpose", "Slice"}  # operators that move values without changing them


def with_integer_operators(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy without transposed convolutions, in which each ReLU directly follows its linear map.

    onnxruntime has no transposed convolution in integers, and runs a ReLU together with the linear map before it.

    Raises:
        ValueError: a transposed convolution is not 4 x 4 with stride 2 and padding 1.
    """
    rewritten = onnx.shape_inference.infer_shapes(model, data_prop=True)
    graph = rewritten.graph
    shapes = {each.name: [side.dim_value for side in each.type.tensor_type.shape.dim] for each in graph.value_info}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.op_type == "ConvTranspose":
            nodes += _as_convolution(node, graph, shapes[node.input[0]][2:])
        else:
            nodes.append(node)
    nodes = _relus_first(nodes)
    del graph.node[:], graph.value_info[:]  # the intermediate shapes have changed
    graph.node.extend(nodes)
    onnx.checker.check_model(rewritten, full_check=True)
    return rewritten


def _as_convolution(node: onnx.NodeProto, graph: onnx.GraphProto, sides: list[int]) -> list[onnx.NodeProto]:
    """Return nodes that compute a transposed convolution: a convolution, interleaved pixels, and a cut border.

    An output pixel depends on 2 x 2 inputs; which of the kernel's 16 weights apply depends on whether its row and its
    column are odd. So a convolution with four times the channels computes all four kinds. Over an H x W input padded
    by 1 it computes them for (H + 1) x (W + 1) places; after interleaving, the outermost pixels are surplus.

    Interleaving uses channels-last order, as integer convolutions do: there the channels of two neighbours are moved in
    one piece. DepthToSpace, which is channels-first, took five times as long: 8.8 of 104 microseconds per image.

    Args:
        node: the transposed convolution.
        graph: its weights are changed and constants are added.
        sides: H and W.

    Raises:
        ValueError: it is not 4 x 4 with stride 2 and padding 1.
    """
    weights = {each.name: each for each in graph.initializer}
    settings = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    kernel = numpy_helper.to_array(weights[node.input[1]])  # (inputs, outputs, 4, 4)
    if kernel.shape[2:] != (4, 4) or (settings["strides"], settings["pads"]) != ([2, 2], [1, 1, 1, 1]):
        raise ValueError(f"{node.name}: unsupported transposed convolution of {kernel.shape}, {settings}")
    bias = numpy_helper.to_array(weights[node.input[2]])
    weights[node.input[1]].CopyFrom(numpy_helper.from_array(_by_place(kernel), node.input[1]))
    weights[node.input[2]].CopyFrom(numpy_helper.from_array(np.tile(bias, 4), node.input[2]))

    output, outputs = node.output[0], kernel.shape[1]
    high, wide = (side + 1 for side in sides)
    steps: list[tuple[str, list[list[int]], dict[str, Any]]] = [
        ("Transpose", [], {"perm": [0, 2, 3, 1]}),
        ("Reshape", [[-1, high, wide, 2, 2 * outputs]], {}),  # the place's row and column, then the pixel's row in it
        ("Transpose", [], {"perm": [0, 1, 3, 2, 4]}),
        ("Reshape", [[-1, 2 * high, 2 * wide, outputs]], {}),
        ("Slice", [[1, 1], [-1, -1], [1, 2]], {}),
        ("Transpose", [], {"perm": [0, 3, 1, 2]}),
    ]
    current = f"{output}.places"
    nodes = [helper.make_node("Conv", node.input, [current], current, kernel_shape=[2, 2], pads=[1, 1, 1, 1])]
    for number, (kind, constants, attributes) in enumerate(steps, start=1):
        name = output if number == len(steps) else f"{output}.{number}"
        names = [f"{name}.{place}" for place in range(len(constants))]
        graph.initializer.extend(map(numpy_helper.from_array, map(np.array, constants), names))
        nodes.append(helper.make_node(kind, [current, *names], [name], name, **attributes))
        current = name
    return nodes


def _by_place(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the 2 x 2 kernels of the four kinds of pixels: (inputs, outputs, 4, 4) to (4 * outputs, inputs, 2, 2).

    Input i and weight k contribute to output 2 i - 1 + k. Before the border is cut, output o is pixel o + 1 = 2 p + a
    of place p, which depends on the inputs p - 1 + u for u = 0, 1; therefore k = a + 2 - 2 u.
    """
    inputs, outputs = kernel.shape[:2]
    tap = np.array([[2, 0], [3, 1]])  # k by a and u
    chosen = kernel[:, :, tap[:, None, :, None], tap[None, :, None, :]]  # (inputs, outputs, a, b, u, v)
    return np.ascontiguousarray(chosen.transpose(2, 3, 1, 0, 4, 5)).reshape(4 * outputs, inputs, 2, 2)


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
