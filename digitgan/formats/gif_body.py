"""Knows the GIF form of generated images: each a frame, in their order.

Does not know HTTP. Pillow makes the bytes, so unlike a PNG's they may differ from one of its versions to the next.
"""

import io

from digitgan.engine.engine import Generated
from digitgan.formats.format import Whole
from digitgan.picture.job import Asked


def render(asked: Asked, generated: Generated) -> bytes:
    """Return one GIF file with a palette of all greys, so that no pixel changes."""
    from PIL import Image  # loaded only for those who ask: 20 ms and 10 MB

    picture = asked.picture
    first, *rest = map(Image.fromarray, picture.each(generated.images.pixels))
    repeat = {"loop": 0} if picture.loop else {}  # 0 is for ever; without it the frames are shown once
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=rest, duration=picture.frame_ms, optimize=False, **repeat)
    return file.getvalue()


FORM = Whole(
    media_type="image/gif",
    description="An animated GIF, without loss; its bytes may change with the encoder's version.",
    made_with="pillow",
    render=render,
)
