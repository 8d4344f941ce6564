"""The pictures of an answer one by one, each with its record and its PNG: single images, or numbers as strips."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pybase64

from digitgan.contract.class_names import in_files
from digitgan.engine.engine import Generated
from digitgan.engine.source import Source
from digitgan.formats.format import in_file_name
from digitgan.picture import drawing
from digitgan.picture.address import Addresses, addresses
from digitgan.picture.job import Job
from digitgan.picture.numbers import Strip
from digitgan.picture.provenance import image_chunks
from digitgan.png.encoder import encode


class Item(NamedTuple):
    """One picture: its record (seed, label, address and so on) and its PNG file."""

    record: dict[str, Any]
    png: bytes
    label: str = ""
    """The class in names of files."""

    def file_name(self, position: int) -> str:
        """Return a name of position, seed and label or digits, as far as the picture has them."""
        parts = [f"{position:06d}"]
        if self.record["seed"] is not None:
            parts.append(f"seed-{self.record['seed']}")
        if "digits" in self.record:
            parts.append(f"digits-{in_file_name(self.record['digits'])}")
        elif self.record["label"] is not None:
            parts.append(f"label-{self.label}")
        return "_".join(parts) + ".png"


async def items_aside(job: Job, generated: Generated) -> list[Item]:
    """Return `items`, made in a thread if they are many."""
    return await job.encode_aside(items, generated)


def items(job: Job, generated: Generated) -> list[Item]:
    """Return one item an image, or one item a number where numbers are drawn."""
    if job.picture.numbers:
        return list(_numbers(job, generated))
    address, source, images = addresses(job), generated.source, generated.images
    labels = images.labels.tolist() if images.labels is not None else [None] * len(source)
    names = job.card.names
    folders = in_files(names) if names else None
    pngs = encode(drawing.each(job.picture, images.pixels), image_chunks(job, generated), job.picture.palette)
    return [
        Item(_record(source, i, "label", label, address, names), png, folders[label] if folders else str(label))
        for i, (label, png) in enumerate(zip(labels, pngs, strict=True))
    ]


def _record(
    source: Source,
    position: int,
    field: str,
    content: int | str | None,
    address: Addresses,
    names: Sequence[str] = (),
) -> dict[str, Any]:
    hand = source.hand(position)
    record: dict[str, Any] = {"seed": source.seed(position), field: content}
    if names and isinstance(content, int):
        record["class_name"] = names[content]
    record["url"] = None if hand is None else address(hand, content)
    return {"hand": hand, **record} if isinstance(hand, str) else record


def _numbers(job: Job, generated: Generated) -> Iterator[Item]:
    address, picture, source = addresses(job), job.picture, generated.source
    chunks = image_chunks(job, generated)
    strips = drawing.strips(picture, generated.images.pixels, source)
    for i, (digits, start, strip) in enumerate(zip(picture.numbers, picture.starts, strips, strict=True)):
        record = _record(source, start, "digits", digits, address) | {"boxes": _boxes(digits, strip)}
        yield Item(record, encode(strip.pixels[None], chunks[i : i + 1], picture.palette)[0])


def _boxes(digits: str, strip: Strip) -> list[dict[str, Any]]:
    """Return the record of each digit and sign of a number."""
    cells = [None] * len(digits) if strip.cells is None else map(_box, strip.cells.tolist())
    boxes: list[dict[str, Any]] = [
        {"label": int(text) if text.isdigit() else None, "text": text, "cell": cell, "ink": _box(ink)}
        for text, cell, ink in zip(digits, cells, strip.inks.tolist(), strict=True)
    ]
    for box, glyph in zip(boxes, strip.glyphs, strict=False):  # of which there are none, if they are not wanted
        box["mask"] = pybase64.b64encode_as_string(encode(glyph[None])[0]) if glyph.size else None
    return boxes


def _box(sides: list[int]) -> dict[str, int] | None:
    """Return a box, in pixels of its picture; None for one without extent."""
    left, top, right, bottom = sides
    return {"x": left, "y": top, "width": right - left, "height": bottom - top} if right else None
