"""Zip archives of stored PNGs: images with a manifest, or a data set with a folder for each class.

The archive is written here because the standard library's takes 21 microseconds an entry and stores the time of day;
these bytes depend on names and contents alone.

Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.14 to 4.3.16 (end), 4.5.3
(sizes and offsets of 64 bits).
"""

import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from itertools import chain

from digitgan.engine.engine import Generated
from digitgan.formats.items import items_aside
from digitgan.formats.manifest import MANIFEST, Manifest, Spool
from digitgan.picture.job import Job

_VERSION = 20  # APPNOTE 4.4.3.2: the oldest version, which every reader supports
_UNIX = 3 << 8
_DATE = 0x21  # 1980-01-01, the earliest that the format can express
_MODE = 0o100644 << 16
_VERSION_64 = 45  # the oldest that knows 64 bits, which only what needs them has
_MOST_PLAIN = 0xFFFF  # entries that the directory's end can count without its 64-bit form
_FULL = 2**32 - 1  # in the place of a size or an offset that is at least this much

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_END_64 = struct.Struct("<4sQHHIIQQQQ")
_LOCATOR_64 = struct.Struct("<4sIQI")


async def stream_images(job: Job, chunks: AsyncIterator[Generated]) -> AsyncIterator[bytes]:
    """Yield one archive of PNGs, a chunk's at a time; the manifest comes last."""
    archive, manifest = Archive(), Manifest(job)
    async for generated in chunks:
        yield b"".join(archive.add(manifest.name(item), item.png) for item in await items_aside(job, generated))
    for piece in chain(archive.add_spool(MANIFEST, manifest.end()), archive.end()):
        yield piece


async def stream_classes(job: Job, chunks: AsyncIterator[Generated]) -> AsyncIterator[bytes]:
    """Yield one archive of PNGs named ``<class>/<seed>.png``, a chunk's at a time."""
    archive = Archive()
    async for generated in chunks:
        yield b"".join(
            archive.add(f"{item.label}/{item.record['seed']}.png", item.png)
            for item in await items_aside(job, generated)
        )
    for piece in archive.end():
        yield piece


class Archive:
    """A zip file under construction; holds only the text of its directory, deflated."""

    def __init__(self) -> None:
        self._directory = Spool()
        self._n_entries = 0
        self._offset = 0

    def add(self, name: str, content: bytes) -> bytes:
        """Return the bytes of one more stored file.

        Args:
            name: ASCII, with ``/`` between folders.
            content: the whole file.
        """
        return self._enter(name, len(content), zlib.crc32(content)) + content

    def add_spool(self, name: str, content: Spool) -> Iterator[bytes]:
        """Yield the bytes of one more stored file, piece by piece."""
        yield self._enter(name, content.size, content.checksum)
        yield from content.pieces()

    def end(self) -> Iterator[bytes]:
        """Yield the last bytes: the directory of all entries."""
        n, size, start = self._n_entries, self._directory.size, self._offset
        yield from self._directory.pieces()
        end = b""
        if n > _MOST_PLAIN or max(size, start) >= _FULL:
            version = _VERSION_64
            end += _END_64.pack(b"PK\x06\x06", _END_64.size - 12, version, version, 0, 0, n, n, size, start)
            end += _LOCATOR_64.pack(b"PK\x06\x07", 0, start + size, 1)
        count = min(n, _MOST_PLAIN)
        yield end + _END.pack(b"PK\x05\x06", 0, 0, count, count, min(size, _FULL), min(start, _FULL), 0)

    def _enter(self, name: str, size: int, checksum: int) -> bytes:
        """Record a file in the directory and return its header."""
        path, sizes = name.encode("ascii"), (size, size) if size >= _FULL else ()
        local, central = _long(*sizes), _long(*sizes, *((self._offset,) if self._offset >= _FULL else ()))
        short, offset, version = min(size, _FULL), min(self._offset, _FULL), _VERSION_64 if central else _VERSION
        # flags, method, time; date, checksum, stored size, size; length of name
        common = (0, 0, 0, _DATE, checksum, short, short, len(path))
        head = _CENTRAL.pack(b"PK\x01\x02", _UNIX | version, version, *common, len(central), 0, 0, 0, _MODE, offset)
        self._directory.add(head + path + central)
        self._n_entries += 1
        header = _LOCAL.pack(b"PK\x03\x04", version, *common, len(local)) + path + local
        self._offset += len(header) + size
        return header


def _long(*values: int) -> bytes:
    """Return the extra field of what 32 bits cannot express; empty without any."""
    return struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values) if values else b""
