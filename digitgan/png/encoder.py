"""PNG files of uint8 images, whose bytes depend on pixels, palette and inserted chunks alone."""

import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from digitgan.png.deflate import compress
from digitgan.png.palette import Palette

ENCODER_ID = "1"  # part of every ETag; changing any byte of any file requires a new id and a new major version

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREYSCALE, _TRUECOLOUR, _INDEXED = 0, 2, 3  # colour types, PNG specification, third edition, section 11.2.1


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


def encode(images: NDArray[np.uint8], chunks: Sequence[bytes] = (), palette: Palette | None = None) -> list[bytes]:
    """Return one PNG file per image, 8 bits a channel, each a function of its image, chunks and palette alone.

    Args:
        images: uint8 (N, H, W), 0 background to 255 ink, or (N, H, W, 3), RGB; H and W at least 1.
        chunks: empty, or N byte strings of complete chunks (`chunk`) to insert before IDAT of each file.
        palette: the colours of greys; None for greyscale, black to white, and for RGB.
    """
    _, height, width, *channels = images.shape
    start = head(width, height, palette, is_colour=bool(channels))
    return [
        b"".join(
            (
                start,
                extra,
                len(stream).to_bytes(4, "big"),
                b"IDAT",
                stream,
                zlib.crc32(stream, _IDAT_CHECKSUM).to_bytes(4, "big"),
                END,
            )
        )
        for stream, extra in zip(compress(images), chunks or repeat(b"", len(images)), strict=True)
    ]


@lru_cache(maxsize=64)
def head(width: int, height: int, palette: Palette | None = None, *, is_colour: bool = False) -> bytes:
    """Return the signature, the header (8 bits a channel, not interlaced) and the palette, if there is one."""
    colour_type = _TRUECOLOUR if is_colour else _GREYSCALE if palette is None else _INDEXED
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0))
    return _SIGNATURE + header + (_palette_chunks(palette) if palette is not None else b"")


@lru_cache(maxsize=64)
def _palette_chunks(palette: Palette) -> bytes:
    """Return the colours and, if the background is transparent, how opaque each is, except the last: ink is opaque.

    Source: PNG specification, third edition, sections 11.2.2 (PLTE) and 11.3.1.1 (tRNS).
    """
    colours = chunk(b"PLTE", palette.rgb.tobytes())
    return colours if palette.background is not None else colours + chunk(b"tRNS", palette.alpha[:-1].tobytes())
