"""PNG files of uint8 images, whose bytes depend on the pixels alone."""

import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from digitgan.png.deflate import compress

ENCODER_ID = "1"  # part of every ETag; changing any byte of any file requires a new id and a new major version

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_END = len(_SIGNATURE) + 25  # where chunks are inserted between IHDR and IDAT


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return one PNG chunk: length, kind, body, checksum.

    Source: PNG specification, third edition, section 5.3.
    """
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def text(keyword: str, value: str) -> bytes:
    """Return a text chunk. Both strings are Latin-1 without NUL; the keyword has 1 to 79 characters.

    Source: PNG specification, third edition, section 11.3.3.2 (tEXt).
    """
    return chunk(b"tEXt", f"{keyword}\0{value}".encode("latin-1"))


def international_text(keyword: str, value: str) -> bytes:
    """Return a chunk of Unicode text, uncompressed and without a language; the keyword is as for `text`.

    Source: PNG specification, third edition, section 11.3.3.4 (iTXt).
    """
    return chunk(b"iTXt", keyword.encode("latin-1") + bytes(5) + value.encode())


_IDAT_CHECKSUM = zlib.crc32(b"IDAT")  # of the chunk type alone; the checksum of the body continues from it
END = chunk(b"IEND", b"")


def encode(images: NDArray[np.uint8], chunks: Sequence[bytes] = ()) -> list[bytes]:
    """Return one PNG file per image, 8-bit greyscale, each a function of its image and chunks alone.

    Args:
        images: uint8 (N, H, W), 0 black to 255 white, H and W at least 1.
        chunks: empty, or N byte strings of complete chunks (`chunk`) to insert between IHDR and IDAT of each file.
    """
    _, height, width = images.shape
    start = head(width, height)
    files = [
        b"".join(
            (
                start,
                len(stream).to_bytes(4, "big"),
                b"IDAT",
                stream,
                zlib.crc32(stream, _IDAT_CHECKSUM).to_bytes(4, "big"),
                END,
            )
        )
        for stream in compress(images)
    ]
    if chunks:
        return [png[:_HEADER_END] + extra + png[_HEADER_END:] for png, extra in zip(files, chunks, strict=True)]
    return files


@lru_cache(maxsize=64)
def head(width: int, height: int) -> bytes:
    """Return the signature and the header: 8 bits per pixel, greyscale, not interlaced."""
    return _SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
