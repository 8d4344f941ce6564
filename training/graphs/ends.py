"""Finds the least and the greatest value that a graph can return, from the operators that its output comes out of."""

import onnx
from onnx import numpy_helper

from .foreign import ForeignGraph, constants_of

_MOVES = ("Reshape", "Cast", "Squeeze", "Unsqueeze", "Transpose", "Flatten", "Identity")
_RANGES = {"Tanh": (-1.0, 1.0), "Sigmoid": (0.0, 1.0)}
Ends = tuple[float, float]


def ends_of(foreign: ForeignGraph) -> Ends | None:
    """Return the ends of the values in a generator's images; None if its last operators do not show them.

    They do if those are a tanh, a sigmoid or a clip, whose values may then be moved, cast, shifted and scaled.
    """
    graph = foreign.model.graph
    makers = {name: node for node in graph.node for name in node.output}
    constants = {name: numpy_helper.to_array(each) for name, each in constants_of(graph).items()}
    numbers = {name: float(each.item()) for name, each in constants.items() if each.size == 1}
    return _ends(foreign.output, makers, numbers)


def _ends(name: str, makers: dict[str, onnx.NodeProto], numbers: dict[str, float]) -> Ends | None:
    node = makers.get(name)
    if node is None:
        return None
    if node.op_type in _RANGES:
        return _RANGES[node.op_type]
    if node.op_type in _MOVES:
        return _ends(node.input[0], makers, numbers)
    if node.op_type == "Clip":
        found = [numbers.get(each) for each in node.input[1:]]
        return (found[0], found[1]) if len(found) == 2 and None not in found else None  # type: ignore[return-value]
    if node.op_type not in ("Add", "Sub", "Mul", "Div"):
        return None
    place = 1 if node.input[1] in numbers else 0
    number, inner = numbers.get(node.input[place]), _ends(node.input[1 - place], makers, numbers)
    if number is None or inner is None or (node.op_type == "Div" and (place == 0 or number == 0)):
        return None
    low, high = sorted(_moved(node.op_type, value, number, is_first=place == 0) for value in inner)
    return (low, high) if low < high else None


def _moved(operator: str, value: float, number: float, *, is_first: bool) -> float:
    match operator:
        case "Add":
            return value + number
        case "Sub":
            return number - value if is_first else value - number
        case "Mul":
            return value * number
    return value / number
