"""Knows the form of a data set as MNIST has it: gzipped IDX files of images and labels, together in a tar archive.

Does not know HTTP. The files are stored, not compressed, so that they can be streamed (docs/adr/0016-dataset.md).

Source: LeCun, "The MNIST database", file formats; POSIX.1-2001, pax, ustar interchange format.
"""

import struct
import tarfile
from collections.abc import AsyncIterator

from digitgan.engine.engine import Generated
from digitgan.formats.format import Streamed
from digitgan.formats.gzip_file import GzipFile, frame_size, stored_size
from digitgan.picture.job import Asked

IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"

_BYTES = 0x08  # IDX type code of unsigned bytes
_END = bytes(2 * tarfile.BLOCKSIZE)


async def stream(asked: Asked, chunks: AsyncIterator[Generated]) -> AsyncIterator[bytes]:
    """Yield one tar archive: all labels, known from the start, then the images, a chunk's at a time."""
    labels = bytes(asked.plan.labels or ())
    file = GzipFile()
    member = file.begin() + file.add(_head(asked, n_dimensions=1)) + file.add(labels) + file.end()
    yield _member_head(LABELS, len(member)) + member + _padding(len(member))
    file, size = GzipFile(), _images_size(asked)
    yield _member_head(IMAGES, size) + file.begin() + file.add(_head(asked, n_dimensions=3))
    async for generated in chunks:
        images = asked.picture.each(generated.images.pixels)
        yield b"".join(file.add(image.tobytes()) for image in images)  # blocks an image: cut as the chunks may be
    yield file.end() + _padding(size) + _END


def size(asked: Asked) -> int:
    """Return the bytes of the archive."""
    labels = frame_size() + stored_size(len(_head(asked, n_dimensions=1))) + stored_size(len(asked.plan))
    members = sum(tarfile.BLOCKSIZE + each + len(_padding(each)) for each in (labels, _images_size(asked)))
    return members + len(_END)


def _images_size(asked: Asked) -> int:
    _, height, width = _shape(asked)
    head = _head(asked, n_dimensions=3)
    return frame_size() + stored_size(len(head)) + len(asked.plan) * stored_size(height * width)


def _shape(asked: Asked) -> tuple[int, int, int]:
    scale = asked.picture.scale
    return len(asked.plan), asked.card.image_height * scale, asked.card.image_width * scale


def _head(asked: Asked, n_dimensions: int) -> bytes:
    """Return what an IDX file begins with: its type and its dimensions, big-endian."""
    return struct.pack(f">HBB{n_dimensions}I", 0, _BYTES, n_dimensions, *_shape(asked)[:n_dimensions])


def _member_head(name: str, n_bytes: int) -> bytes:
    member = tarfile.TarInfo(name)  # of the year 1970, of nobody
    member.size = n_bytes
    return member.tobuf(tarfile.USTAR_FORMAT)


def _padding(n_bytes: int) -> bytes:
    return bytes(-n_bytes % tarfile.BLOCKSIZE)


FORM = Streamed(
    media_type="application/x-tar",
    description="The files of MNIST's training set, IDX in gzip; stored, and compressed on the way for who reads gzip.",
    compresses=True,
    stream=stream,
    size=size,
)
