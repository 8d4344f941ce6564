"""Knows the pictures of an answer one by one, each with its record and its PNG: single digits, or numbers as strips.

Does not know how an answer holds them: JSON, lines, files or parts.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitgan.engine.engine import Generated
from digitgan.picture.address import addresses
from digitgan.picture.job import Asked
from digitgan.picture.provenance import of_each
from digitgan.png.encoder import encode

FEW_IMAGES = 32  # encoded at once; more leave the event loop to others meanwhile

INK = 64  # a pixel of at least a quarter of full ink counts as written


class Item(NamedTuple):
    """One picture: what is to be said about it (seed, label, address and so on), and its PNG file."""

    record: dict[str, Any]
    png: bytes

    def file_name(self, position: int) -> str:
        """Return a name of position, seed and label (or digits), as far as there are any."""
        said = [f"{position:06d}"]
        if self.record["seed"] is not None:
            said.append(f"seed-{self.record['seed']}")
        if "digits" in self.record:
            said.append(f"digits-{self.record['digits']}")
        elif self.record["label"] is not None:
            said.append(f"label-{self.record['label']}")
        return "_".join(said) + ".png"


async def items_aside(asked: Asked, generated: Generated) -> list[Item]:
    """Return `items`, made in another thread if they are many."""
    if len(generated.images.pixels) <= FEW_IMAGES:
        return items(asked, generated)
    return await asyncio.to_thread(items, asked, generated)


def items(asked: Asked, generated: Generated) -> list[Item]:
    """Return one item an image, or one a number where numbers are asked for."""
    if asked.picture.numbers:
        return list(_numbers(asked, generated))
    address = addresses(asked)
    pixels, labels = generated.images.pixels, generated.images.labels
    n = len(pixels)
    return [
        Item({"seed": seed, "label": label, "url": None if seed is None else address(seed, label)}, png)
        for seed, label, png in zip(
            generated.seeds if generated.seeds is not None else [None] * n,
            labels.tolist() if labels is not None else [None] * n,
            encode(asked.picture.each(pixels), of_each(asked, generated)),
            strict=True,
        )
    ]


def _numbers(asked: Asked, generated: Generated) -> Iterator[Item]:
    address, picture = addresses(asked), asked.picture
    pixels, labels = generated.images.pixels, generated.images.labels
    chunks = of_each(asked, generated)
    start = 0
    for i, digits in enumerate(picture.numbers):
        stop = start + len(digits)
        seed = None if generated.seeds is None else generated.seeds[start]
        record = {
            "seed": seed,
            "digits": digits,
            "url": None if seed is None else address(seed, digits),
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
    """Return a digit's cell, and the smallest box around its ink (None without any), in pixels of its strip.

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
