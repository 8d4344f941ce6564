"""Knows the gzip format, as far as files need it that are stored rather than compressed.

Does not know what the files hold. A stored file has a size that is known before its first byte, which a tar archive
must say first; so it can be streamed, and its bytes do not depend on a zlib.

Source: RFC 1952 (gzip), section 2.3; RFC 1951 (deflate), section 3.2.4.
"""

import struct
import zlib

_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # deflate, no name, no time, of no system
_LARGEST_BLOCK = 65535
_BLOCK_HEAD = struct.Struct("<BHH")
_TAIL = struct.Struct("<II")


class GzipFile:
    """A gzip file under way."""

    def __init__(self) -> None:
        self._checksum = 0
        self._size = 0

    def begin(self) -> bytes:
        """Return the first bytes."""
        return _HEAD

    def add(self, content: bytes | memoryview) -> bytes:
        """Return the bytes of some more content, at least one byte."""
        self._checksum = zlib.crc32(content, self._checksum)
        self._size += len(content)
        return b"".join(
            _block(content[start : start + _LARGEST_BLOCK]) for start in range(0, len(content), _LARGEST_BLOCK)
        )

    def end(self) -> bytes:
        """Return the last bytes: an empty block that says so, and the checksum."""
        return _block(b"", is_last=True) + _TAIL.pack(self._checksum, self._size % 2**32)


def stored_size(n_bytes: int) -> int:
    """Return the bytes that `GzipFile.add` makes of content."""
    return n_bytes + _BLOCK_HEAD.size * -(-n_bytes // _LARGEST_BLOCK)


def frame_size() -> int:
    """Return the bytes that stand before and after all content."""
    return len(_HEAD) + _BLOCK_HEAD.size + _TAIL.size


def _block(content: bytes | memoryview, *, is_last: bool = False) -> bytes:
    return _BLOCK_HEAD.pack(is_last, len(content), len(content) ^ 0xFFFF) + content
