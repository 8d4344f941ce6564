"""Knows how rows of pixels become a zlib stream whose bytes depend on the pixels alone.

Does not know PNG chunks or pictures' meaning.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_LARGEST_STORED = 65535


def compress(images: NDArray[np.uint8]) -> list[bytes]:
    """Return one zlib stream an image: uint8 (N, H, W), each row led by its filter byte 0 (PNG's "None").

    Source: RFC 1950 (zlib), RFC 1951 (deflate).
    """
    rows = np.pad(images, ((0, 0), (0, 0), (1, 0)))
    return [_store(image.tobytes()) for image in rows]


def _store(raw: bytes) -> bytes:
    """Return raw bytes in stored blocks, RFC 1951 section 3.2.4."""
    parts = [b"\x78\x01"]
    for start in range(0, len(raw), _LARGEST_STORED):
        block = raw[start : start + _LARGEST_STORED]
        last = start + len(block) == len(raw)
        parts += [struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF), block]
    return b"".join(parts) + struct.pack(">I", zlib.adler32(raw))
