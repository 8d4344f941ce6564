"""Stores an exported model's graph in fewer bits: half-precision weights, or 8-bit integers throughout."""

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from digitgan.contract.latents import seeds_to_latents

from ..errors import ExportRefused
from .graph import strip
from .rewriting import LINEAR, with_integer_operators
from .sessions import quantization

FIRST_SEED = 10_000_000  # disjoint from the seeds that select snapshots or score models
N_LATENTS = 1000
_ROWS = 250
_LARGE = 32_768  # numbers in a weight
_LINEAR_IN_INTEGERS = {"Conv", "Gemm"}
_IN_INTEGERS = _LINEAR_IN_INTEGERS | {"Relu", "Reshape", "Transpose", "Slice"}


def in_fp16(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the graph with its large weights stored in half precision and cast to float32 on loading.

    The file has half the bytes at the same speed, because onnxruntime casts constants once and computes in float32. The
    small weights of `digits` are 7 % of the bytes, but rounding them too changes pixels two and a half times as much.
    """
    halved = onnx.ModelProto()
    halved.CopyFrom(model)
    casts = []
    for weight in halved.graph.initializer:
        if weight.data_type != TensorProto.FLOAT or math.prod(weight.dims) < _LARGE:
            continue
        name, stored = weight.name, f"{weight.name}.half"
        weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight).astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [name], f"{name}.cast", to=TensorProto.FLOAT))
    nodes = [*casts, *halved.graph.node]
    del halved.graph.node[:], halved.graph.value_info[:]
    halved.graph.node.extend(nodes)
    onnx.checker.check_model(halved, full_check=True)
    return halved


def in_int8(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the graph with all linear maps but the first and the last in integers, with fixed scales.

    The scales come from the extremes over latents of fixed seeds, so they are the same for every batch. Scales computed
    at run time would be shared by the rows of a batch, and a row would depend on its neighbours.

    The first map's input is the latent itself. The last map's output ranges from -183 to 10 in `digits`, but tanh shows
    only the range from -3 to 3; with integer weights there, pixels differed four times as much.

    Weights have 7 bits: two products of 8 bits each overflow the 16 bits in which processors without VNNI add them, so
    the same file would give other pixels there.

    Raises:
        ExportRefused: there is no linear map between the first and the last that could be run in integers.
    """
    ready = with_integer_operators(model)
    for index, node in enumerate(ready.graph.node):
        node.name = node.name or f"{node.op_type}.{index}"
    linear = [index for index, node in enumerate(ready.graph.node) if node.op_type in LINEAR]
    between = ready.graph.node[linear[0] + 1 : linear[-1]] if linear else []
    if not any(node.op_type in _LINEAR_IN_INTEGERS for node in between):
        raise ExportRefused("the graph has no linear map in integers between its first and its last one")
    chosen = [node.name for node in between if node.op_type in _IN_INTEGERS]
    # Otherwise onnxruntime advises to optimise first, which the export has done.
    quantization.quant_utils.add_pre_process_metadata(ready)
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "before.onnx", Path(folder) / "after.onnx"
        onnx.save(ready, before)
        quantization.quantize_static(
            before,
            after,
            _Calibration(ready),
            quant_format=quantization.QuantFormat.QDQ,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            op_types_to_quantize=sorted(_IN_INTEGERS),
            nodes_to_quantize=chosen,
        )
        quantised = onnx.load(after)
    strip(quantised)
    onnx.checker.check_model(quantised, full_check=True)
    return quantised


class _Calibration(quantization.CalibrationDataReader):  # type: ignore[misc] # onnxruntime ships no types
    """The latents whose activations decide the scales, in batches.

    Args:
        model: of the model contract.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        inputs = {each.name: each for each in model.graph.input}
        self._latent_size = inputs["latent"].type.tensor_type.shape.dim[1].dim_value
        self._has_labels = "label" in inputs
        self._batches = self._feeds()

    def _feeds(self) -> Iterator[dict[str, NDArray[Any]]]:
        for start in range(FIRST_SEED, FIRST_SEED + N_LATENTS, _ROWS):
            feeds: dict[str, NDArray[Any]] = {
                "latent": seeds_to_latents(range(start, start + _ROWS), self._latent_size),
                "truncation": np.ones(_ROWS, np.float32),
            }
            yield feeds | ({"label": np.full(_ROWS, -1)} if self._has_labels else {})

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        """Return the next batch of inputs, or None after the last."""
        return next(self._batches, None)
