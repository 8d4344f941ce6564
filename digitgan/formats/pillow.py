"""The formats that Pillow encodes. Unlike a PNG's, their bytes may change with Pillow's version."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digitgan.engine.engine import Generated
from digitgan.picture import drawing
from digitgan.picture.job import Job
from digitgan.picture.provenance import PACKET
from digitgan.png.palette import Palette

if TYPE_CHECKING:
    from PIL import Image

_HALF, _FULL = 128, 255  # of ink

Render = Callable[[Job, Generated], bytes]


def still(name: str, *, once: dict[str, Any], **options: Any) -> Render:
    """Return the function that renders all images as one picture, the same that the PNG format shows, or writes it.

    Args:
        name: Pillow's name of the format.
        once: see `animation`.
        options: options of Pillow's encoder.
    """

    def render(job: Job, generated: Generated) -> bytes:
        if job.picture.animate:
            return _animated(job, generated, name, once, **options).getvalue()
        picture, file = job.picture, io.BytesIO()
        _image(drawing.page(picture, generated.images.pixels, generated.source), picture.palette).save(
            file, name, **_xmp(job), **options
        )
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
    palette = job.picture.palette
    is_transparent = palette is not None and palette.background is None
    options = {"transparency": 0, "disposal": 2} if is_transparent else {}
    file = _animated(job, generated, "GIF", {}, optimize=False, **options)
    if job.picture.metadata:
        file.seek(-1, io.SEEK_END)
        file.write(_GIF_XMP + b";")
    return file.getvalue()


def _animated(job: Job, generated: Generated, name: str, once: dict[str, Any], **options: Any) -> io.BytesIO:
    picture = job.picture
    frames = drawing.frames(picture, generated.images.pixels, generated.source)
    if "transparency" in options:  # GIF has none in part
        frames = np.where(frames < _HALF, np.uint8(0), np.uint8(_FULL))
    first, *rest = (_image(frame, picture.palette) for frame in frames)
    timing = {
        "append_images": rest,
        "duration": picture.frame_times(len(frames)),
        **({"loop": 0} if picture.loop else once),
    }
    file = io.BytesIO()
    first.save(file, name, save_all=True, **timing, **_xmp(job), **options)
    return file


def _image(pixels: NDArray[np.uint8], palette: Palette | None) -> "Image.Image":
    """Return Pillow's image of pixels: (H, W), grey or of a palette, or (H, W, 3), RGB."""
    from PIL import Image  # takes 20 ms and 10 MB, so only where a request needs it

    image = Image.fromarray(pixels)
    if palette is not None:
        has_alpha = palette.background is None
        colours = np.column_stack([palette.rgb, palette.alpha]) if has_alpha else palette.rgb
        image.putpalette(colours.tobytes(), "RGBA" if has_alpha else "RGB")
    return image


def _xmp(job: Job) -> dict[str, bytes]:
    return {"xmp": PACKET.encode()} if job.picture.metadata else {}


# The packet is not cut into blocks: a reader that skips blocks jumps into the bytes after it, which lead to the end.
_GIF_XMP = b"!\xff\x0bXMP DataXMP" + PACKET.encode() + bytes([1, *range(255, -1, -1), 0])
