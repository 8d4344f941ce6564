"""The formats that Pillow encodes. Unlike a PNG's, their bytes may change with Pillow's version."""

import io
from collections.abc import Callable
from typing import Any

from digitgan.engine.engine import Generated
from digitgan.picture.job import Job
from digitgan.picture.provenance import PACKET

Render = Callable[[Job, Generated], bytes]


def still(name: str, **options: Any) -> Render:
    """Return the function that renders all images as one picture, the same that the PNG format shows.

    Args:
        name: Pillow's name of the format.
        options: options of Pillow's encoder.
    """

    def render(job: Job, generated: Generated) -> bytes:
        from PIL import Image  # takes 20 ms and 10 MB, so only where a request needs it

        file = io.BytesIO()
        Image.fromarray(job.picture.page(generated.images.pixels)).save(file, name, **_xmp(job), **options)
        return file.getvalue()

    return render


def animation(name: str, *, once: dict[str, Any], **options: Any) -> Render:
    """Return the function that renders one frame an image.

    Args:
        name: Pillow's name of the format.
        once: the encoder's options for an animation that is shown once; ``loop=0`` is forever.
        options: further options of Pillow's encoder.
    """

    def render(job: Job, generated: Generated) -> bytes:
        from PIL import Image  # as in `still`

        picture = job.picture
        first, *rest = map(Image.fromarray, picture.each(generated.images.pixels))
        repeat = {"loop": 0} if picture.loop else once
        file = io.BytesIO()
        timing = {"append_images": rest, "duration": picture.frame_ms, **repeat}
        first.save(file, name, save_all=True, **timing, **_xmp(job), **options)
        return file.getvalue()

    return render


def gif(job: Job, generated: Generated) -> bytes:
    """Return an animated GIF. Pillow writes no XMP in one, so the mark is inserted before the file's last byte.

    Source: CompuServe, "GIF89a", sections 26 and 27; Adobe, "XMP Specification", part 3, section 1.1.2.
    """
    file = _gif(job, generated)
    return file[:-1] + _GIF_XMP + file[-1:] if job.picture.metadata else file


def _xmp(job: Job) -> dict[str, bytes]:
    return {"xmp": PACKET.encode()} if job.picture.metadata else {}


_gif = animation("GIF", once={}, optimize=False)
# The packet is not cut into blocks: a reader that skips blocks jumps into the bytes after it, which lead to the end.
_GIF_XMP = b"!\xff\x0bXMP DataXMP" + PACKET.encode() + bytes([1, *range(255, -1, -1), 0])
