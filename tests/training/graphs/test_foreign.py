import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.graphs import a_graph_of
from training.errors import AdoptionRefused
from training.graphs.foreign import read_foreign
from training.graphs.sessions import one_thread

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
WEIGHT = np.arange(16, dtype=np.float32).reshape(4, 4)
Shape = tuple[list[int | str], int]


def _write(path: Path, steps: list[tuple[str, list[str]]], **label: Shape) -> Path:
    """Write a generator of some operators, each of which makes ``h`` of its inputs, and perhaps a label."""
    nodes, value = [], "z"
    for place, (operator, inputs) in enumerate(steps):
        names = [value if name == "h" else name for name in inputs]
        value = f"value.{place}"
        nodes.append(helper.make_node(operator, names, [value]))
    constants = {"table": WEIGHT, "two": np.array([2]), "values": np.array([0, 1], np.float32), "side": np.array([-1])}
    constants["classes"] = np.arange(4)
    inputs_by_name: dict[str, Any] = {"z": (["n", 4], FLOAT), **label}
    path.write_bytes(a_graph_of(nodes, inputs=inputs_by_name, output=value, constants=constants))
    return path


@pytest.mark.parametrize(
    ("steps", "shape", "n_classes"),
    [
        ([("Gather", ["table", "y"]), ("Add", ["z", "h"])], ["n"], 4),
        ([("Reshape", ["y", "side"]), ("Gather", ["table", "h"]), ("Add", ["z", "h"])], ["n", 1], 4),
        ([("OneHot", ["y", "two", "values"]), ("MatMul", ["h", "h"])], ["n"], 2),
        ([("Unsqueeze", ["y", "side"]), ("Equal", ["h", "classes"]), ("Where", ["h", "z", "z"])], ["n"], 4),
    ],
)
def test_number_of_classes_is_read_from_what_looks_labels_up(
    tmp_path: Path, steps: list[tuple[str, list[str]]], shape: list[int | str], n_classes: int
) -> None:
    foreign = read_foreign(_write(tmp_path / "my.onnx", steps, y=(shape, INT64)))
    assert (foreign.n_classes, foreign.style_size, foreign.takes_one_hot) == (n_classes, 4, False)
    assert read_foreign(tmp_path / "my.onnx", n_classes=2).n_classes == 2
    with pytest.raises(AdoptionRefused, match=f"--classes 5, but input 'y' takes {n_classes}"):
        read_foreign(tmp_path / "my.onnx", n_classes=5)


def test_width_of_a_one_hot_label_is_its_number_of_classes(tmp_path: Path) -> None:
    path = _write(tmp_path / "my.onnx", [("Concat", ["z", "y"])], y=(["n", 7], FLOAT))
    model = onnx.load(path)
    model.graph.node[0].attribute.append(helper.make_attribute("axis", 1))
    onnx.save(model, path)
    foreign = read_foreign(path)
    assert (foreign.n_classes, foreign.style_size, foreign.takes_one_hot) == (7, 4, True)


def test_weights_beside_the_file_are_taken_into_it(tmp_path: Path) -> None:
    path = tmp_path / "there" / "my.onnx"
    path.parent.mkdir()
    _write(path, [("MatMul", ["z", "table"])])
    onnx.save(onnx.load(path), path, save_as_external_data=True, location="my.data", size_threshold=0)
    foreign = read_foreign(path)
    (values,) = one_thread(foreign.model.SerializeToString()).run(None, {"z": np.eye(4, dtype=np.float32)})
    assert np.array_equal(values, WEIGHT)
    (path.parent / "my.data").unlink()
    with pytest.raises(AdoptionRefused, match="its weights are in a second file beside it, which is missing"):
        read_foreign(path)


def test_old_opset_with_weights_among_the_inputs_is_read(tmp_path: Path) -> None:
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["z", "w"], ["out"])],
        "old",
        [helper.make_tensor_value_info("z", FLOAT, ["n", 4]), helper.make_tensor_value_info("w", FLOAT, [4, 4])],
        [helper.make_tensor_value_info("out", FLOAT, ["n", 4])],
        [numpy_helper.from_array(WEIGHT, "w")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 9)], ir_version=3), tmp_path / "my.onnx")
    foreign = read_foreign(tmp_path / "my.onnx")
    assert (foreign.inputs.noise.name, foreign.n_classes) == ("z", 0)
    assert foreign.model.opset_import[0].version > 9


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello", "not an ONNX file, or cut off"),
        (b"", "it holds no graph"),
        (b"\x08\x0a", "it holds no graph"),
    ],
)
def test_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "my.onnx").write_bytes(content)
    with pytest.raises(AdoptionRefused, match=message):
        read_foreign(tmp_path / "my.onnx")


def test_what_cannot_be_read_to_its_end_is_refused_unread(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(AdoptionRefused, match="not a regular file"):
        read_foreign(tmp_path / "pipe.onnx")
    with (tmp_path / "large.onnx").open("wb") as file:
        file.truncate(2**31)
    with pytest.raises(AdoptionRefused, match="2,147,483,648 bytes; an ONNX file has at most 2 GiB"):
        read_foreign(tmp_path / "large.onnx")


@pytest.mark.parametrize(
    ("steps", "given", "message"),
    [
        ([("RandomNormalLike", ["z"]), ("Add", ["h", "z"])], {}, "draws random numbers itself (RandomNormalLike)"),
        ([("Relu", ["z"])], {"n_classes": 4}, "--classes 4 leaves no noise"),
        ([("Relu", ["z"])], {"output": "picture"}, "there is no output 'picture'; the outputs are value.0"),
        ([("Foo", ["z"])], {}, "onnxruntime cannot load it: This is an invalid model"),
    ],
)
def test_graph_that_is_no_generator_is_refused(
    tmp_path: Path, steps: list[tuple[str, list[str]]], given: dict[str, Any], message: str
) -> None:
    _write(tmp_path / "my.onnx", steps)
    with pytest.raises(AdoptionRefused, match=re.escape(message)):
        read_foreign(tmp_path / "my.onnx", **given)


def test_what_the_graph_does_not_say_is_asked_for(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "my.onnx", [("Cast", ["y"]), ("Unsqueeze", ["h", "side"]), ("Add", ["z", "h"])], y=(["n"], INT64)
    )
    model = onnx.load(path)
    model.graph.node[0].attribute.append(helper.make_attribute("to", FLOAT))
    onnx.save(model, path)
    with pytest.raises(AdoptionRefused, match="how many classes input 'y' takes; name their number with --classes"):
        read_foreign(path)
    assert read_foreign(path, n_classes=3).n_classes == 3
    model.graph.output.append(helper.make_tensor_value_info("value.0", FLOAT, None))
    onnx.save(model, path)
    with pytest.raises(AdoptionRefused, match=r"outputs are value.2, value.0; name the one that holds images"):
        read_foreign(path, n_classes=3)
    assert read_foreign(path, n_classes=3, output="value.0").output == "value.0"
