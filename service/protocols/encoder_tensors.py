"""The encoder of a model as a model of the Open Inference Protocol v2: images become latents and classes.

Its name is that of the model with `-encoder` after it; `encoder` alone stands for that of the default model.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan, UnknownModel
from digitgan.contract.limits import MAX_PICTURES
from digitgan.engine.engine import Encoded, Engine

from .inference_schemas import ModelMetadata, TensorMetadata

_NAME, _INPUT = "encoder", "image"


def card_of(engine: Engine, name: str, version: str | None) -> Card | None:
    """Return the card of the model version for whose latents a name stands; None if it is no encoder's name.

    Raises:
        UnknownModel: there is no such model or version, or it reads no pictures.
    """
    model, _, suffix = name.rpartition("-")
    if suffix != _NAME or name in engine.models:
        return None
    try:
        return engine.encoder_of(model or None, version)[0]
    except InvalidPlan as error:
        raise UnknownModel("model", str(error)) from error


def metadata(name: str, card: Card, versions: list[str]) -> ModelMetadata:
    """Return an encoder's description.

    Args:
        name: of the encoder.
        card: of the model version for whose latents it stands.
        versions: of that model.
    """
    image, latent = [-1, card.image_height, card.image_width], [-1, card.latent_size]
    return ModelMetadata(
        name=name,
        versions=versions,
        platform="onnxruntime_onnx",
        inputs=[TensorMetadata(name=_INPUT, datatype="UINT8", shape=image)],
        outputs=[
            TensorMetadata(name="latent", datatype="FP32", shape=latent),
            TensorMetadata(name="class", datatype="INT64", shape=[-1]),
        ],
    )


def images_of(inputs: dict[str, NDArray[Any]], card: Card) -> NDArray[np.uint8]:
    """Return the images of a request: uint8 (N, H, W), 0 black background to 255 white ink.

    Args:
        inputs: the inputs by name.
        card: card of the model version for whose latents the encoder stands.

    Raises:
        InvalidPlan: there are other inputs than images, or these have another type or shape, or are too many.
    """
    if set(inputs) != {_INPUT}:
        raise InvalidPlan("inputs", f"give exactly the input {_INPUT}")
    images, size = inputs[_INPUT], (card.image_height, card.image_width)
    if images.dtype != np.uint8 or images.shape[1:] != size:
        expected = f"UINT8 {[-1, *size]}, -1 for any number"
        raise InvalidPlan("inputs", f"input {_INPUT!r} must be {expected}; not {images.dtype} {list(images.shape)}")
    if not 1 <= len(images) <= MAX_PICTURES:
        raise InvalidPlan("inputs", f"input {_INPUT!r} has {len(images):,} rows; a request has 1 to {MAX_PICTURES}")
    return images


def outputs_of(names: list[str], encoded: Encoded) -> dict[str, NDArray[Any] | list[bytes]]:
    """Return outputs by name.

    Args:
        names: names of the encoder's outputs.
        encoded: the latents of the images.
    """
    drawn = encoded.drawn
    made: dict[str, NDArray[Any]] = {"latent": drawn.source.latents(drawn.card.latent_size), "class": encoded.labels}
    return {name: made[name] for name in names}
