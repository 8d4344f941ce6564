"""Knows the JSON form of generated images: each with its seed, its label and its PNG in base64.

Does not know HTTP.
"""

import orjson
import pybase64

from service.engine.engine import Generated
from service.engine.png import encode
from service.render.picture import Picture


def render(generated: Generated, picture: Picture) -> bytes:
    """Return ``{"model", "version", "images": [{"seed", "label", "png"}]}``; what does not apply is null."""
    pixels, labels = generated.images.pixels, generated.images.labels
    n = len(pixels)
    images = [
        {"seed": seed, "label": label, "png": pybase64.b64encode_as_string(png)}
        for seed, label, png in zip(
            generated.seeds if generated.seeds is not None else [None] * n,
            labels.tolist() if labels is not None else [None] * n,
            encode(picture.each(pixels)),
            strict=True,
        )
    ]
    return orjson.dumps({"model": generated.card.model, "version": generated.card.version, "images": images})
