"""Knows the form of a data set as PNG files in a folder for each class, as torchvision's ImageFolder reads it.

Does not know HTTP.
"""

from collections.abc import AsyncIterator

from digitgan.engine.engine import Generated
from digitgan.formats.format import Streamed
from digitgan.formats.items import items_aside
from digitgan.formats.zip_file import ZipFile
from digitgan.picture.job import Asked


async def stream(asked: Asked, chunks: AsyncIterator[Generated]) -> AsyncIterator[bytes]:
    """Yield one zip file of stored PNGs, named ``<label>/<seed>.png``, a chunk's at a time."""
    file = ZipFile()
    async for generated in chunks:
        yield b"".join(
            file.add(f"{item.record['label']}/{item.record['seed']}.png", item.png)
            for item in await items_aside(asked, generated)
        )
    for piece in file.end():
        yield piece


FORM = Streamed(
    media_type="application/zip",
    description="PNG files in a folder a class, `3/17.png` for the 3 of seed 17: torchvision's ImageFolder.",
    stream=stream,
)
