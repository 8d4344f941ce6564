"""ONNX graphs: tiny ones that meet the model contract or break it, and foreign ones that draw what a model draws."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession

from digitgan.contract.card import Golden
from digitgan.contract.latents import seeds_to_latents

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


def a_colour_graph(height: int, width: int, n_classes: int = 0) -> tuple[bytes, Golden]:
    """Return a model of the contract in colour, with 4 components of style, and what its seed 0 gives.

    Args:
        height: of an image, a multiple of 4.
        width: of an image, a multiple of 4.
        n_classes: 0 for a model without classes.
    """
    random = np.random.default_rng(height)
    batch: list[str | int | None] = ["batch"]
    nodes = [
        helper.make_node("Slice", ["latent", "start", "stop", "axis"], ["style"]),
        helper.make_node("Unsqueeze", ["truncation", "axis"], ["factor"]),
        helper.make_node("Mul", ["style", "factor"], ["scaled"]),
        helper.make_node("MatMul", ["scaled", "weights"], ["hidden"]),
        helper.make_node("Reshape", ["hidden", "small"], ["blocks"]),
        helper.make_node("Resize", ["blocks", "", "scales"], ["values"], mode="linear"),
        helper.make_node("Transpose", ["values"], ["pixels"], perm=[0, 2, 3, 1]),
        helper.make_node("Clip", ["pixels", "black", "white"], ["levels"]),
        helper.make_node("Cast", ["levels"], ["image"], to=TensorProto.UINT8),
    ]
    inputs = [helper.make_tensor_value_info("latent", TensorProto.FLOAT, [*batch, 4 + n_classes])]
    outputs = [helper.make_tensor_value_info("image", TensorProto.UINT8, [*batch, height, width, 3])]
    constants: dict[str, Any] = {
        "start": np.array([0]),
        "stop": np.array([4]),
        "axis": np.array([1]),
        "weights": random.normal(0, 90, (4, 3 * 4 * 4)).astype(np.float32),
        "small": np.array([-1, 3, 4, 4]),
        "scales": np.array([1, 1, height / 4, width / 4], np.float32),
        "black": np.float32(0),
        "white": np.float32(255),
    }
    if n_classes:
        own = [
            helper.make_node("Slice", ["latent", "stop", "end", "axis"], ["scores"]),
            helper.make_node("ArgMax", ["scores"], ["own"], axis=1, keepdims=0),
            helper.make_node("Less", ["label", "zero"], ["is.own"]),
            helper.make_node("Where", ["is.own", "own", "label"], ["class"]),
            helper.make_node("Gather", ["table", "class"], ["tint"], axis=0),
            helper.make_node("Add", ["hidden", "tint"], ["tinted"]),
        ]
        nodes = [*nodes[:4], *own, *nodes[4:]]
        nodes[10].input[0] = "tinted"
        inputs.append(helper.make_tensor_value_info("label", TensorProto.INT64, batch))
        outputs.append(helper.make_tensor_value_info("class", TensorProto.INT64, batch))
        table = random.uniform(0, 255, (n_classes, 3 * 4 * 4)).astype(np.float32)
        constants |= {"end": np.array([4 + n_classes]), "zero": np.array(0), "table": table}
    inputs.append(helper.make_tensor_value_info("truncation", TensorProto.FLOAT, batch))
    graph = helper.make_graph(
        nodes, "colour", inputs, outputs, [numpy_helper.from_array(np.array(v), name) for name, v in constants.items()]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    content = bytes(model.SerializeToString())
    feeds: dict[str, Any] = {"latent": seeds_to_latents([0], 4 + n_classes), "truncation": np.ones(1, np.float32)}
    if n_classes:
        feeds["label"] = np.array([-1])
    pixels = InferenceSession(content, providers=["CPUExecutionProvider"]).run(["image"], feeds)[0]
    return content, Golden(seed=0, label=None, pixels_sha256=hashlib.sha256(pixels.tobytes()).hexdigest())


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


def a_foreign_graph(
    model: onnx.ModelProto,
    *,
    scale: tuple[float, float] = (-1, 1),
    labels: Literal["integer", "one-hot"] | None = None,
    label_name: str = "y",
    axes: tuple[int, ...] = (1, 28, 28),
    number: int = TensorProto.FLOAT,
    rows: int | str = "batch",
) -> bytes:
    """Return a generator of another project that draws the same images as a model of the contract.

    Args:
        model: its graph.
        scale: the values of black and white.
        labels: how the input for labels has them, for a model with classes.
        label_name: of that input; that of the noise is ``z``.
        axes: of an image in the output.
        number: the type of the noise and of the output.
        rows: the first dimension of the inputs.
    """
    graph = onnx.GraphProto()
    graph.CopyFrom(model.graph)
    latent_size = next(each for each in graph.input if each.name == "latent").type.tensor_type.shape.dim[1].dim_value
    n_classes = 10 if labels else 0
    inputs = [helper.make_tensor_value_info("z", number, [rows, latent_size - n_classes])]
    before = [
        helper.make_node("Cast", ["z"], ["noise"], to=TensorProto.FLOAT),
        helper.make_node("Pad", ["noise", "no.scores"], ["latent"]),
        helper.make_node("Shape", ["z"], ["n"], start=0, end=1),
        helper.make_node("Expand", ["one", "n"], ["truncation"]),
    ]
    if labels == "one-hot":
        before.append(helper.make_node("ArgMax", [label_name], ["label"], axis=1, keepdims=0))
        inputs.append(helper.make_tensor_value_info(label_name, TensorProto.FLOAT, [rows, n_classes]))
    elif labels == "integer":
        before.append(helper.make_node("Cast", [label_name], ["label"], to=TensorProto.INT64))
        inputs.append(helper.make_tensor_value_info(label_name, TensorProto.INT32, [rows]))
    after = [
        helper.make_node("Cast", ["image"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["levels", "step"], ["steps"]),
        helper.make_node("Add", ["steps", "black"], ["values"]),
        helper.make_node("Cast", ["values"], ["numbers"], to=number),
        helper.make_node("Reshape", ["numbers", "axes"], ["out"]),
    ]
    constants: dict[str, Any] = {
        "no.scores": np.array([0, 0, 0, n_classes]),
        "one": np.ones(1, np.float32),
        "step": np.float32((scale[1] - scale[0]) / 255),
        "black": np.float32(scale[0]),
        "axes": np.array([-1, *axes]),
    }
    nodes = [*before, *graph.node, *after]
    del graph.node[:], graph.input[:], graph.output[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.input.extend(inputs)
    graph.output.append(helper.make_tensor_value_info("out", number, [rows, *axes]))
    graph.initializer.extend(numpy_helper.from_array(np.array(value), name) for name, value in constants.items())
    foreign = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    onnx.checker.check_model(foreign)
    return bytes(foreign.SerializeToString())


def a_graph_of(
    nodes: Sequence[onnx.NodeProto],
    *,
    inputs: Mapping[str, tuple[Sequence[int | str], int]],
    output: str,
    constants: Mapping[str, Any],
) -> bytes:
    """Return a graph of any nodes.

    Args:
        nodes: in the order in which they run.
        inputs: shape and element type of each, by name.
        output: the name of the only one, of floats.
        constants: arrays by name.
    """
    graph = helper.make_graph(
        nodes,
        "any",
        [helper.make_tensor_value_info(name, kind, list(shape)) for name, (shape, kind) in inputs.items()],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return bytes(model.SerializeToString())
