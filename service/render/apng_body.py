"""Knows the animated PNG form of generated images: each a frame, in their order.

Does not know HTTP.
"""

from service.engine.apng import animate
from service.engine.engine import Generated
from service.render.asked import Asked
from service.render.form import Whole
from service.render.provenance import of_animation


def render(asked: Asked, generated: Generated) -> bytes:
    """Return one animated PNG file, lossless and frozen as single PNGs are."""
    picture = asked.picture
    frames, chunks = picture.each(generated.images.pixels), of_animation(asked)
    return animate(frames, picture.frame_ms, loop=picture.loop, chunks=chunks)


FORM = Whole(
    media_type="image/apng",
    description="An animated PNG; a viewer that knows none shows the first frame.",
    render=render,
)
