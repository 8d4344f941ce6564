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
    shares: str = "",
) -> bytes:
    """Return an unconditional model, image = abs(latent @ W * truncation), that matches the card of `cards.a_card`.

    Args:
        batch: the first dimension that the graph declares.
        image_type: element type of the output.
        latent_name: name of the first input.
        latent_size: components of the first input.
        width: pixels in a row.
        rows: the first dimension that the graph really returns; -1 follows the input.
        shares: what a row has of the others in its batch, against the contract: "statistics", as of batch normalisation
            in training, or "truncation", that of the first row.
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
    if shares == "truncation":
        nodes.insert(0, helper.make_node("Slice", ["truncation", "start", "stop"], ["own"]))
        nodes[1].input[0] = "own"
        constants |= {"start": np.array([0]), "stop": np.array([1])}
    elif shares == "statistics":
        nodes.insert(
            3,
            helper.make_node(
                "BatchNormalization", ["flat", *["one"] * 4], ["own", "mean", "variance"], training_mode=1
            ),
        )
        nodes[4].input[0] = "own"
        constants |= {"one": np.full(HEIGHT * width, 50, np.float32)}
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


def an_encoder_graph(
    *,
    batch: int | str | None = "batch",
    latent_type: int = TensorProto.FLOAT,
    latent_size: int = LATENT_SIZE,
    width: int = WIDTH,
) -> bytes:
    """Return an encoder, latent = image @ W, class = argmax of the latent, that matches `cards.a_card`.

    Args:
        batch: the first dimension that the graph declares.
        latent_type: element type of the latents.
        latent_size: components of a latent.
        width: pixels in a row.
    """
    nodes = [
        helper.make_node("Cast", ["image"], ["grey"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["grey"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["found"]),
        helper.make_node("Cast", ["found"], ["latent"], to=latent_type),
        helper.make_node("ArgMax", ["found"], ["class"], axis=1, keepdims=0),
    ]
    weights = np.eye(HEIGHT * width, latent_size, dtype=np.float32)
    graph = helper.make_graph(
        nodes,
        "tiny-encoder",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [batch, HEIGHT, width])],
        [
            helper.make_tensor_value_info("latent", latent_type, [batch, latent_size]),
            helper.make_tensor_value_info("class", TensorProto.INT64, [batch]),
        ],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return bytes(model.SerializeToString())
