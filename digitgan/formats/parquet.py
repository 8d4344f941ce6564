"""A data set as a Parquet file, whose columns Hugging Face's `datasets` reads as image and class.

pyarrow encodes it. pyarrow is an extra of this package, and is loaded when a data set first needs it.
"""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import orjson

from digitgan.engine.engine import Generated
from digitgan.formats.items import Item, items_aside
from digitgan.picture.job import Job

if TYPE_CHECKING:
    import pyarrow.parquet


async def stream(job: Job, chunks: AsyncIterator[Generated]) -> AsyncIterator[bytes]:
    """Yield one Parquet file of columns image, label and seed; each chunk is a row group.

    Source: Hugging Face, "datasets", features Image (a struct of bytes and path) and ClassLabel, as its metadata.
    """
    sink = _Sink()
    writer = await asyncio.to_thread(_open, sink, job)
    async for generated in chunks:
        writer.write_batch(_batch(await items_aside(job, generated), writer.schema))  # no other copy stays in memory
        yield sink.take()
    writer.close()
    yield sink.take()


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


def _open(sink: _Sink, job: Job) -> "pyarrow.parquet.ParquetWriter":
    """Return a writer; slow the first time, when pyarrow is loaded."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [str(label) for label in range(job.card.n_classes)]
    features = {
        "image": {"_type": "Image"},
        "label": {"_type": "ClassLabel", "names": names},
        "seed": {"_type": "Value", "dtype": "int64"},
    }
    schema = pa.schema(
        [
            pa.field("image", pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])),
            pa.field("label", pa.int64()),
            pa.field("seed", pa.int64()),
        ],
        metadata={"huggingface": orjson.dumps({"info": {"features": features}})},
    )
    return pq.ParquetWriter(sink, schema, compression="none")  # PNGs are compressed already


def _batch(items: list[Item], schema: "pyarrow.Schema") -> "pyarrow.RecordBatch":
    import pyarrow as pa

    kind = schema.field("image").type
    files = pa.array([item.png for item in items], kind.field("bytes").type)
    paths = pa.array([f"{item.record['seed']}.png" for item in items], kind.field("path").type)
    images = pa.StructArray.from_arrays([files, paths], fields=list(kind))
    labels, seeds = (pa.array([item.record[name] for item in items], pa.int64()) for name in ("label", "seed"))
    return pa.record_batch([images, labels, seeds], schema)
