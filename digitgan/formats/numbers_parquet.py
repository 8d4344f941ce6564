"""Data sets of numbers as a Parquet file, whose columns Hugging Face's `datasets` reads as image, text and glyphs.

pyarrow encodes it. pyarrow is an extra of this package, and is loaded when a data set first needs it.
"""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from digitgan.engine.engine import Generated
from digitgan.engine.source import Neighbours
from digitgan.formats.labels import png_of, record
from digitgan.picture.job import Job
from digitgan.picture.labelled import Labelled, labelled

if TYPE_CHECKING:
    import pyarrow.parquet

_GROUP_ROWS, _GROUP_BYTES = 1_000, 2**20  # however the parts are cut, so that the bytes are the same
_GLYPH_BYTES = 512  # its text, its box and its place in a row, as objects of Python
_COPIES = 6  # of a group's bytes: its rows, its columns, their pages, the written pieces and what joins them

Row = dict[str, Any]


def pack(job: Job, generated: Generated) -> list[Row]:
    """Return the rows of a part of a data set."""
    return [_row(job, number) for number in labelled(job, generated)]


async def stream(job: Job, parts: AsyncIterator[list[Row]]) -> AsyncIterator[bytes]:
    """Yield one Parquet file of columns image, text, seed and glyphs, and hand if one hand wrote all numbers."""
    sink, rows, n_bytes = _Sink(), list[Row](), 0
    has_hand = isinstance(job.plan.source, Neighbours)
    writer = await asyncio.to_thread(_open, sink, has_hand=has_hand, has_masks=job.picture.masks)
    async for part in parts:
        for row in part:
            rows.append(row)
            n_bytes += _size(row)
            if len(rows) == _GROUP_ROWS or n_bytes >= _GROUP_BYTES:
                yield await _aside(job, n_bytes, partial(_group, sink, writer, rows))
                rows, n_bytes = [], 0
    if rows:
        yield await _aside(job, n_bytes, partial(_group, sink, writer, rows))
    writer.close()
    yield sink.take()


async def _aside(job: Job, n_bytes: int, write: Callable[[], bytes]) -> bytes:
    """Return what a function returns, once the budget of encoding has room for it."""
    if job.lanes is None:
        return await asyncio.to_thread(write)
    return await job.lanes.run(min(_COPIES * n_bytes, job.lanes.budget.limit_bytes), write)


def _size(row: Row) -> int:
    """Return about how many bytes a row takes."""
    glyphs = sum(_GLYPH_BYTES + len(each.get("mask") or "") for each in row["glyphs"])
    return len(row["image"]["bytes"]) + glyphs


class _Sink(io.RawIOBase):
    """A file that keeps only the bytes written since the last `take`, but counts all bytes."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._n_bytes = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._n_bytes

    def write(self, content: bytes) -> int:  # type: ignore[override]
        self._pieces.append(bytes(content))
        self._n_bytes += len(self._pieces[-1])
        return len(self._pieces[-1])

    def take(self) -> bytes:
        """Return what was written since the last call."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _row(job: Job, number: Labelled) -> Row:
    labels = record(number)
    image = {"bytes": png_of(job, number), "path": f"{number.seed}.png"}
    return {"image": image} | {name: labels[name] for name in ("text", "seed", "hand", "glyphs") if name in labels}


def _open(sink: _Sink, *, has_hand: bool, has_masks: bool) -> "pyarrow.parquet.ParquetWriter":
    """Return a writer; slow the first time, when pyarrow is loaded.

    Source: Hugging Face, "datasets", feature Image (a struct of bytes and path), as its metadata.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    hand, mask = ["hand"] * has_hand, ["mask"] * has_masks
    columns = {
        "image": pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
        "text": pa.string(),
        "seed": pa.int64(),
        **dict.fromkeys(hand, pa.string()),
        "glyphs": pa.list_(
            pa.struct({"text": pa.string(), "box": pa.list_(pa.int32(), 4), **dict.fromkeys(mask, pa.string())})
        ),
    }
    whole = {"_type": "Value", "dtype": "int64"}
    string = {"_type": "Value", "dtype": "string"}
    box = {"_type": "Sequence", "feature": {"_type": "Value", "dtype": "int32"}, "length": 4}
    features = {
        "image": {"_type": "Image"},
        "text": string,
        "seed": whole,
        **dict.fromkeys(hand, string),
        "glyphs": [{"text": string, "box": box, **dict.fromkeys(mask, string)}],  # as versions before 4 understand it
    }
    schema = pa.schema(list(columns.items()), metadata={"huggingface": orjson.dumps({"info": {"features": features}})})
    # PNGs are compressed already, differ from each other, and need no smallest and largest one.
    return pq.ParquetWriter(sink, schema, compression="none", use_dictionary=False, write_statistics=["seed"])


def _group(sink: _Sink, writer: "pyarrow.parquet.ParquetWriter", rows: list[Row]) -> bytes:
    """Return the bytes of a row group."""
    import pyarrow as pa

    writer.write_batch(pa.RecordBatch.from_pylist(rows, schema=writer.schema))
    return sink.take()
