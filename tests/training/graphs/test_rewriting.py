"""Rewritten graphs compute the same function."""

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.graphs.rewriting import with_integer_operators
from training.graphs.sessions import onnxruntime


def enlarging(kernel: int = 4, pads: int = 1) -> onnx.ModelProto:
    """Return reshape, ReLU, transposed convolution, ReLU: (N, 75) to (N, 2, 10, 10) for a kernel of 4."""
    random = np.random.default_rng(1)
    nodes = [
        helper.make_node("Reshape", ["x", "shape"], ["maps"], "reshape"),
        helper.make_node("Relu", ["maps"], ["positive"], "first"),
        helper.make_node(
            "ConvTranspose",
            ["positive", "weight", "bias"],
            ["large"],
            "enlarge",
            kernel_shape=[kernel, kernel],
            strides=[2, 2],
            pads=[pads] * 4,
        ),
        helper.make_node("Relu", ["large"], ["y"], "second"),
    ]
    constants = {
        "shape": np.array([-1, 3, 5, 5]),
        "weight": random.normal(size=(3, 2, kernel, kernel)).astype(np.float32),
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


def test_transposed_convolution_becomes_an_equal_convolution() -> None:
    model = enlarging()
    x = np.random.default_rng(2).normal(size=(4, 75)).astype(np.float32)
    expected = run(model, x)
    assert expected.shape == (4, 2, 10, 10)
    assert (expected > 0).any()
    np.testing.assert_allclose(run(with_integer_operators(model), x), expected, atol=1e-5)


def test_every_relu_directly_follows_a_linear_map() -> None:
    nodes = with_integer_operators(enlarging()).graph.node
    assert [node.op_type for node in nodes] == [
        *["Relu", "Reshape", "Conv", "Relu"],
        *["Transpose", "Reshape", "Transpose", "Reshape", "Slice", "Transpose"],
    ]


def test_rewriting_leaves_the_given_graph_unchanged() -> None:
    model = enlarging()
    before = model.SerializeToString(deterministic=True)
    with_integer_operators(model)
    assert model.SerializeToString(deterministic=True) == before


def test_unsupported_transposed_convolution_is_refused() -> None:
    with pytest.raises(ValueError, match=r"enlarge: unsupported transposed convolution of \(3, 2, 3, 3\)"):
        with_integer_operators(enlarging(kernel=3))
    with pytest.raises(ValueError, match="enlarge"):
        with_integer_operators(enlarging(pads=0))
