"""The tensors of a model in the Open Inference Protocol v2: inputs become a plan, images become outputs.

Inputs are either `latent` or `seed`, and optionally `label` and `truncation`. Outputs are `image`, `label`, and on
request `png`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_SEED, MAX_TRUNCATION
from digitgan.contract.words import unknown
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan, spread
from digitgan.engine.source import Latents, Seeds, Source
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture
from digitgan.picture.provenance import image_chunks
from digitgan.png.encoder import encode

from .inference_schemas import ModelMetadata, TensorMetadata


def metadata(card: Card, versions: list[str]) -> ModelMetadata:
    """Return a model's description."""
    inputs = _inputs(card)
    outputs = {"image": ("UINT8", [-1, *card.image_shape]), "png": ("BYTES", [-1])}
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


def plan_of(inputs: dict[str, NDArray[Any]], card: Card, max_images: int, version: str | None = None) -> Plan:
    """Return the plan of a request.

    Args:
        inputs: the inputs by name.
        card: card of the model version that the request names, or of one that may answer it.
        max_images: maximum number of rows.
        version: the version that the request names; None if it names none.

    Raises:
        InvalidPlan: the model has no such input, or an input has another type or shape or is out of range.
    """
    for name, array in inputs.items():
        _check_shape(name, array, card)
    if ("latent" in inputs) == ("seed" in inputs):
        raise InvalidPlan("inputs", "give exactly one of the inputs latent and seed")
    name = "latent" if "latent" in inputs else "seed"
    n = len(inputs[name])
    if not 1 <= n <= max_images:
        raise InvalidPlan("inputs", f"input {name!r} has {n:,} rows; a request has 1 to {max_images:,}")
    source: Source = _latents(inputs["latent"]) if name == "latent" else _seeds(inputs["seed"])
    labels = inputs["label"].tolist() if "label" in inputs else None
    if labels is not None:
        if len(labels) not in (1, n):
            raise InvalidPlan("inputs", f"input 'label' has {len(labels):,} rows for {n:,}: give one, or one for each")
        source, labels = spread(source, labels, "label")
    return Plan(
        source=source,
        labels=labels,
        truncation=_truncation(inputs["truncation"], n) if "truncation" in inputs else 1.0,
        model=card.model,
        version=version,
    )


def _check_shape(name: str, array: NDArray[Any], card: Card) -> None:
    inputs = _inputs(card)
    if name not in inputs:
        raise InvalidPlan("inputs", f"model {card.model!r} has {unknown('input', name, inputs)}")
    datatype, shape = inputs[name]
    kind = {"FP32": np.float32, "INT64": np.int64}[datatype]
    fits = array.ndim == len(shape) and all(want in (-1, have) for want, have in zip(shape, array.shape, strict=True))
    if array.dtype != kind or not fits:
        raise InvalidPlan(
            "inputs",
            f"input {name!r} must be {datatype} {shape}, -1 for any number; not {array.dtype} {list(array.shape)}",
        )


def _latents(array: NDArray[Any]) -> Latents:
    if not np.isfinite(array).all():
        raise InvalidPlan("inputs", "every component of input 'latent' must be finite")
    return Latents(array.astype(np.float32, copy=False))


def _seeds(array: NDArray[Any]) -> Seeds:
    if array.min() < 0 or array.max() > MAX_SEED:
        wrong = array.min() if array.min() < 0 else array.max()
        raise InvalidPlan("inputs", f"input 'seed' must have integers from 0 to {MAX_SEED:,}, not {wrong:,}")
    return Seeds(array.tolist())


def _truncation(array: NDArray[Any], n: int) -> float:
    """Return the one truncation of a request, given in one row or in n equal rows."""
    if len(array) not in (1, n) or (array != array[0]).any() or not 0 <= array[0] <= MAX_TRUNCATION:
        raise InvalidPlan(
            "inputs",
            f"input 'truncation' must be one number from 0 to {MAX_TRUNCATION}, given once or the same for each row",
        )
    return float(array[0])


def outputs_of(
    names: list[str], plan: Plan, generated: Generated, *, is_marked: bool
) -> dict[str, NDArray[Any] | list[bytes]]:
    """Return outputs by name.

    Args:
        names: names of the model's outputs.
        plan: what was generated.
        generated: its images.
        is_marked: whether PNGs say that a trained model generated them; pixels cannot.
    """
    images = generated.images
    made: dict[str, NDArray[Any] | list[bytes]] = {}
    for name in names:
        if name == "png":
            job = Job(card=generated.card, plan=plan, picture=Picture(metadata=is_marked))
            made[name] = encode(images.pixels, image_chunks(job, generated))
        else:
            made[name] = images.pixels if name == "image" or images.labels is None else images.labels
    return made
