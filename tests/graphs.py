"""Tiny ONNX graphs: one that meets the model contract, and variants that break it."""

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

LATENT_SIZE, HEIGHT, WIDTH = 4, 2, 3


def a_graph(
    *,
    batch: int | str | None = "batch",
    image_type: int = TensorProto.UINT8,
    latent_name: str = "latent",
    latent_size: int = LATENT_SIZE,
    width: int = WIDTH,
    rows: int = -1,
) -> bytes:
    """Return an unconditional model, image = abs(latent @ W * truncation), that matches the card of `cards.a_card`.

    Args:
        batch: the first dimension that the graph declares.
        image_type: element type of the output.
        latent_name: name of the first input.
        latent_size: components of the first input.
        width: pixels in a row.
        rows: the first dimension that the graph really returns; -1 follows the input.
    """
    weights = np.arange(latent_size * HEIGHT * width, dtype=np.float32).reshape(latent_size, -1)
    nodes = [
        helper.make_node("Unsqueeze", ["truncation", "axis"], ["factor"]),
        helper.make_node("Mul", [latent_name, "factor"], ["scaled"]),
        helper.make_node("MatMul", ["scaled", "weights"], ["flat"]),
        helper.make_node("Abs", ["flat"], ["positive"]),
        helper.make_node("Cast", ["positive"], ["grey"], to=image_type),
        helper.make_node("Reshape", ["grey", "shape"], ["image"]),
    ]
    constants: dict[str, Any] = {
        "axis": np.array([1]),
        "weights": weights,
        "shape": np.array([rows, HEIGHT, width]),
    }
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info(latent_name, TensorProto.FLOAT, [batch, latent_size]),
            helper.make_tensor_value_info("truncation", TensorProto.FLOAT, [batch]),
        ],
        [helper.make_tensor_value_info("image", image_type, [batch, HEIGHT, width])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return bytes(model.SerializeToString())
