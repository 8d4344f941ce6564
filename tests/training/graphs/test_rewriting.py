"""Rewritten graphs compute the same function."""

from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.graphs.rewriting import with_integer_operators
from training.graphs.sessions import onnxruntime


def enlarging(kernel: int = 4, stride: int = 2, pads: int = 1, more: int = 0, **others: Any) -> onnx.ModelProto:
    """Return convolution, ReLU, transposed convolution, ReLU: (N, 75) to (N, 2, 10, 10) for a kernel of 4."""
    random = np.random.default_rng(1)
    settings = {"strides": [stride] * 2, "pads": [pads] * 4, "output_padding": [more] * 2} | others
    if "auto_pad" in others:
        del settings["pads"]
    groups = settings.get("group", 1)
    nodes = [
        helper.make_node("Reshape", ["x", "shape"], ["maps"]),
        helper.make_node("Conv", ["maps", "mix"], ["mixed"]),
        helper.make_node("Relu", ["mixed"], ["positive"]),
        helper.make_node("ConvTranspose", ["positive", "weight", "bias"], ["large"], **settings),
        helper.make_node("Relu", ["large"], ["y"]),
    ]
    constants = {
        "shape": np.array([-1, 3, 5, 5]),
        "mix": random.normal(size=(4, 3, 1, 1)).astype(np.float32),
        "weight": random.normal(size=(4, 2 // groups, kernel, kernel)).astype(np.float32),
        "bias": random.normal(size=2).astype(np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "enlarging",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 75])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 2, None, None])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def run(model: onnx.ModelProto, x: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {"x": x})
    return y  # type: ignore[no-any-return]


@pytest.mark.parametrize("kernel", [2, 3, 4, 5])
@pytest.mark.parametrize("pads", [0, 1])
@pytest.mark.parametrize(("stride", "more"), [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1)])
def test_transposed_convolution_becomes_an_equal_convolution(kernel: int, pads: int, stride: int, more: int) -> None:
    model = enlarging(kernel, stride, pads, more)
    x = np.random.default_rng(2).normal(size=(4, 75)).astype(np.float32)
    expected, rewritten = run(model, x), with_integer_operators(model)
    assert (expected > 0).any()
    np.testing.assert_allclose(run(rewritten, x), expected, atol=1e-5)
    is_left = more > pads and kernel % stride == 0  # the border that is added gets the bias alone
    assert ("ConvTranspose" in [node.op_type for node in rewritten.graph.node]) == is_left


def test_every_relu_directly_follows_a_linear_map() -> None:
    nodes = with_integer_operators(enlarging()).graph.node
    assert [node.op_type for node in nodes] == [
        *["Reshape", "Conv", "Relu", "Conv", "Relu"],
        *["Transpose", "Reshape", "Transpose", "Reshape", "Slice", "Transpose"],
    ]


@pytest.mark.parametrize("others", [{"group": 2}, {"dilations": [2, 2]}, {"auto_pad": "SAME_UPPER"}])
def test_other_transposed_convolutions_stay(others: dict[str, Any]) -> None:
    rewritten = with_integer_operators(enlarging(3, pads=0, **others))
    assert [node.op_type for node in rewritten.graph.node].count("ConvTranspose") == 1


def test_first_linear_map_stays_because_it_is_not_run_in_integers() -> None:
    model = enlarging()
    del model.graph.node[1]
    model.graph.node[1].input[0] = "maps"
    model.graph.initializer[2].CopyFrom(numpy_helper.from_array(np.ones((3, 2, 4, 4), np.float32), "weight"))
    assert "ConvTranspose" in [node.op_type for node in with_integer_operators(model).graph.node]


def test_constant_that_two_layers_share_is_stored_twice() -> None:
    model = enlarging()
    model.graph.node[-1].output[0] = "again"
    model.graph.node.append(helper.make_node("Add", ["bias", "bias"], ["twice"]))
    model.graph.node.append(helper.make_node("ReduceSum", ["twice"], ["sum"], keepdims=0))
    model.graph.node.append(helper.make_node("Add", ["again", "sum"], ["y"]))
    x = np.ones((1, 75), np.float32)
    np.testing.assert_allclose(run(with_integer_operators(model), x), run(model, x), atol=1e-5)


def test_rewriting_leaves_the_given_graph_unchanged() -> None:
    model = enlarging()
    before = model.SerializeToString(deterministic=True)
    with_integer_operators(model)
    assert model.SerializeToString(deterministic=True) == before
