"""Data sets of numbers as a folder: a PNG for each number, and `labels.jsonl` with what each one says."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import orjson
import pybase64

from digitgan.contract.limits import SIGNS
from digitgan.engine.engine import Generated
from digitgan.formats.manifest import Spool
from digitgan.formats.zip import Archive
from digitgan.picture.job import Job
from digitgan.picture.labelled import Labelled, labelled
from digitgan.png.encoder import encode

LABELS = "labels.jsonl"
CATEGORIES = tuple("0123456789" + SIGNS.replace(" ", ""))
"""The classes of objects: one character each. A space has no ink, so it is none."""
NUMBER_OF = {text: number for number, text in enumerate(CATEGORIES)}


class LabelledFile(NamedTuple):
    """One number as a file."""

    name: str
    """Such as "images/17.png": it depends on the seed alone, so parts of a data set fit into one folder."""
    png: bytes
    label: bytes
    """A line of JSON, with its end."""


def pack(job: Job, generated: Generated) -> list[LabelledFile]:
    """Return the files of a part of a data set."""
    return [_file(job, number) for number in labelled(job, generated)]


async def stream(job: Job, parts: AsyncIterator[list[LabelledFile]]) -> AsyncIterator[bytes]:  # noqa: ARG001
    """Yield a zip archive of stored PNGs, a part at a time; the labels come last."""
    archive, labels = Archive(), Spool()
    async for part in parts:
        for file in part:
            labels.add(file.label)
        yield b"".join(archive.add(file.name, file.png) for file in part)
    for piece in archive.add_spool(LABELS, labels):
        yield piece
    for piece in archive.end():
        yield piece


def _file(job: Job, number: Labelled) -> LabelledFile:
    name = f"images/{number.seed}.png"
    return LabelledFile(name, png_of(job, number), orjson.dumps({"file": name, **record(number)}) + b"\n")


def png_of(job: Job, number: Labelled) -> bytes:
    """Return the PNG file of a number."""
    return encode(number.pixels[None], [number.chunks], job.picture.palette)[0]


def record(number: Labelled) -> dict[str, Any]:
    """Return the labels of a number: text, seed, hand, size, and the glyphs.

    Each glyph has its text, its box as [x, y, width, height] and, if the picture has masks, the PNG of its ink alone in
    base64; a space has neither.
    """
    height, width = number.pixels.shape
    glyphs: list[dict[str, Any]] = [
        {"text": text, "box": [left, top, right - left, bottom - top] if right else None}
        for text, (left, top, right, bottom) in zip(number.text, number.boxes.tolist(), strict=True)
    ]
    for glyph, mask in zip(glyphs, number.masks, strict=False):  # of which there are none, if they are not wanted
        glyph["mask"] = pybase64.b64encode_as_string(encode(mask[None])[0]) if mask.size else None
    hand = {} if number.hand is None else {"hand": number.hand}
    return {"text": number.text, "seed": number.seed, **hand, "width": width, "height": height, "glyphs": glyphs}
