"""PNG formats: one picture of all images, and an animation of them."""

from digitgan.engine.engine import Generated
from digitgan.picture import drawing
from digitgan.picture.job import Job
from digitgan.picture.provenance import animation_chunks, page_chunks
from digitgan.png.animation import animate
from digitgan.png.encoder import encode


def render_page(job: Job, generated: Generated) -> bytes:
    """Return one PNG file: a lone picture without a margin, or all pictures row by row."""
    return encode(
        drawing.page(job.picture, generated.images.pixels, generated.source)[None],
        page_chunks(job, generated),
        job.picture.palette,
    )[0]


def render_animation(job: Job, generated: Generated) -> bytes:
    """Return one animated PNG file, lossless and with frozen bytes like a single PNG."""
    picture = job.picture
    frames = drawing.frames(picture, generated.images.pixels, generated.source)
    chunks = b"".join(page_chunks(job, generated)) if picture.animate else animation_chunks(job)
    times = picture.frame_times(len(frames))
    return animate(frames, times, loop=picture.loop, chunks=chunks, palette=picture.palette)
