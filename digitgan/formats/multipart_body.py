"""Knows the multipart form of generated images: one PNG part an image or number, and a manifest as the last part.

Does not know HTTP.
"""

from collections.abc import AsyncIterator

from digitgan.engine.engine import Generated
from digitgan.formats.format import Streamed
from digitgan.formats.items import items_aside
from digitgan.formats.manifest import MANIFEST, Manifest
from digitgan.picture.job import Asked

# Constant, so that the same request gives the same bytes; 96 random bits, so that no PNG holds it.
_BOUNDARY = "digitgan-9c41e0d7b25f8a36c7d0e914"


async def stream(asked: Asked, chunks: AsyncIterator[Generated]) -> AsyncIterator[bytes]:
    """Yield one part a picture, a chunk's at a time, then the manifest.

    Source: RFC 2046, section 5.1; RFC 6266 for the file names; RFC 9110, section 8.7 for the addresses.
    """
    manifest = Manifest(asked)
    async for generated in chunks:
        yield b"".join(
            _part("image/png", manifest.name(item), item.png, item.record["url"])
            for item in await items_aside(asked, generated)
        )
    text = manifest.end()
    yield _part_head("application/json", MANIFEST, text.size)
    for piece in text.pieces():
        yield piece
    yield f"\r\n--{_BOUNDARY}--\r\n".encode()


def _part(media_type: str, name: str, content: bytes, url: str | None) -> bytes:
    return _part_head(media_type, name, len(content), url) + content + b"\r\n"


def _part_head(media_type: str, name: str, size: int, url: str | None = None) -> bytes:
    head = f'--{_BOUNDARY}\r\nContent-Type: {media_type}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
    if url is not None:
        head += f"Content-Location: {url}\r\n"
    return f"{head}Content-Length: {size}\r\n\r\n".encode()


FORM = Streamed(
    media_type="multipart/mixed",
    content_type=f"multipart/mixed; boundary={_BOUNDARY}",
    description="One PNG part an image, with its name and address, and `manifest.json` as the last part. Streamed.",
    example=_part("image/png", "000000_seed-1_label-3.png", b"...", "/digits/3/1.png?model=digits&version=1").decode(),
    stream=stream,
)
