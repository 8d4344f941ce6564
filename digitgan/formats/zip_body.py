"""Knows the zip form of generated images: one PNG an image or number, and a manifest of their records.

Does not know HTTP.
"""

from collections.abc import AsyncIterator
from itertools import chain

from digitgan.engine.engine import Generated
from digitgan.formats.format import Streamed
from digitgan.formats.items import items_aside
from digitgan.formats.manifest import MANIFEST, Manifest
from digitgan.formats.zip_file import ZipFile
from digitgan.picture.job import Asked


async def stream(asked: Asked, chunks: AsyncIterator[Generated]) -> AsyncIterator[bytes]:
    """Yield one zip file of stored PNGs, a chunk's at a time; the manifest comes last."""
    file, manifest = ZipFile(), Manifest(asked)
    async for generated in chunks:
        yield b"".join(file.add(manifest.name(item), item.png) for item in await items_aside(asked, generated))
    for piece in chain(file.add_kept(MANIFEST, manifest.end()), file.end()):
        yield piece


FORM = Streamed(
    media_type="application/zip",
    description="One PNG file an image, named by position, seed and label, and `manifest.json`. Streamed.",
    stream=stream,
)
