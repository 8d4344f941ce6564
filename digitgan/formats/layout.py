"""Files whose every offset is known before any image is made, so that each range of bytes costs only its own images.

Such a file holds rows of one length, a row for each image, in one column or several. Rows follow each other in groups:
a group has its rows of the first column, then those of the second, and so on.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan, classes_of
from digitgan.formats.format import Piece
from digitgan.picture.job import Job

_ROWS_AT_ONCE = 2**16  # computed rows in a piece: at most half a megabyte


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The rows of one kind.

    Attributes:
        row_bytes: length of a row.
        head: what precedes the rows of a group of n.
        compute: positions of images -> their rows; None for rows that show the images.
        draw: job and some of its images -> their rows; None for rows that are computed.
        is_copy: whether the rows are the pixels as they are, so that drawing them is not worth a thread.
    """

    row_bytes: int
    head: Callable[[int], bytes] = lambda _: b""
    compute: Callable[[range], Piece] | None = None
    draw: Callable[[Job, Generated], Piece] | None = None
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class _Rows:
    """Some rows of a column: of which images, and which of their bytes."""

    column: Column
    positions: range
    skipped: int
    kept: int


class FixedFile:
    """A file of n images, none of which exists yet.

    Args:
        n: number of images.
        columns: at least one.
        start: what the file begins with.
        end: what it ends with.
        group: rows in each group but the last; None for a single group.

    Attributes:
        size: bytes of the file.
        start: what it begins with.
        row_bytes: bytes of an image's rows in all columns together.
    """

    def __init__(
        self, n: int, columns: Sequence[Column], *, start: bytes = b"", end: bytes = b"", group: int | None = None
    ) -> None:
        self.start = start
        self.row_bytes = sum(each.row_bytes for each in columns)
        self._n = n
        self._columns = columns
        self._end = end
        self._group = group or max(n, 1)
        full, rest = divmod(n, self._group)
        self.n_groups = full + bool(rest)
        self._end_offset = len(start) + full * self.group_size(self._group) + (self.group_size(rest) if rest else 0)
        self.size = self._end_offset + len(end)

    def group_size(self, n: int) -> int:
        """Return the bytes of a group of n rows."""
        return sum(len(each.head(n)) + n * each.row_bytes for each in self._columns)

    def images(self, start: int, stop: int) -> range:
        """Return the positions of the images that bytes start to stop show; they follow each other.

        A range that begins after the images of one group has none of that group's images.
        """
        # The first and the last image are near the ends of the range: a group and the rest of another are enough.
        near = len(self._end) + 2 * self.group_size(self._group)
        first = next(self._shown(start, stop), None)
        return range(first.start, [*self._shown(max(start, stop - near), stop)][-1].stop) if first else range(0)

    def _shown(self, start: int, stop: int) -> Iterator[range]:
        """Yield the positions of images that bytes start to stop show, a range for each group."""
        for part in self._parts(start, stop):
            if isinstance(part, _Rows) and part.column.draw:
                yield part.positions

    async def stream(
        self, job: Job, chunks: AsyncIterator[Generated], start: int = 0, stop: int | None = None
    ) -> AsyncIterator[Piece]:
        """Yield bytes start to stop.

        Args:
            job: how images are shown, and where they are encoded.
            chunks: exactly the images of these bytes, see `images`, in chunks of any sizes.
            start: the first byte.
            stop: the byte after the last; None for the end of the file.
        """
        images = ImageQueue(chunks)
        for part in self._parts(start, self.size if stop is None else stop):
            if isinstance(part, bytes):
                yield part
            elif part.column.draw is None:
                for piece in _computed(part):
                    yield piece
            else:
                async for piece in _drawn(job, part, images):
                    yield piece

    def _parts(self, start: int, stop: int) -> Iterator[bytes | _Rows]:
        """Yield what bytes start to stop consist of."""
        for offset, part in self._from(start):
            size = len(part) if isinstance(part, bytes) else len(part.positions) * part.column.row_bytes
            first, last = max(start - offset, 0), min(stop - offset, size)
            if offset >= stop:
                return
            if first >= last:
                continue
            yield part[first:last] if isinstance(part, bytes) else _cut(part, first, last)

    def _from(self, start: int) -> Iterator[tuple[int, bytes | _Rows]]:
        """Yield the offset and the content of each section, from the group that contains an offset on."""
        yield 0, self.start
        full = self.group_size(self._group)
        first = min((max(start - len(self.start), 0)) // full, self.n_groups)
        offset = len(self.start) + first * full
        for number in range(first, self.n_groups):
            positions = range(number * self._group, min(self._n, (number + 1) * self._group))
            for column in self._columns:
                head = column.head(len(positions))
                yield offset, head
                offset += len(head)
                yield offset, _Rows(column, positions, 0, len(positions) * column.row_bytes)
                offset += len(positions) * column.row_bytes
        yield self._end_offset, self._end


def _cut(rows: _Rows, first: int, last: int) -> _Rows:
    """Return the rows that contain bytes first to last of some rows."""
    size = rows.column.row_bytes
    positions = rows.positions[first // size : -(-last // size)]
    return _Rows(rows.column, positions, first % size, last - first)


def _computed(rows: _Rows) -> Iterator[Piece]:
    compute, positions = rows.column.compute, rows.positions
    assert compute is not None  # noqa: S101 - for the type checker
    cut = _Cut(rows)
    for start in range(0, len(positions), _ROWS_AT_ONCE):
        yield cut.of(compute(positions[start : start + _ROWS_AT_ONCE]))


async def _drawn(job: Job, rows: _Rows, images: "ImageQueue") -> AsyncIterator[Piece]:
    column = rows.column
    draw, left, cut = column.draw, len(rows.positions), _Cut(rows)
    assert draw is not None  # noqa: S101 - for the type checker
    while left:
        some = await images.take(left)
        left -= len(some.source)
        yield cut.of(draw(job, some) if column.is_copy else await job.encode_aside(draw, some))


class _Cut:
    """Cuts the bytes of rows, piece by piece, to those that are wanted."""

    def __init__(self, rows: _Rows) -> None:
        self._skipped, self._kept = rows.skipped, rows.kept  # a piece has more bytes than are skipped

    def of(self, piece: Piece) -> Piece:
        kept = piece[self._skipped : self._skipped + self._kept]
        self._skipped = 0
        self._kept -= len(kept)
        return kept


class ImageQueue:
    """Gives out the images of chunks, a few at a time.

    Args:
        chunks: chunks of any sizes.
    """

    def __init__(self, chunks: AsyncIterator[Generated]) -> None:
        self._chunks = chunks
        self._rest: Generated | None = None

    async def take(self, n: int) -> Generated:
        """Return the next images, at least one and at most n."""
        some = await anext(self._chunks) if self._rest is None else self._rest
        size = len(some.source)
        self._rest = some.part(n, size) if n < size else None
        return some.part(0, n) if n < size else some


def image_rows(card: Card) -> Column:
    """Return the pixels of each image as they are."""
    return Column(row_bytes=card.image_bytes, draw=_pixels, is_copy=True)


def label_rows(plan: Plan, dtype: type[np.integer[Any]], head: Callable[[int], bytes] = lambda _: b"") -> Column:
    """Return the label of each image as an integer, little-endian.

    Args:
        plan: a data set.
        dtype: the integers.
        head: see `Column`.
    """
    labels = plan.labels or ()  # which every data set has
    kind = np.dtype(dtype).newbyteorder("<")
    return computed_rows(kind, lambda rows: classes_of(labels, rows.start, rows.stop), head)


def computed_rows(
    kind: "np.dtype[np.integer[Any]]",
    values: Callable[[range], NDArray[np.int64]],
    head: Callable[[int], bytes] = lambda _: b"",
) -> Column:
    """Return rows of one integer each."""

    def compute(rows: range) -> Piece:
        return values(rows).astype(kind).view(np.uint8).data

    return Column(row_bytes=kind.itemsize, head=head, compute=compute)


def _pixels(_: Job, generated: Generated) -> Piece:
    return np.ascontiguousarray(generated.images.pixels).data.cast("B")
