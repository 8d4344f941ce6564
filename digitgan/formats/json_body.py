"""Knows the JSON form of generated images: the record of each, with its PNG in base64.

Does not know HTTP.
"""

import orjson
import pybase64

from digitgan.engine.engine import Generated
from digitgan.formats.format import Whole
from digitgan.formats.items import items
from digitgan.picture.job import Asked


def render(asked: Asked, generated: Generated) -> bytes:
    """Return ``{"model", "version", "images": [{"seed", "label", "url", "png"}]}``; what does not apply is null."""
    images = [item.record | {"png": pybase64.b64encode_as_string(item.png)} for item in items(asked, generated)]
    return orjson.dumps({"model": asked.card.model, "version": asked.card.version, "images": images})


EXAMPLE_URL = "/digits/3/1.png?model=digits&version=1"

FORM = Whole(
    media_type="application/json",
    description="Seed, label, address and PNG (base64) of each image; of a number also the boxes of its digits.",
    example={
        "model": "digits",
        "version": "1",
        "images": [{"seed": 1, "label": 3, "url": EXAMPLE_URL, "png": "iVBORw0KGgo..."}],
    },
    compresses=True,
    render=render,
)
