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
    return lambda job, generated: _animated(job, generated, name, once, **options).getvalue()


def gif(job: Job, generated: Generated) -> bytes:
    """Return an animated GIF. Pillow writes no XMP in one, so the mark is put before the file's last byte.

    Source: CompuServe, "GIF89a", sections 26 and 27; Adobe, "XMP Specification", part 3, section 1.1.2.
    """
    file = _animated(job, generated, "GIF", {}, optimize=False)
    if job.picture.metadata:
        file.seek(-1, io.SEEK_END)
        file.write(_GIF_XMP + b";")
    return file.getvalue()


def _animated(job: Job, generated: Generated, name: str, once: dict[str, Any], **options: Any) -> io.BytesIO:
    from PIL import Image  # as in `still`

    picture = job.picture
    first, *rest = map(Image.fromarray, picture.each(generated.images.pixels))
    timing = {"append_images": rest, "duration": picture.frame_ms, **({"loop": 0} if picture.loop else once)}
    file = io.BytesIO()
    first.save(file, name, save_all=True, **timing, **_xmp(job), **options)
    return file


def _xmp(job: Job) -> dict[str, bytes]:
    return {"xmp": PACKET.encode()} if job.picture.metadata else {}


# The packet is not cut into blocks: a reader that skips blocks jumps into the bytes after it, which lead to the end.
_GIF_XMP = b"!\xff\x0bXMP DataXMP" + PACKET.encode() + bytes([1, *range(255, -1, -1), 0])
