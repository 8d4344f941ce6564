"""The formats that Pillow encodes. Unlike a PNG's, their bytes may change with Pillow's version."""

import io
from collections.abc import Callable
from typing import Any

from digitgan.engine.engine import Generated
from digitgan.picture.job import Job

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
        Image.fromarray(job.picture.page(generated.images.pixels)).save(file, name, **options)
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
        first.save(file, name, save_all=True, append_images=rest, duration=picture.frame_ms, **repeat, **options)
        return file.getvalue()

    return render
