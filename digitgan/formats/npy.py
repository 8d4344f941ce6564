"""The numpy format: one array of all pixels, for ``numpy.load``."""

import io
import math
from collections.abc import AsyncIterator

import numpy as np

from digitgan.contract.card import Card
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan
from digitgan.formats.format import Piece
from digitgan.formats.layout import FixedFile, image_rows, label_rows
from digitgan.picture import drawing
from digitgan.picture.job import Job


async def stream(job: Job, chunks: AsyncIterator[Generated]) -> AsyncIterator[Piece]:
    """Yield one .npy file, uint8 (N, H * scale, W * scale[, 3]): its header, then each chunk's pixels."""
    yield _header(*shape(job))
    async for generated in chunks:
        yield np.ascontiguousarray(drawing.each(job.picture, generated.images.pixels)).data.cast("B")


def size(job: Job) -> int:
    """Return the bytes of the file."""
    sides = shape(job)
    return len(_header(*sides)) + math.prod(sides)


def shape(job: Job) -> tuple[int, ...]:
    """Return number, height and width of a job's images as they are shown, and in colour the channels."""
    height, width, *channels = job.card.image_shape
    return len(job.plan), *job.picture.cell(height, width), *channels


def images_file(plan: Plan, card: Card) -> FixedFile:
    """Return the file of a data set's images: uint8 (N, H, W), or (N, H, W, 3) in colour."""
    n = len(plan)
    return FixedFile(n, [image_rows(card)], start=_header(n, *card.image_shape))


def labels_file(plan: Plan, _: Card) -> FixedFile:
    """Return the file of a data set's labels: uint8 (N,)."""
    return FixedFile(len(plan), [label_rows(plan, np.uint8)], start=_header(len(plan)))


def _header(*shape: int) -> bytes:
    """Return what a file of unsigned bytes begins with."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return file.getvalue()
