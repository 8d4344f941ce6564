"""Knows the animated WebP form of generated images: each a frame, in their order.

Does not know HTTP. Pillow makes the bytes, so unlike a PNG's they may differ from one of its versions to the next.
"""

import io

from digitgan.engine.engine import Generated
from digitgan.formats.format import Whole
from digitgan.picture.job import Asked


def render(asked: Asked, generated: Generated) -> bytes:
    """Return one lossless animated WebP file."""
    from PIL import Image  # loaded only for those who ask: 20 ms and 10 MB

    picture = asked.picture
    first, *rest = map(Image.fromarray, picture.each(generated.images.pixels))
    plays = 0 if picture.loop else 1  # 0 is for ever
    file = io.BytesIO()
    first.save(file, "WEBP", save_all=True, append_images=rest, duration=picture.frame_ms, loop=plays, lossless=True)
    return file.getvalue()


FORM = Whole(
    media_type="image/webp",
    description="An animated WebP, without loss; its bytes may change with the encoder's version.",
    made_with="pillow",
    render=render,
)
