"""Knows the animated PNG form of generated images: each a frame, in their order.

Does not know HTTP.
"""

from digitgan.engine.engine import Generated
from digitgan.formats.format import Whole
from digitgan.picture.job import Asked
from digitgan.picture.provenance import of_animation
from digitgan.png.animation import animate


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
