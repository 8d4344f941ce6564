"""Every format encodes within the memory that its row in the registry declares, measured in a process of its own."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from digitgan.engine.backend import Images
from digitgan.engine.engine import Generated
from digitgan.formats.format import Format
from digitgan.formats.registry import FORMATS
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import a_job, generated

_PIXELS = 4_000_000
_KINDS = ((1, 1), (1, 4), (16, 16))  # noise shown small and large, and large plain squares


def test_encoding_takes_no_more_memory_than_declared() -> None:
    child = subprocess.run([sys.executable, "-m", __spec__.name], capture_output=True, text=True, check=True)
    measured = json.loads(child.stdout)
    assert len(measured) == len(FORMATS)
    assert [row for row in measured if not 0 < row["measured"] <= row["declared"]] == []


async def _encode(format: Format, scale: int, images: Generated) -> None:
    async def chunks() -> AsyncIterator[Generated]:
        yield images

    async for _ in format.encode(a_job(images, Picture(scale=scale, metadata=True)), chunks()):
        pass


def _status(name: str) -> int:
    """Return a figure of this process in bytes, which Linux reports in kilobytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


def _bytes_per_pixel(format: Format, block: int, scale: int) -> float:
    n = max(1, _PIXELS // (28 * scale) ** 2)
    noise = np.random.default_rng(1).integers(0, 256, (n, 32 // block, 32 // block), np.uint8)
    pixels = noise.repeat(block, axis=1).repeat(block, axis=2)[:, :28, :28]
    some = generated(n, height=28, width=28)
    labels = np.arange(n) % 10
    images = replace(some, card=some.card.model_copy(update={"n_classes": 10}), images=Images(pixels, labels))
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak
    before = _status("VmRSS")
    asyncio.run(_encode(format, scale, images))
    return (_status("VmHWM") - before) / (n * (28 * scale) ** 2)


def _measured(format: Format, block: int, scale: int) -> float:
    """Return what `_bytes_per_pixel` measures in a fork, whose heap holds nothing of other formats."""
    reads, writes = os.pipe()
    if not (child := os.fork()):
        os.write(writes, repr(_bytes_per_pixel(format, block, scale)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    return float(os.read(reads, 100))


if __name__ == "__main__":
    import pyarrow.parquet  # noqa: F401 - loaded here, so that loading it is not measured

    print(
        json.dumps(
            [
                {
                    "format": each.name,
                    "declared": each.bytes_per_pixel,
                    "measured": max(_measured(each, *kind) for kind in _KINDS),
                }
                for each in FORMATS
            ]
        )
    )
