"""The content codings on offer: which one an ``Accept-Encoding`` field prefers, and how they compress."""

import asyncio
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from digitgan.formats.format import Piece

from .negotiation import qualities

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# Measured on 256 images as JSON: gzip 1 makes 49 % of the bytes in 1.7 ms, gzip 6 makes 47 % in 2.4 ms; zstd 1 makes
# 47 % in 0.22 ms, zstd 3 as many in 0.43 ms. Level 1 looks back 512 kB, of the 8 MB that RFC 9659 lets clients allow.
_LEVEL = 1
_GZIP_FORMAT = 31  # zlib's number for the gzip wrapper with the widest window; its header holds no time
_LARGE_BYTES = 64 * 1024  # a larger piece is compressed in a thread, so that the event loop serves others meanwhile


class _Compressor(Protocol):
    def compress(self, content: Piece, /) -> bytes: ...

    def flush(self, mode: Any = ..., /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Coding:
    """One content coding.

    Attributes:
        name: name in HTTP.
        begin: returns a compressor for one answer.
        push: the mode of `flush` that returns everything compressed so far and lets the compressor go on.
    """

    name: str
    begin: Callable[[], _Compressor]
    push: int

    def compress(self, content: bytes) -> bytes:
        """Return a whole content, compressed."""
        compressor = self.begin()
        return compressor.compress(content) + compressor.flush()

    async def compress_pieces(self, pieces: AsyncIterator[Piece], *, is_streamed: bool) -> AsyncIterator[bytes]:
        """Yield a body, compressed.

        Args:
            pieces: the pieces of the body.
            is_streamed: each piece must be readable as soon as it is sent, which costs some bytes a piece.
        """
        compressor = self.begin()

        def compress(piece: Piece) -> bytes:
            compressed = compressor.compress(piece)
            return compressed + compressor.flush(self.push) if is_streamed else compressed

        async for piece in pieces:
            is_large = memoryview(piece).nbytes > _LARGE_BYTES
            yield await asyncio.to_thread(compress, piece) if is_large else compress(piece)
        yield compressor.flush()


# In the service's order of preference, which decides if a client has none.
CODINGS = (
    Coding("zstd", lambda: zstd.ZstdCompressor(_LEVEL), zstd.ZstdCompressor.FLUSH_BLOCK),
    Coding("gzip", lambda: zlib.compressobj(_LEVEL, wbits=_GZIP_FORMAT), zlib.Z_SYNC_FLUSH),
)


def unpack(content: bytes) -> bytes:
    """Return the content of a file that was packed with zstd."""
    return zstd.decompress(content)


def choose_coding(accept_encoding: str | None) -> Coding | None:
    """Return the coding that a client prefers, or None for none.

    A client that sends no ``Accept-Encoding`` gets no coding. One that does not mention ``identity`` prefers any coding
    to it, since compressed answers are small.

    Source: RFC 9110, section 12.5.3.
    """
    if accept_encoding is None:
        return None
    quality = qualities(accept_encoding)

    def preference(coding: Coding) -> float:
        return quality.get(coding.name, quality.get("*", 0.0))

    best = max(CODINGS, key=preference)  # max keeps the first of equals
    return best if preference(best) > 0 and preference(best) >= quality.get("identity", 0.0) else None
