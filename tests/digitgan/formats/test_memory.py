"""How much memory encoding takes: what is counted, and that every format keeps to what its row declares."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_PIXELS
from digitgan.engine.backend import Images
from digitgan.engine.engine import Generated
from digitgan.formats.format import Format, Use
from digitgan.formats.memory import measure
from digitgan.formats.registry import FORMATS
from digitgan.picture.distortions import BYTES_PER_PIXEL, DISTORTIONS, Distortion
from digitgan.picture.labelled import labelled
from digitgan.picture.picture import Picture
from tests.digitgan.formats.labelled_numbers import a_data_set, file_of, part_of
from tests.digitgan.formats.pictures import a_job, generated

pytestmark = pytest.mark.long

_PIXELS = 4_000_000
_MOST_DIGITS = 1_024  # of all numbers of a request
# Noise shown small and large, and large plain squares: the side of a square, and how it is drawn.
_KINDS = ((1, Picture()), (1, Picture(scale=4)), (16, Picture(scale=16)))
_INK = (
    (4, Picture(ink=True, height=28)),
    (1, Picture(ink=True, height=300, background="transparent")),
    (1, Picture(ink=True, height=28, numbers=("1234.5678",), layout="natural")),
)
BY_NAME = {each.name: each for each in FORMATS}
JSON, LINES = BY_NAME["json"], BY_NAME["ndjson"]
NO_LIMIT = 10**12


@pytest.mark.parametrize(("scale", "numbers"), [(1, ()), (4, ()), (1, ("12", "34"))])
def test_measure_counts_every_pixel_of_images_held_together(scale: int, numbers: tuple[str, ...]) -> None:
    picture = Picture(scale=scale, numbers=numbers)
    n, each = measure(picture, JSON, 4, 28, 28, 256, NO_LIMIT)
    assert (n, each) == (4, 28 * 28 * scale**2 * JSON.bytes_per_pixel)


def test_streamed_images_are_held_in_chunks() -> None:
    assert measure(Picture(), LINES, 10_000, 28, 28, 256, NO_LIMIT)[0] == 256
    assert measure(Picture(scale=8), LINES, 10_000, 28, 28, 256, NO_LIMIT)[0] < 256


def test_what_is_too_large_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(InvalidPlan, match=f"{MAX_PIXELS:,}"):
            measure(Picture(scale=32), JSON, 1_000, 28, 28, 256, NO_LIMIT)
        with pytest.raises(InvalidPlan, match="in this format"):
            measure(Picture(), JSON, 4, 28, 28, 256, 1_000)


def test_encoding_takes_no_more_memory_than_declared() -> None:
    child = subprocess.run([sys.executable, "-m", __spec__.name], capture_output=True, text=True, check=True)
    measured = json.loads(child.stdout)
    assert len(measured) == len(FORMATS)
    assert [row for row in measured if not 0 < row["measured"] <= row["declared"]] == []


async def _encode(format: Format, picture: Picture, images: Generated) -> None:
    async def chunks() -> AsyncIterator[Generated]:
        yield images

    async for _ in format.encode(a_job(images, picture.model_copy(update={"metadata": True})), chunks()):
        pass


def _status(name: str) -> int:
    """Return a figure of this process in bytes, which Linux reports in kilobytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


def _bytes_per_pixel(format: Format, block: int, picture: Picture) -> float:
    side, _ = picture.cell(28, 28)
    n = _MOST_DIGITS if picture.numbers else max(1, _PIXELS // side**2)
    noise = np.random.default_rng(1).integers(0, 256, (n, 32 // block, 32 // block), np.uint8)
    pixels = noise.repeat(block, axis=1).repeat(block, axis=2)[:, :28, :28]
    some = generated(n, height=28, width=28)
    labels = np.arange(n) % 10
    images = replace(some, card=some.card.model_copy(update={"n_classes": 10}), images=Images(pixels, labels))
    asyncio.run(_encode(format, picture, images.part(0, 8)))  # what is loaded and made once takes memory once
    picture = picture.model_copy(update={"numbers": picture.numbers * (n // 8)})
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak
    before = _status("VmRSS")
    asyncio.run(_encode(format, picture, images))
    n_pixels = picture.n_pixels(n, 28, 28) if picture.numbers else n * side**2
    return (_status("VmHWM") - before) / n_pixels


def _bytes_per_pixel_of_numbers(format: Format, height: int, distortions: tuple[Distortion, ...]) -> float:
    """Return what a part of a data set of numbers takes, beside what is known of its distortions."""
    file_of(format, a_data_set(1))  # a library takes memory once
    masks, n_numbers = "masks" not in format.lacks, 100 if height < 1_000 else 1
    job = a_data_set(n_numbers, "#{8}", height=height, masks=masks, distortions=distortions)
    digits = part_of(job, 0, n_numbers)
    n_pixels = sum(number.pixels.size for number in labelled(job, digits)) * (1 + masks)
    part: list[Any] = []

    async def parts() -> AsyncIterator[Any]:
        yield format.pack(job, digits) if format.pack else None

    async def encode() -> None:
        part.extend([piece async for piece in format.encode(job, parts())])

    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    asyncio.run(encode())
    return (_status("VmHWM") - before) / n_pixels - bool(distortions) * BYTES_PER_PIXEL


def _measured(measure: Callable[..., float], *arguments: Any) -> float:
    """Return what is measured in a fork, whose heap holds nothing of other formats."""
    reads, writes = os.pipe()
    if not (child := os.fork()):
        os.write(writes, repr(measure(*arguments)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    return float(os.read(reads, 100))


def _most(format: Format) -> float:
    if Use.NUMBERS in format.uses:
        kinds = [(28, ()), (28, DISTORTIONS), (1_000, DISTORTIONS)]
        return max(_measured(_bytes_per_pixel_of_numbers, format, *kind) for kind in kinds)
    return max(_measured(_bytes_per_pixel, format, *kind) for kind in _kinds(format))


def _kinds(format: Format) -> tuple[tuple[int, Picture], ...]:
    if "scale" in format.lacks:
        return _KINDS[:1]
    return _KINDS if Use.DATASET in format.uses or "ink" in format.lacks else _KINDS + _INK


if __name__ == "__main__":
    from PIL import ImageFilter, JpegImagePlugin  # noqa: F401 - loaded here, so that loading is not measured

    print(
        json.dumps(
            [
                {
                    "format": each.name,
                    "declared": each.bytes_per_pixel,
                    "measured": _most(each),
                }
                for each in FORMATS
            ]
        )
    )
