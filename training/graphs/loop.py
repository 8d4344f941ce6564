"""Joins two graphs into one that computes the first and then repeats the second, with its weights stored once."""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

_PREFIX = "step."  # of the second graph's own names, which the exporter numbers from the same start


def repeated(
    before: onnx.ModelProto, step: onnx.ModelProto, states: list[str], rows: dict[str, NDArray[np.float32]]
) -> list[str]:
    """Append a ``Scan`` to a graph, which computes a step once for each row; return the names of the last states.

    Args:
        before: changed in place; among its outputs are the first states and all that a step needs but the rows.
        step: its inputs are the states, the names of ``rows``, then others; its outputs are the next states.
        states: names of outputs of ``before``.
        rows: a step's further inputs by name, for all steps: float32 (steps, ...).
    """
    graph = step.graph
    own = [value.name for value in graph.input[: len(states) + len(rows)]]
    outer = {value.name for value in graph.input} - set(own)
    for node in graph.node:
        node.name = _PREFIX + node.name
        for names in (node.input, node.output):
            names[:] = [name if name in outer or not name else _PREFIX + name for name in names]
    for each in graph.initializer:
        each.name = _PREFIX + each.name
    for value in (*graph.input[: len(own)], *graph.output):
        value.name = _PREFIX + value.name
    body = helper.make_graph(graph.node, "step", graph.input[: len(own)], graph.output, graph.initializer)
    last = [f"last.{name}" for name in states]
    before.graph.initializer.extend(numpy_helper.from_array(values, name) for name, values in rows.items())
    before.graph.node.append(
        helper.make_node("Scan", [*states, *rows], last, name="steps", body=body, num_scan_inputs=len(rows))
    )
    return last
