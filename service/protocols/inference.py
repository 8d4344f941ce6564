"""Knows what tensors of the Open Inference Protocol v2 mean to our models: inputs to a plan, images to outputs.

Does not know HTTP or how tensors are written.

Inputs are `latent` or `seed`, one of them, and `label` and `truncation` if wanted. Outputs are `image`, `label`, and
`png` where it is asked for.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import MAX_SEED
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan, spread
from digitgan.png.encoder import encode
from service.protocols.inference_schemas import ModelMetadata, TensorMetadata

_MAX_TRUNCATION = 2.0


def metadata(card: Card, versions: list[str]) -> ModelMetadata:
    """Return a model's description."""
    inputs = _inputs(card)
    outputs = {"image": ("UINT8", [-1, card.image_height, card.image_width]), "png": ("BYTES", [-1])}
    if card.is_conditional:
        outputs["label"] = ("INT64", [-1])
    return ModelMetadata(
        name=card.model,
        versions=versions,
        platform="onnxruntime_onnx",
        inputs=[TensorMetadata(name=name, datatype=kind, shape=shape) for name, (kind, shape) in inputs.items()],
        outputs=[TensorMetadata(name=name, datatype=kind, shape=shape) for name, (kind, shape) in outputs.items()],
    )


def _inputs(card: Card) -> dict[str, tuple[str, list[int]]]:
    inputs = {
        "latent": ("FP32", [-1, card.latent_size]),
        "seed": ("INT64", [-1]),
        "truncation": ("FP32", [-1]),
    }
    return inputs | ({"label": ("INT64", [-1])} if card.is_conditional else {})


def described_input() -> dict[str, Any]:
    """Return what a schema says of one input, whatever the model: how long a latent is, the model's metadata says."""
    integers = {"items": {"type": "integer", "minimum": 0, "maximum": MAX_SEED}}
    truncations = {"items": {"type": "number", "minimum": 0, "maximum": _MAX_TRUNCATION}}
    return {
        "oneOf": [
            _described("latent", "FP32", 2, {}),
            _described("seed", "INT64", 1, integers),
            _described("label", "INT64", 1, integers),
            _described("truncation", "FP32", 1, truncations),
        ]
    }


def _described(name: str, datatype: str, n_dimensions: int, elements: dict[str, Any]) -> dict[str, Any]:
    shape = {"minItems": n_dimensions, "maxItems": n_dimensions}
    return {"properties": {"name": {"const": name}, "datatype": {"const": datatype}, "shape": shape, "data": elements}}


def plan_of(inputs: dict[str, NDArray[Any]], card: Card, max_images: int) -> Plan:
    """Return what the inputs ask for.

    Args:
        inputs: by name.
        card: of the model version that is asked.
        max_images: most rows.

    Raises:
        InvalidPlan: an input is not one of the model's, not of its type or shape, or out of range.
    """
    for name, array in inputs.items():
        _check_shape(name, array, card)
    if ("latent" in inputs) == ("seed" in inputs):
        raise InvalidPlan("inputs", "give exactly one of the inputs latent and seed")
    source = "latent" if "latent" in inputs else "seed"
    n = len(inputs[source])
    if not 1 <= n <= max_images:
        raise InvalidPlan("inputs", f"input {source!r} has {n} rows; a request has 1 to {max_images}")
    labels = inputs["label"].tolist() if "label" in inputs else None
    if labels is not None and len(labels) not in (1, n):
        raise InvalidPlan("inputs", f"input 'label' has {len(labels)} rows for {n}: give one, or one for each")
    _, labels = spread(range(n), labels, source)
    return Plan(
        _seeds(inputs["seed"]) if source == "seed" else None,
        _latents(inputs["latent"]) if source == "latent" else None,
        labels,
        _truncation(inputs["truncation"], n) if "truncation" in inputs else 1.0,
        card.model,
        card.version,
    )


def _check_shape(name: str, array: NDArray[Any], card: Card) -> None:
    allowed = _inputs(card)
    if name not in allowed:
        raise InvalidPlan("inputs", f"model {card.model!r} has no input {name!r}; it has {', '.join(allowed)}")
    datatype, shape = allowed[name]
    kind = {"FP32": np.float32, "INT64": np.int64}[datatype]
    fits = array.ndim == len(shape) and all(want in (-1, have) for want, have in zip(shape, array.shape, strict=True))
    if array.dtype != kind or not fits:
        raise InvalidPlan(
            "inputs", f"input {name!r} is {datatype} {shape}, -1 for any number; not {array.dtype} {list(array.shape)}"
        )


def _latents(array: NDArray[Any]) -> NDArray[np.float32]:
    if not np.isfinite(array).all():
        raise InvalidPlan("inputs", "every component of input 'latent' must be finite")
    return array.astype(np.float32, copy=False)


def _seeds(array: NDArray[Any]) -> list[int]:
    if array.min() < 0 or array.max() > MAX_SEED:
        raise InvalidPlan("inputs", f"a seed is an integer from 0 to {MAX_SEED}")
    seeds: list[int] = array.tolist()
    return seeds


def _truncation(array: NDArray[Any], n: int) -> float:
    """Return the one truncation of a request, for which there may be one row or equal rows."""
    if len(array) not in (1, n) or (array != array[0]).any() or not 0 <= array[0] <= _MAX_TRUNCATION:
        raise InvalidPlan(
            "inputs", f"input 'truncation' is one number from 0 to {_MAX_TRUNCATION:g}, given once or for each row"
        )
    return float(array[0])


def outputs_of(names: list[str], generated: Generated) -> dict[str, NDArray[Any] | list[bytes]]:
    """Return outputs by name, in the order of the names; those must be the model's."""
    images = generated.images
    made: dict[str, NDArray[Any] | list[bytes]] = {}
    for name in names:
        if name == "png":
            made[name] = encode(images.pixels)
        else:
            made[name] = images.pixels if name == "image" or images.labels is None else images.labels
    return made
