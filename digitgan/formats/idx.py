"""A data set in MNIST's own format: gzipped IDX files of images and labels, together in a tar archive.

The gzip members are stored, not compressed: a tar archive must say a member's size first, and a stored member has a
size that is known before its first byte. So the archive can be streamed, and its bytes do not depend on a zlib
(docs/adr/0016-dataset.md).

Source: LeCun, "The MNIST database", file formats; POSIX.1-2001, pax, ustar interchange format; RFC 1952 (gzip), section
2.3; RFC 1951 (deflate), section 3.2.4.
"""

import struct
import zlib
from collections.abc import AsyncIterator

import numpy as np

from digitgan.contract.card import Card
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan
from digitgan.formats import tar
from digitgan.formats.format import Piece
from digitgan.formats.layout import FixedFile, image_rows, label_rows
from digitgan.picture.job import Job
from digitgan.picture.provenance import DIGITAL_SOURCE_TYPE

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"

_BYTES = 0x08  # IDX type code of unsigned bytes

_GZIP_HEAD = b"\x1f\x8b\x08%c\x00\x00\x00\x00\x00\xff"  # deflate, flags, without a time or a system
_HAS_COMMENT = 0x10
_LARGEST_BLOCK = 65535
_BLOCK_HEAD = struct.Struct("<BHH")
_GZIP_TAIL = struct.Struct("<II")


async def stream(job: Job, chunks: AsyncIterator[Generated]) -> AsyncIterator[Piece]:
    """Yield one tar archive: all labels, which are known from the start, then the images chunk by chunk."""
    for name, file in _members(job):
        yield tar.head(name, file.size)
        async for piece in file.stream(job, chunks):
            yield piece
        yield tar.padding(file.size)
    yield tar.END


def size(job: Job) -> int:
    """Return the bytes of the archive."""
    members = sum(tar.BLOCK + file.size + len(tar.padding(file.size)) for _, file in _members(job))
    return members + len(tar.END)


def _members(job: Job) -> tuple[tuple[str, "GzipFile"], ...]:
    return (
        (LABELS + ".gz", GzipFile(labels_file(job.plan, job.card), is_marked=job.picture.metadata)),
        (IMAGES + ".gz", GzipFile(images_file(job.plan, job.card), is_marked=job.picture.metadata)),
    )


def images_file(plan: Plan, card: Card) -> FixedFile:
    """Return the file of all images, one byte a pixel."""
    shape = (len(plan), card.image_height, card.image_width)
    return FixedFile(len(plan), [image_rows(card)], start=_head(*shape))


def labels_file(plan: Plan, _: Card) -> FixedFile:
    """Return the file of all labels, one byte each."""
    return FixedFile(len(plan), [label_rows(plan, np.uint8)], start=_head(len(plan)))


class GzipFile:
    """A file of fixed layout in gzip, stored and not compressed: its checksum at the end needs all that precedes it.

    Args:
        content: the file.
        is_marked: whether the header has the comment that the images are generated.

    Attributes:
        size: bytes of the file.
    """

    def __init__(self, content: FixedFile, *, is_marked: bool) -> None:
        self._content = content
        self._comment = DIGITAL_SOURCE_TYPE.encode() if is_marked else b""
        row_bytes = content.row_bytes
        self._block = row_bytes if row_bytes > 1 else _LARGEST_BLOCK
        n_rows = content.size - len(content.start)
        self.size = frame_size(self._comment) + stored_size(len(content.start)) + stored_size(n_rows, self._block)

    def images(self, _start: int, _stop: int) -> range:
        """Return the positions of all images that the file shows, since no part of it can be made alone."""
        return self._content.images(0, self._content.size)

    async def stream(self, job: Job, chunks: AsyncIterator[Generated]) -> AsyncIterator[Piece]:
        """Yield the whole file; see `FixedFile.stream`."""
        file, head_size = StoredGzip(self._comment), len(self._content.start)
        yield file.begin() + file.add(self._content.start)
        rest = b""
        async for piece in self._content.stream(job, chunks, head_size):
            rest = bytes(piece) if not rest else rest + piece
            whole = len(rest) - len(rest) % self._block  # blocks do not depend on how pieces are cut
            yield b"".join(file.add(rest[start : start + self._block]) for start in range(0, whole, self._block))
            rest = rest[whole:]
        yield (file.add(rest) if rest else b"") + file.end()


class StoredGzip:
    """A gzip member under construction, whose content is stored.

    Args:
        comment: Latin-1 without NUL, for readers of the header; empty for none.
    """

    def __init__(self, comment: bytes = b"") -> None:
        self._head = _gzip_head(comment)
        self._checksum = 0
        self._size = 0

    def begin(self) -> bytes:
        """Return the first bytes."""
        return self._head

    def add(self, content: bytes | memoryview) -> bytes:
        """Return the blocks of more content, at least one byte."""
        self._checksum = zlib.crc32(content, self._checksum)
        self._size += len(content)
        return b"".join(
            _block(content[start : start + _LARGEST_BLOCK]) for start in range(0, len(content), _LARGEST_BLOCK)
        )

    def end(self) -> bytes:
        """Return the last bytes: an empty final block, checksum and size."""
        return _block(b"", is_last=True) + _GZIP_TAIL.pack(self._checksum, self._size % 2**32)


def stored_size(n_bytes: int, block: int = _LARGEST_BLOCK) -> int:
    """Return the bytes that `StoredGzip.add` makes of content that it gets in pieces of one size."""
    whole, rest = divmod(n_bytes, block)
    return n_bytes + _BLOCK_HEAD.size * (whole * -(-block // _LARGEST_BLOCK) + -(-rest // _LARGEST_BLOCK))


def frame_size(comment: bytes = b"") -> int:
    """Return the bytes of a member with a comment, before and after all of its content."""
    return len(_gzip_head(comment)) + _BLOCK_HEAD.size + _GZIP_TAIL.size


def _gzip_head(comment: bytes) -> bytes:
    return _GZIP_HEAD % _HAS_COMMENT + comment + b"\0" if comment else _GZIP_HEAD % 0


def _block(content: bytes | memoryview, *, is_last: bool = False) -> bytes:
    return _BLOCK_HEAD.pack(is_last, len(content), len(content) ^ 0xFFFF) + content


def _head(*shape: int) -> bytes:
    """Return what an IDX file begins with: its type and its dimensions, big-endian."""
    return struct.pack(f">HBB{len(shape)}I", 0, _BYTES, len(shape), *shape)
