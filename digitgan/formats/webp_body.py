"""Knows the WebP form of generated images: what the PNG form shows, lossless.

Does not know HTTP. Pillow makes the bytes, so unlike a PNG's they may differ from one of its versions to the next.
"""

import io

from digitgan.engine.engine import Generated
from digitgan.formats.format import Whole
from digitgan.picture.job import Asked


def render(asked: Asked, generated: Generated) -> bytes:
    """Return one lossless WebP file: a single picture without a margin, or all of them row by row."""
    from PIL import Image  # loaded only for those who ask: 20 ms and 10 MB

    file = io.BytesIO()
    Image.fromarray(asked.picture.page(generated.images.pixels)).save(file, "WEBP", lossless=True)
    return file.getvalue()


FORM = Whole(
    media_type="image/webp",
    description="The same picture as `image/png`, as lossless WebP; its bytes may change with the encoder's version.",
    made_with="pillow",
    render=render,
)
