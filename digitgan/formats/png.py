"""PNG formats: one picture of all images, and an animation of them."""

from digitgan.engine.engine import Generated
from digitgan.picture.job import Job
from digitgan.picture.provenance import animation_chunks, page_chunks
from digitgan.png.animation import animate
from digitgan.png.encoder import encode


def render_page(job: Job, generated: Generated) -> bytes:
    """Return one PNG file: a lone picture without a margin, or all pictures row by row."""
    return encode(job.picture.page(generated.images.pixels)[None], page_chunks(job, generated))[0]


def render_animation(job: Job, generated: Generated) -> bytes:
    """Return one animated PNG file, one frame for each image, lossless and with frozen bytes like a single PNG."""
    picture = job.picture
    frames = picture.each(generated.images.pixels)
    return animate(frames, picture.frame_ms, loop=picture.loop, chunks=animation_chunks(job))
