"""Knows the numpy form of generated images: one array of all pixels, for ``numpy.load``.

Does not know HTTP.
"""

import io
from collections.abc import AsyncIterator

import numpy as np

from digitgan.engine.engine import Generated
from digitgan.formats.format import Streamed
from digitgan.picture.job import Asked


async def stream(asked: Asked, chunks: AsyncIterator[Generated]) -> AsyncIterator[bytes | memoryview]:
    """Yield one .npy file, uint8 (N, H * scale, W * scale): its header, then each chunk's pixels where they lie."""
    yield _header(asked)
    async for generated in chunks:
        yield np.ascontiguousarray(asked.picture.each(generated.images.pixels)).data.cast("B")


def size(asked: Asked) -> int:
    """Return the bytes of the file."""
    n, height, width = _shape(asked)
    return len(_header(asked)) + n * height * width


def _shape(asked: Asked) -> tuple[int, int, int]:
    scale = asked.picture.scale
    return len(asked.plan), asked.card.image_height * scale, asked.card.image_width * scale


def _header(asked: Asked) -> bytes:
    file = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": _shape(asked)}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()


FORM = Streamed(
    media_type="application/x-npy",
    description="All pixels as one numpy file, uint8 (N, height, width); `numpy.load` reads it. Streamed.",
    stream=stream,
    size=size,
)
