"""Counts what a graph costs: its weights, and the multiply-adds of one image."""

import math

import onnx
from onnx import TensorProto, helper

from .foreign import constants_of, nodes_inside

_WEIGHTS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE, TensorProto.INT8)
# Operators that multiply in ways that are not counted here; a graph that has one has no known cost.
_NOT_COUNTED = {
    *("Attention", "ConvInteger", "DeformConv", "Einsum", "GRU", "LSTM", "MatMulInteger", "QLinearConv"),
    *("QLinearMatMul", "RNN"),
}


def n_parameters(model: onnx.ModelProto, prefix: str = "") -> int | None:
    """Return the number of weights of a graph, or None if it has none.

    Args:
        model: its arrays of one number are constants, not weights.
        prefix: of the names of weights; others are not counted.
    """
    arrays = [each for name, each in constants_of(model.graph).items() if name.startswith(prefix)]
    return sum(math.prod(each.dims) for each in arrays if each.dims and each.data_type in _WEIGHTS) or None


def multiply_adds(model: onnx.ModelProto) -> int | None:
    """Return the multiply-adds of one row in linear maps and convolutions; None if the graph does not show them all."""
    one = onnx.ModelProto()
    one.CopyFrom(model)
    for value in one.graph.input:
        value.type.tensor_type.shape.dim[0].dim_value = 1
    for value in one.graph.output:
        value.type.tensor_type.shape.ClearField("dim")
    del one.graph.output[:]
    one.graph.output.extend(onnx.ValueInfoProto(name=value.name) for value in model.graph.output)
    one = onnx.shape_inference.infer_shapes(one, data_prop=True)
    shapes: dict[str, list[int]] = {name: list(each.dims) for name, each in constants_of(one.graph).items()}
    for value in (*one.graph.value_info, *one.graph.input, *one.graph.output):
        shapes[value.name] = [side.dim_value for side in value.type.tensor_type.shape.dim]
    total = 0
    for node in one.graph.node:
        if any(nodes_inside(node)) or node.op_type in _NOT_COUNTED or node.domain not in ("", "ai.onnx"):
            return None
        cost = _cost(node, shapes)
        if cost == 0:  # a side that is not known is 0
            return None
        total += cost or 0
    return total or None


def _cost(node: onnx.NodeProto, shapes: dict[str, list[int]]) -> int | None:
    """Return the multiply-adds of a node; 0 if they are not known, None for a node without any."""
    if node.op_type not in ("Conv", "ConvTranspose", "Gemm", "MatMul"):
        return None
    inputs, weights, outputs = (math.prod(shapes.get(name, [0])) for name in (*node.input[:2], node.output[0]))
    kernel = shapes.get(node.input[1], [0])
    match node.op_type:
        case "Conv":
            return outputs * math.prod(kernel[1:])
        case "ConvTranspose":
            return inputs * math.prod(kernel[1:])
        case "Gemm":
            is_transposed = any(each.name == "transB" and helper.get_attribute_value(each) for each in node.attribute)
            return outputs * kernel[1 if is_transposed else 0]
    return outputs * kernel[-2] if len(kernel) > 1 else weights
