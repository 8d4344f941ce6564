"""Text that an archive needs only at its end, kept small until then: the manifest of its pictures."""

import zlib
from collections.abc import Iterator
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO

import orjson

from digitgan.formats.items import Item
from digitgan.picture.job import Job

MANIFEST = "manifest.json"

_PIECE_BYTES = 2**16
_MOST_HELD = 8 * 2**20  # deflated bytes in memory; 100,000 images take about 2 MB, and their labels as much again
_LEVEL = 1


class Spool:
    """Text under construction, deflated: records of 100,000 images take 23 MB as they are, and a tenth of that here.

    What is long even then is kept in a temporary file, so memory does not bound the number of records.

    Attributes:
        size: bytes so far.
        checksum: CRC-32 of them.
    """

    def __init__(self) -> None:
        self.size = 0
        self.checksum = 0
        self._deflate = zlib.compressobj(_LEVEL)
        self._deflated: IO[bytes] = BytesIO()

    def add(self, text: bytes) -> None:
        """Append text."""
        self.size += len(text)
        self.checksum = zlib.crc32(text, self.checksum)
        self._deflated.write(self._deflate.compress(text))
        if isinstance(self._deflated, BytesIO) and self._deflated.tell() > _MOST_HELD:
            file = TemporaryFile()  # noqa: SIM115 - closed after its last piece, or with the spool
            file.write(self._deflated.getbuffer())
            self._deflated = file

    def pieces(self) -> Iterator[bytes]:
        """Yield all of the text, at most 64 KiB at a time; nothing can be added afterwards."""
        with self._deflated as file:
            file.write(self._deflate.flush())
            file.seek(0)
            inflate = zlib.decompressobj()
            while not inflate.eof:
                deflated = inflate.unconsumed_tail or file.read(_PIECE_BYTES)
                yield inflate.decompress(deflated, _PIECE_BYTES)


class Manifest:
    """A manifest under construction: ``{"model", "version", "images": [{"file", "seed", "label", "url"}]}``.

    It has one line an image.
    """

    def __init__(self, job: Job) -> None:
        self._text = Spool()
        head = orjson.dumps({"model": job.card.model, "version": job.card.version})
        self._text.add(head[:-1] + b',"images":[')
        self._n = 0

    def name(self, item: Item) -> str:
        """Record the next picture and return its file name, which begins with its position."""
        name = item.file_name(self._n)
        self._text.add(b"," * bool(self._n) + b"\n" + orjson.dumps({"file": name} | item.record))
        self._n += 1
        return name

    def end(self) -> Spool:
        """Return the whole manifest, to be sent piece by piece."""
        self._text.add(b"\n]}\n")
        return self._text
