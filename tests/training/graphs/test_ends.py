from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from tests.graphs import a_graph_of
from training.graphs.ends import ends_of
from training.graphs.foreign import read_foreign

NUMBERS = {"0": 0.0, "1": 1.0, "2": 2.0, "6": 6.0, "-127.5": -127.5, "127.5": 127.5}
Step = tuple[str, ...]


@pytest.mark.parametrize(
    ("steps", "ends"),
    [
        ([("Tanh", "x")], (-1, 1)),
        ([("Sigmoid", "x")], (0, 1)),
        ([("Sigmoid", "x"), ("Cast", "x"), ("Flatten", "x")], (0, 1)),
        ([("Tanh", "x"), ("Add", "x", "1"), ("Mul", "127.5", "x")], (0, 255)),
        ([("Tanh", "x"), ("Mul", "x", "-127.5"), ("Sub", "x", "-127.5")], (0, 255)),
        ([("Sigmoid", "x"), ("Sub", "1", "x"), ("Div", "x", "2")], (0, 0.5)),
        ([("Clip", "x", "0", "6")], (0, 6)),
        ([("Clip", "x", "0")], None),
        ([("Tanh", "x"), ("Div", "1", "x")], None),
        ([("Tanh", "x"), ("Mul", "x", "0")], None),
        ([("Tanh", "x"), ("Add", "x", "x")], None),
        ([("Relu", "x")], None),
        ([("Tanh", "x"), ("Exp", "x")], None),
    ],
)
def test_ends_follow_from_the_last_operators(
    tmp_path: Path, steps: list[Step], ends: tuple[float, float] | None
) -> None:
    nodes, value = [], "z"
    for place, (operator, *inputs) in enumerate(steps):
        attributes: dict[str, Any] = {"to": TensorProto.FLOAT} if operator == "Cast" else {}
        names = [value if name == "x" else name for name in inputs]
        value = f"value.{place}"
        nodes.append(helper.make_node(operator, names, [value], **attributes))
    constants = {name: np.array(number, np.float32) for name, number in NUMBERS.items()}
    graph = a_graph_of(nodes, inputs={"z": (["n", 4], TensorProto.FLOAT)}, output=value, constants=constants)
    (tmp_path / "my.onnx").write_bytes(graph)
    assert ends_of(read_foreign(tmp_path / "my.onnx")) == ends
