"""Data sets of numbers in COCO's format: a zip of images, and `annotations.json` with an object for each glyph.

Ids depend on the seed alone, so that parts of a data set can be joined. Source: cocodataset.org, "Data format", object
detection; masks are its uncompressed run lengths, column by column.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from digitgan.contract.limits import MAX_DIGITS
from digitgan.engine.engine import Generated
from digitgan.formats.labels import CATEGORIES, NUMBER_OF, png_of
from digitgan.formats.manifest import Spool
from digitgan.formats.zip import Archive
from digitgan.ink.raster import INK
from digitgan.picture.job import Job
from digitgan.picture.labelled import Labelled, labelled

ANNOTATIONS = "annotations.json"


class Annotated(NamedTuple):
    """One number as COCO has it."""

    name: str
    png: bytes
    image: bytes
    """JSON of the image."""
    annotations: bytes
    """JSON of its objects, with commas between them."""


def pack(job: Job, generated: Generated) -> list[Annotated]:
    """Return the numbers of a part of a data set."""
    return [
        Annotated(
            f"images/{number.seed}.png",
            png_of(job, number),
            orjson.dumps(_image(number)),
            b",\n".join(map(orjson.dumps, _objects(number))),
        )
        for number in labelled(job, generated)
    ]


async def stream(job: Job, parts: AsyncIterator[list[Annotated]]) -> AsyncIterator[bytes]:
    """Yield a zip archive of stored PNGs, a part at a time; the annotations come last."""
    archive, text, images = Archive(), Spool(), Spool()
    about = {"description": f"Numbers that model {job.card.model}, version {job.card.version}, wrote"}
    categories = [
        {"id": number + 1, "name": name, "supercategory": "digit" if name.isdigit() else "sign"}
        for number, name in enumerate(CATEGORIES)
    ]
    text.add(orjson.dumps({"info": about, "categories": categories})[:-1] + b',"annotations":[\n')
    between_images = between_objects = b""
    async for part in parts:
        for number in part:
            images.add(between_images + number.image)
            between_images = b",\n"
            if number.annotations:
                text.add(between_objects + number.annotations)
                between_objects = b",\n"
        yield b"".join(archive.add(number.name, number.png) for number in part)
    await asyncio.to_thread(_join, text, images)
    for piece in archive.add_spool(ANNOTATIONS, text):
        yield piece
    for piece in archive.end():
        yield piece


def _join(text: Spool, images: Spool) -> None:
    """Append the images to the objects, and end the document."""
    text.add(b'\n],"images":[\n')
    for piece in images.pieces():
        text.add(piece)
    text.add(b"\n]}\n")


def _image(number: Labelled) -> dict[str, Any]:
    height, width = number.pixels.shape
    hand = {} if number.hand is None else {"hand": number.hand}
    name = f"{number.seed}.png"
    return {"id": number.seed, "file_name": name, "width": width, "height": height, "text": number.text, **hand}


def _objects(number: Labelled) -> Iterator[dict[str, Any]]:
    """Yield the object of each glyph that has ink."""
    for i, (text, (left, top, right, bottom)) in enumerate(zip(number.text, number.boxes.tolist(), strict=True)):
        if not right:
            continue
        width, height = right - left, bottom - top
        mask = {"area": width * height}
        if number.masks:
            is_ink = number.masks[i] >= INK
            mask = {"area": int(is_ink.sum()), "segmentation": _runs(is_ink, left, top, number.pixels.shape)}
        yield {
            "id": number.seed * MAX_DIGITS + i + 1,
            "image_id": number.seed,
            "category_id": NUMBER_OF[text] + 1,
            "bbox": [left, top, width, height],
            **mask,
            "iscrowd": 0,
        }


def _runs(mask: NDArray[np.bool_], left: int, top: int, size: tuple[int, int]) -> dict[str, Any]:
    """Return a mask as lengths of runs, outside and inside in turn, through the columns of its image.

    Args:
        mask: the part of the image that is not all outside.
        left: its place in the image.
        top: the same.
        size: height and width of the image.
    """
    height, width = size
    columns = np.zeros((mask.shape[1], height), np.int8)
    columns[:, top : top + mask.shape[0]] = mask.T
    changes = np.flatnonzero(np.diff(columns.ravel(), prepend=0, append=0)) + left * height
    counts = np.diff(changes, prepend=0).tolist()
    if rest := height * width - int(changes[-1]):
        counts.append(rest)
    return {"size": [height, width], "counts": counts}
