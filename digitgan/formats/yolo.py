"""Data sets of numbers as YOLO's text files: a zip of images, a line for each glyph, and `data.yaml`.

Source: Ultralytics, "Object detection datasets overview", YOLO format: a line has class, and centre, width and height
of the box as shares of the image's sides.
"""

from collections.abc import AsyncIterator
from typing import NamedTuple

import orjson

from digitgan.engine.engine import Generated
from digitgan.formats.labels import CATEGORIES, NUMBER_OF, png_of
from digitgan.formats.zip import Archive
from digitgan.picture.job import Job
from digitgan.picture.labelled import Labelled, labelled

DESCRIPTION = "data.yaml"


class Boxed(NamedTuple):
    """One number as YOLO has it."""

    seed: int
    png: bytes
    lines: bytes


def pack(job: Job, generated: Generated) -> list[Boxed]:
    """Return the numbers of a part of a data set."""
    return [Boxed(number.seed, png_of(job, number), _lines(number)) for number in labelled(job, generated)]


async def stream(job: Job, parts: AsyncIterator[list[Boxed]]) -> AsyncIterator[bytes]:  # noqa: ARG001
    """Yield a zip archive: the names of the classes, then image and lines of each number."""
    archive = Archive()
    names = b"".join(b"  %d: %s\n" % (number, orjson.dumps(name)) for number, name in enumerate(CATEGORIES))
    yield archive.add(DESCRIPTION, b"train: images\nval: images\nnames:\n" + names)
    async for part in parts:
        yield b"".join(
            archive.add(f"images/{number.seed}.png", number.png)
            + archive.add(f"labels/{number.seed}.txt", number.lines)
            for number in part
        )
    for piece in archive.end():
        yield piece


def _lines(number: Labelled) -> bytes:
    height, width = number.pixels.shape
    return "".join(
        f"{NUMBER_OF[text]} {(left + right) / 2 / width:.6f} {(top + bottom) / 2 / height:.6f}"
        f" {(right - left) / width:.6f} {(bottom - top) / height:.6f}\n"
        for text, (left, top, right, bottom) in zip(number.text, number.boxes.tolist(), strict=True)
        if right
    ).encode()
