"""A data set as a Parquet file of fixed layout, whose columns Hugging Face's `datasets` reads as image and class.

No column is compressed, and each image is a PNG whose pixels are stored. So the offset of every row is known before any
image is made, which no encoder of general use can promise.

Source: Apache Parquet, "File Format" and parquet.thrift; Hugging Face, "datasets", features Image and ClassLabel.
"""

import struct
from collections.abc import AsyncIterator, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan
from digitgan.formats import thrift
from digitgan.formats.format import Piece
from digitgan.formats.layout import Column, FixedFile, computed_rows, label_rows
from digitgan.picture.job import Job
from digitgan.picture.provenance import DIGITAL_SOURCE_TYPE
from digitgan.png.stored import encode_stored, stored_size

_MAGIC = b"PAR1"
_WRITER = b"digitgan version 1.0.0"  # of this layout: another release must not change the bytes at an address
_LEAST_GROUP, _MOST_GROUPS = 1_000, 1_000

_INT64, _BYTE_ARRAY = 2, 6
_OPTIONAL = 1  # `datasets` ignores its features if the columns cannot be null
_UTF8 = 0  # a converted type
_PLAIN, _RLE = 0, 3
_UNCOMPRESSED = 0
_DATA_PAGE = 0
_INTEGER = np.dtype("<i8")
_LENGTH = struct.Struct("<I")  # before the bytes of each image


class _Leaf(NamedTuple):
    """A column of values: their type, their names from the outermost on, the bytes of a row, 0 if all are null."""

    kind: int
    path: tuple[str, ...]
    row_bytes: int


_FILE_NAME = _Leaf(_BYTE_ARRAY, ("image", "path"), 0)  # a column that the feature Image has
_LABEL, _SEED = (_Leaf(_INT64, (name,), _INTEGER.itemsize) for name in ("label", "seed"))


async def stream(job: Job, chunks: AsyncIterator[Generated]) -> AsyncIterator[Piece]:
    """Yield the whole file."""
    async for piece in file_of(job.plan, job.card, job.picture.metadata).stream(job, chunks):
        yield piece


def size(job: Job) -> int:
    """Return the bytes of the whole file."""
    return file_of(job.plan, job.card, job.picture.metadata).size


def file_of(plan: Plan, card: Card, is_marked: bool) -> FixedFile:
    """Return the file of a data set: columns image, label and, where each is known, seed.

    Args:
        plan: the images of a data set, whose seeds follow each other.
        card: card of the model version.
        is_marked: whether the file says that its images are generated.
    """
    n, first_seed = len(plan), plan.source.seed(0)
    seeds = None if first_seed is None or plan.selection else range(first_seed, first_seed + n)
    leaves = _leaves(card, with_seeds=seeds is not None)
    image, file_name, label, *_ = (partial(_page_head, leaf) for leaf in leaves)
    columns = [
        Column(row_bytes=leaves[0].row_bytes, head=image, draw=_images),
        Column(row_bytes=0, head=file_name),
        label_rows(plan, np.int64, label),
    ]
    if seeds is not None:
        columns.append(computed_rows(_INTEGER, partial(_part, seeds), partial(_page_head, _SEED)))
    group = max(_LEAST_GROUP, -(-n // (_MOST_GROUPS * _LEAST_GROUP)) * _LEAST_GROUP)
    names = card.names or tuple(map(str, range(card.n_classes)))
    end = _end(n, group, leaves, names, seeds, is_marked=is_marked)
    return FixedFile(n, columns, start=_MAGIC, end=end, group=group)


def _part(seeds: range, rows: range) -> NDArray[np.int64]:
    part = seeds[rows.start : rows.stop]
    return np.arange(part.start, part.stop)


def _leaves(card: Card, *, with_seeds: bool) -> tuple[_Leaf, ...]:
    row_bytes = _LENGTH.size + stored_size(card.image_height, card.image_width, card.image_channels)
    return (_Leaf(_BYTE_ARRAY, ("image", "bytes"), row_bytes), _FILE_NAME, _LABEL, *([_SEED] if with_seeds else []))


def _images(_: Job, generated: Generated) -> Piece:
    files = encode_stored(generated.images.pixels)
    rows = np.empty((len(files), _LENGTH.size + files.shape[1]), np.uint8)
    rows[:, : _LENGTH.size] = np.frombuffer(_LENGTH.pack(files.shape[1]), np.uint8)
    rows[:, _LENGTH.size :] = files
    return rows.data.cast("B")


@lru_cache(maxsize=1024)
def _page_head(leaf: _Leaf, n: int) -> bytes:
    """Return what precedes the values of a group of n rows: they are one page, which says which of them are null."""
    level = len(leaf.path) if leaf.row_bytes else len(leaf.path) - 1
    run = thrift.varint(n << 1) + bytes([level])
    levels = _LENGTH.pack(len(run)) + run
    size = len(levels) + n * leaf.row_bytes
    page = (thrift.i32(1, n), thrift.i32(2, _PLAIN), thrift.i32(3, _RLE), thrift.i32(4, _RLE))
    head = (thrift.i32(1, _DATA_PAGE), thrift.i32(2, size), thrift.i32(3, size))
    return thrift.struct(*head, thrift.nested(5, thrift.struct(*page))) + levels


@lru_cache(maxsize=8)  # of a million images, each takes a quarter of a megabyte
def _end(
    n: int, group: int, leaves: tuple[_Leaf, ...], names: tuple[str, ...], seeds: range | None, *, is_marked: bool
) -> bytes:
    """Return the metadata, which stand at the end.

    Args:
        n: number of images.
        group: rows in each group but the last.
        leaves: the columns.
        names: those of the classes, by label.
        seeds: those of the images; None for a file without them.
        is_marked: whether the file says that its images are generated.
    """
    groups, offset = [], len(_MAGIC)
    for first in range(0, n, group):
        rows, start, chunks = min(group, n - first), offset, []
        for leaf in leaves:
            values = seeds[first : first + rows] if seeds and leaf is _SEED else None
            size = len(_page_head(leaf, rows)) + rows * leaf.row_bytes
            chunks.append(_column_chunk(leaf, rows, size, offset, values))
            offset += size
        total, chunk_list = offset - start, thrift.listed(1, thrift.STRUCT, chunks)
        sizes = (thrift.i64(2, total), thrift.i64(3, rows), thrift.i64(5, start), thrift.i64(6, total))
        groups.append(thrift.struct(chunk_list, *sizes))
    facts = {"huggingface": orjson.dumps({"info": {"features": _features(names, leaves)}})}
    if is_marked:
        facts["digital_source_type"] = DIGITAL_SOURCE_TYPE.encode()
    pairs = [thrift.struct(thrift.binary(1, key.encode()), thrift.binary(2, value)) for key, value in facts.items()]
    orders = [thrift.struct(thrift.nested(1, thrift.struct()))] * len(leaves)
    metadata = thrift.struct(
        thrift.i32(1, 1),
        thrift.listed(2, thrift.STRUCT, _schema(leaves)),
        thrift.i64(3, n),
        thrift.listed(4, thrift.STRUCT, groups),
        thrift.listed(5, thrift.STRUCT, pairs),
        thrift.binary(6, _WRITER),
        thrift.listed(7, thrift.STRUCT, orders),
    )
    return metadata + _LENGTH.pack(len(metadata)) + _MAGIC


def _column_chunk(leaf: _Leaf, n: int, size: int, offset: int, values: range | None) -> bytes:
    """Return the metadata of a column in a group of n rows; values that follow each other are found by their bounds."""
    fields = [
        thrift.i32(1, leaf.kind),
        thrift.listed(2, thrift.I32, [thrift.integer(_PLAIN), thrift.integer(_RLE)]),
        thrift.listed(3, thrift.BINARY, [*map(thrift.text, leaf.path)]),
        thrift.i32(4, _UNCOMPRESSED),
        thrift.i64(5, n),
        thrift.i64(6, size),
        thrift.i64(7, size),
        thrift.i64(9, offset),
    ]
    if values is not None:
        least, greatest = (struct.pack("<q", each) for each in (values[0], values[-1]))
        bounds = (thrift.i64(3, 0), thrift.binary(5, greatest), thrift.binary(6, least))  # and how many are null
        fields.append(thrift.nested(12, thrift.struct(*bounds)))
    return thrift.struct(thrift.i64(2, offset), thrift.nested(3, thrift.struct(*fields)))


def _schema(leaves: Sequence[_Leaf]) -> list[bytes]:
    """Return the elements of the schema, a group before what it contains."""
    optional, names = thrift.i32(3, _OPTIONAL), [*dict.fromkeys(leaf.path[0] for leaf in leaves)]
    elements = [thrift.struct(thrift.binary(4, b"schema"), thrift.i32(5, len(names)))]
    for name in names:
        members = [leaf for leaf in leaves if leaf.path[0] == name]
        if len(members) > 1:
            elements.append(thrift.struct(optional, thrift.binary(4, name.encode()), thrift.i32(5, len(members))))
        for leaf in members:
            fields = [thrift.i32(1, leaf.kind), optional, thrift.binary(4, leaf.path[-1].encode())]
            elements.append(thrift.struct(*fields, *([thrift.i32(6, _UTF8)] if leaf is _FILE_NAME else [])))
    return elements


def _features(names: tuple[str, ...], leaves: Sequence[_Leaf]) -> dict[str, object]:
    """Return what Hugging Face's `datasets` makes of the columns."""
    features: dict[str, object] = {
        "image": {"_type": "Image"},
        "label": {"_type": "ClassLabel", "names": names},
        "seed": {"_type": "Value", "dtype": "int64"},
    }
    return {leaf.path[0]: features[leaf.path[0]] for leaf in leaves}
