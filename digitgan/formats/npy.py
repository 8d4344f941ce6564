"""The numpy format: one array of all pixels, for ``numpy.load``."""

import io
from collections.abc import AsyncIterator

import numpy as np

from digitgan.engine.engine import Generated
from digitgan.formats.format import Piece
from digitgan.picture.job import Job


async def stream(job: Job, chunks: AsyncIterator[Generated]) -> AsyncIterator[Piece]:
    """Yield one .npy file, uint8 (N, H * scale, W * scale): its header, then each chunk's pixels without a copy."""
    yield _header(job)
    async for generated in chunks:
        yield np.ascontiguousarray(job.picture.each(generated.images.pixels)).data.cast("B")


def size(job: Job) -> int:
    """Return the bytes of the file."""
    n, height, width = shape(job)
    return len(_header(job)) + n * height * width


def shape(job: Job) -> tuple[int, int, int]:
    """Return number, height and width of a job's images, as they are shown."""
    scale = job.picture.scale
    return len(job.plan), job.card.image_height * scale, job.card.image_width * scale


def _header(job: Job) -> bytes:
    file = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": shape(job)}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()
