"""Knows how text that an answer needs only at its end is kept small until then: deflated, and inflated piece by piece.

Does not know what the text says. Records of 100,000 images take 23 MB as they are, and a tenth of that deflated.
"""

import zlib
from collections.abc import Iterator

_PIECE = 2**16
_LEVEL = 1


class Kept:
    """Text under way.

    Attributes:
        size: bytes so far.
        checksum: CRC-32 of them.
    """

    def __init__(self) -> None:
        self.size = 0
        self.checksum = 0
        self._deflate = zlib.compressobj(_LEVEL)
        self._deflated = bytearray()

    def add(self, text: bytes) -> None:
        """Put more at the end."""
        self.size += len(text)
        self.checksum = zlib.crc32(text, self.checksum)
        self._deflated += self._deflate.compress(text)

    def pieces(self) -> Iterator[bytes]:
        """Yield all of it, at most 64 KiB at a time; nothing can be added afterwards."""
        self._deflated += self._deflate.flush()
        inflate = zlib.decompressobj()
        rest: bytes | bytearray = self._deflated
        while not inflate.eof:
            yield inflate.decompress(rest, _PIECE)
            rest = inflate.unconsumed_tail
