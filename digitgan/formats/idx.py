"""A data set in MNIST's own format: gzipped IDX files of images and labels, together in a tar archive.

The gzip members are stored, not compressed: a tar archive must say a member's size first, and a stored member has a
size that is known before its first byte. So the archive can be streamed, and its bytes do not depend on a zlib
(docs/adr/0016-dataset.md).

Source: LeCun, "The MNIST database", file formats; POSIX.1-2001, pax, ustar interchange format; RFC 1952 (gzip), section
2.3; RFC 1951 (deflate), section 3.2.4.
"""

import struct
import tarfile
import zlib
from collections.abc import AsyncIterator, Sequence

from digitgan.engine.engine import Generated
from digitgan.engine.plan import Repeated
from digitgan.formats.npy import shape
from digitgan.picture.job import Job
from digitgan.picture.provenance import DIGITAL_SOURCE_TYPE

IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"

_BYTES = 0x08  # IDX type code of unsigned bytes
_END = bytes(2 * tarfile.BLOCKSIZE)

_GZIP_HEAD = b"\x1f\x8b\x08%c\x00\x00\x00\x00\x00\xff"  # deflate, flags, without a time or a system
_HAS_COMMENT = 0x10
_LARGEST_BLOCK = 65535
_BLOCK_HEAD = struct.Struct("<BHH")
_GZIP_TAIL = struct.Struct("<II")


async def stream(job: Job, chunks: AsyncIterator[Generated]) -> AsyncIterator[bytes]:
    """Yield one tar archive: all labels, which are known from the start, then the images chunk by chunk."""
    labels = _bytes(job.plan.labels or ())
    comment = _comment(job)
    file = StoredGzip(comment)
    member = file.begin() + file.add(_head(job, n_dimensions=1)) + file.add(labels) + file.end()
    yield _member_head(LABELS, len(member)) + member + _padding(len(member))
    file, size = StoredGzip(comment), _images_size(job)
    yield _member_head(IMAGES, size) + file.begin() + file.add(_head(job, n_dimensions=3))
    async for generated in chunks:
        images = job.picture.each(generated.images.pixels)
        yield b"".join(file.add(image.tobytes()) for image in images)  # one block an image, however chunks are cut
    yield file.end() + _padding(size) + _END


def size(job: Job) -> int:
    """Return the bytes of the archive."""
    labels = stored_size(len(_head(job, n_dimensions=1))) + stored_size(len(job.plan)) + frame_size(_comment(job))
    members = sum(tarfile.BLOCKSIZE + each + len(_padding(each)) for each in (labels, _images_size(job)))
    return members + len(_END)


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


def stored_size(n_bytes: int) -> int:
    """Return the bytes that `StoredGzip.add` makes of content."""
    return n_bytes + _BLOCK_HEAD.size * -(-n_bytes // _LARGEST_BLOCK)


def frame_size(comment: bytes = b"") -> int:
    """Return the bytes of a member with a comment, before and after all of its content."""
    return len(_gzip_head(comment)) + _BLOCK_HEAD.size + _GZIP_TAIL.size


def _gzip_head(comment: bytes) -> bytes:
    return _GZIP_HEAD % _HAS_COMMENT + comment + b"\0" if comment else _GZIP_HEAD % 0


def _comment(job: Job) -> bytes:
    return DIGITAL_SOURCE_TYPE.encode() if job.picture.metadata else b""


def _block(content: bytes | memoryview, *, is_last: bool = False) -> bytes:
    return _BLOCK_HEAD.pack(is_last, len(content), len(content) ^ 0xFFFF) + content


def _bytes(labels: Sequence[int]) -> bytes:
    """Return one byte a label; those of a whole data set in no more time than those of a chunk."""
    if isinstance(labels, Repeated):
        return (bytes(labels.values) * -(-len(labels) // len(labels.values)))[: len(labels)]
    return bytes(labels)


def _images_size(job: Job) -> int:
    n, height, width = shape(job)
    return frame_size(_comment(job)) + stored_size(len(_head(job, n_dimensions=3))) + n * stored_size(height * width)


def _head(job: Job, n_dimensions: int) -> bytes:
    """Return what an IDX file begins with: its type and its dimensions, big-endian."""
    return struct.pack(f">HBB{n_dimensions}I", 0, _BYTES, n_dimensions, *shape(job)[:n_dimensions])


def _member_head(name: str, n_bytes: int) -> bytes:
    member = tarfile.TarInfo(name)  # dated 1970, without an owner
    member.size = n_bytes
    return member.tobuf(tarfile.USTAR_FORMAT)


def _padding(n_bytes: int) -> bytes:
    return bytes(-n_bytes % tarfile.BLOCKSIZE)
