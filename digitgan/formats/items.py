"""The pictures of an answer one by one, each with its record and its PNG: single images, or numbers as strips."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitgan.engine.engine import Generated
from digitgan.picture.address import Addresses, addresses
from digitgan.picture.job import Job
from digitgan.picture.provenance import image_chunks
from digitgan.png.encoder import encode

INK = 64  # a pixel with at least a quarter of full ink counts as ink


class Item(NamedTuple):
    """One picture: its record (seed, label, address and so on) and its PNG file."""

    record: dict[str, Any]
    png: bytes

    def file_name(self, position: int) -> str:
        """Return a name of position, seed and label or digits, as far as the picture has them."""
        parts = [f"{position:06d}"]
        if self.record["seed"] is not None:
            parts.append(f"seed-{self.record['seed']}")
        if "digits" in self.record:
            parts.append(f"digits-{self.record['digits']}")
        elif self.record["label"] is not None:
            parts.append(f"label-{self.record['label']}")
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
    pngs = encode(job.picture.each(images.pixels), image_chunks(job, generated))
    return [
        Item(_record(source.seed(i), "label", label, address), png)
        for i, (label, png) in enumerate(zip(labels, pngs, strict=True))
    ]


def _record(seed: int | None, field: str, content: int | str | None, address: Addresses) -> dict[str, Any]:
    return {"seed": seed, field: content, "url": None if seed is None else address(seed, content)}


def _numbers(job: Job, generated: Generated) -> Iterator[Item]:
    address, picture = addresses(job), job.picture
    pixels, labels = generated.images.pixels, generated.images.labels
    chunks = image_chunks(job, generated)
    start = 0
    for i, digits in enumerate(picture.numbers):
        stop = start + len(digits)
        record = _record(generated.source.seed(start), "digits", digits, address) | {
            "boxes": [
                {"label": label} | _boxes(digit, place * (digit.shape[1] + picture.gap), picture.scale)
                for place, (digit, label) in enumerate(
                    zip(pixels[start:stop], [] if labels is None else labels[start:stop].tolist(), strict=True)
                )
            ],
        }
        yield Item(record, encode(picture.strip(pixels[start:stop])[None], chunks[i : i + 1])[0])
        start = stop


def _boxes(digit: NDArray[np.uint8], left: int, scale: int) -> dict[str, dict[str, int] | None]:
    """Return a digit's cell and the smallest box around its ink (None without ink), in pixels of its strip.

    Args:
        digit: uint8 (H, W), as generated.
        left: where its cell begins, before scaling.
        scale: side of the square that each pixel becomes.
    """

    def box(x: int, y: int, width: int, height: int) -> dict[str, int]:
        return {"x": (left + x) * scale, "y": y * scale, "width": width * scale, "height": height * scale}

    height, width = digit.shape
    rows, columns = np.nonzero(digit >= INK)
    if not len(rows):
        return {"cell": box(0, 0, width, height), "ink": None}
    x, y = int(columns.min()), int(rows.min())
    return {
        "cell": box(0, 0, width, height),
        "ink": box(x, y, int(columns.max()) - x + 1, int(rows.max()) - y + 1),
    }
