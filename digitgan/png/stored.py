"""PNG files of equal length: their pixels are stored, not compressed, so the length depends on the image's size alone.

Source: PNG specification, third edition, sections 5.2 and 10; RFC 1950 (zlib); RFC 1951, section 3.2.4 (stored blocks).
"""

import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from digitgan.png.encoder import END, head

_MOST = 65_535  # bytes in a block
_BLOCK_HEAD = struct.Struct("<BHH")
_ZLIB_HEAD = b"\x78\x01"


def stored_size(height: int, width: int, n_channels: int = 1) -> int:
    """Return the bytes of the file of an image, grey or of three channels."""
    return len(head(width, height)) + 12 + _data_size(height, width * n_channels) + len(END)


def encode_stored(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a PNG file for each image, in greyscale or RGB: uint8 (N, `stored_size`).

    Args:
        images: uint8 (N, H, W), 0 background to 255 ink, or (N, H, W, 3), RGB.
    """
    n, height, width, *channels = images.shape
    start, size = head(width, height, is_colour=bool(channels)), stored_size(height, width, *channels)
    row_bytes = width * math.prod(channels)
    n_raw, n_data = height * (row_bytes + 1), _data_size(height, row_bytes)
    files = np.empty((n, size), np.uint8)
    files[:, : len(start)] = np.frombuffer(start, np.uint8)
    files[:, -len(END) :] = np.frombuffer(END, np.uint8)
    rows = np.zeros((n, height, row_bytes + 1), np.uint8)  # each begins with its filter, which is none
    rows[:, :, 1:] = images.reshape(n, height, row_bytes)
    raw = rows.reshape(n, n_raw)
    data = files[:, len(start) : len(start) + 12 + n_data]  # the chunk with length, kind and checksum
    data[:, :8] = np.frombuffer(struct.pack(">I", n_data) + b"IDAT", np.uint8)
    data[:, 8:10] = np.frombuffer(_ZLIB_HEAD, np.uint8)
    place = 10
    for first in range(0, n_raw, _MOST):
        block = raw[:, first : first + _MOST]
        size = block.shape[1]
        block_head = _BLOCK_HEAD.pack(first + size == n_raw, size, size ^ 0xFFFF)
        data[:, place : place + 5] = np.frombuffer(block_head, np.uint8)
        data[:, place + 5 : place + 5 + size] = block
        place += 5 + size
    data[:, place : place + 4] = _big_endian([zlib.adler32(each.data) for each in raw])
    data[:, -4:] = _big_endian([zlib.crc32(each.data) for each in np.ascontiguousarray(data[:, 4:-4])])
    return files


def _data_size(height: int, row_bytes: int) -> int:
    n_raw = height * (row_bytes + 1)
    return len(_ZLIB_HEAD) + n_raw + _BLOCK_HEAD.size * -(-n_raw // _MOST) + 4


def _big_endian(values: list[int]) -> NDArray[np.uint8]:
    return np.array(values, ">u4").view(np.uint8).reshape(-1, 4)
