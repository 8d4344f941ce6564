"""Lets a graph that was exported for one batch size take any number of rows.

Exporters write the batch size of their example into the shapes of a graph unless they are told not to. Those shapes get
the number of rows of the noise instead. Whether a graph then draws the same images is for its caller to compare.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from .foreign import ForeignGraph, constants_of
from .graph import BATCH

_ROWS = "rows.of.noise"
_FIRST = np.array([0])
_SHAPED = ("Reshape", "Expand")  # operators whose second input is a shape


def with_any_batch(foreign: ForeignGraph) -> ForeignGraph:
    """Return a generator whose graph takes any number of rows, as far as its shapes show.

    Args:
        foreign: with a fixed batch.
    """
    model = onnx.ModelProto()
    model.CopyFrom(foreign.model)
    graph = model.graph
    constants, noise, label = constants_of(graph), foreign.inputs.noise.name, foreign.inputs.label
    moving = {noise} | ({label.name} if label else set())
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        is_moving = any(name in moving for name in node.input)
        if is_moving:
            moving.update(node.output)
        # Of one row, the shapes of weights begin with 1, too; they do not depend on the inputs.
        if node.op_type in _SHAPED and node.input[1] in constants and (is_moving or foreign.inputs.rows != 1):
            shape = numpy_helper.to_array(constants[node.input[1]])
            if shape.ndim == 1 and len(shape) and shape[0] == foreign.inputs.rows:
                rest = f"{node.output[0]}.sides"
                graph.initializer.append(numpy_helper.from_array(shape[1:].copy(), rest))
                node.input[1] = f"{node.output[0]}.shape"
                nodes.append(helper.make_node("Concat", [_ROWS, rest], [node.input[1]], node.input[1], axis=0))
        nodes.append(node)
    graph.initializer.append(numpy_helper.from_array(_FIRST, f"{_ROWS}.place"))
    del graph.node[:], graph.value_info[:]
    graph.node.append(helper.make_node("Shape", [noise], [f"{_ROWS}.all"], f"{_ROWS}.all"))
    graph.node.append(helper.make_node("Gather", [f"{_ROWS}.all", f"{_ROWS}.place"], [_ROWS], _ROWS, axis=0))
    graph.node.extend(nodes)
    for value in (*graph.input, *graph.output):
        sides = value.type.tensor_type.shape.dim
        if sides and value.name not in constants:
            sides[0].dim_param = BATCH
    return foreign.of_any_batch(model)
