"""Reads tables of images: Parquet, as Hugging Face's `datasets` and `digitgan dataset` write it, and numpy's arrays.

Source: Hugging Face, "datasets", features Image and ClassLabel; numpy, "NEP 1: a simple file format for arrays".
"""

import io
import math
import re
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.documents import BadDocument, parse_json
from digitgan.contract.errors import NotInstalled
from digitgan.contract.limits import MIN_IMAGE_SIDE
from digitgan.contract.words import counted

from ..errors import DataRefused
from .classes import joined
from .idx import MOST_BYTES
from .parts import Part
from .pictures import PictureReader
from .trees import StoredFile, read_bytes, reading

MAGIC = b"PAR1"  # that Parquet files begin with

_IMAGES, _LABELS = ("image", "img"), ("label", "labels")  # names of columns
_BATCH = 1_024  # rows
_MOST_GROUP = 2**30  # bytes of a group of rows, unpacked
_MOST_FEATURES = 2**20  # bytes of the text in which Hugging Face's features are
_MOST_HEADER = 2**14  # bytes of an array's header
_SHARD = re.compile(r"^(.*?)-?(\d+)-of-(\d+)\.[^.]+$")


def check_shards(names: Sequence[str], place: str) -> None:
    """Raise DataRefused unless shards that count themselves, as in `train-00000-of-00003.parquet`, are all there."""
    sets: dict[tuple[str, int], set[int]] = {}
    for name in names:
        if match := _SHARD.match(name):
            sets.setdefault((match[1], int(match[3])), set()).add(int(match[2]))
    for (beginning, n), numbers in sets.items():
        if missing := n - len(numbers):
            raise DataRefused(f"{place}: {missing:,} of the {counted(n, 'shard')} of {beginning!r} are missing")


def read_parquet(
    files: Sequence[StoredFile], reader: PictureReader, names: tuple[str, ...] | None = None
) -> tuple[Part, tuple[str, ...] | None]:
    """Return the images of Parquet files, in their order, and the names of their classes, if the files have them.

    Args:
        files: to read.
        reader: of their pictures.
        names: of the classes in files that were read before.

    Raises:
        NotInstalled: pyarrow is missing.
        DataRefused: a file is damaged, has other columns, names the classes otherwise than the files before it, or a
            picture cannot be read.
    """
    if find_spec("pyarrow") is None:
        raise NotInstalled("a data set in Parquet files", "pyarrow", "parquet")
    parts = []
    for file in files:
        part, found = _read_file(file, reader)
        names = names or found
        if names and found and found != names:  # a label would mean two things
            pairs = zip_longest(found, names, fillvalue="missing")
            label, (here, before) = next((i, pair) for i, pair in enumerate(pairs) if len(set(pair)) > 1)
            raise DataRefused(f"{file.place}: names class {label} {here!r}, but the files before it name it {before!r}")
        parts.append(part)
    return joined(parts), names


def _read_file(file: StoredFile, reader: PictureReader) -> tuple[Part, tuple[str, ...] | None]:
    from pyarrow import parquet  # an extra

    images: list[NDArray[np.uint8]] = []
    labels: list[Any] = []
    with reading(file.place), file.open() as opened:
        table = parquet.ParquetFile(opened)
        about, schema = table.metadata, table.schema_arrow
        image, label = (_column(schema.names, allowed, file.place) for allowed in (_IMAGES, _LABELS))
        groups = [about.row_group(index) for index in range(about.num_row_groups)]
        if about.num_rows * MIN_IMAGE_SIDE**2 > MOST_BYTES or any(
            each.total_byte_size > _MOST_GROUP for each in groups
        ):
            raise DataRefused(f"{file.place}: states {about.num_rows:,} rows, which are more than fit into memory")
        for batch in table.iter_batches(_BATCH, columns=[image, label]):
            row = len(images)
            for each in batch.column(image).to_pylist():
                row += 1
                content = each.get("bytes") if isinstance(each, dict) else each
                if not isinstance(content, bytes):
                    raise DataRefused(f"{file.place}: row {row:,} contains no picture file")
                images.append(reader.decode(content, f"{file.place}, row {row:,}"))
            labels += batch.column(label).to_pylist()
        names = _names((schema.metadata or {}).get(b"huggingface", b""), label)
    if not images:
        raise DataRefused(f"{file.place}: contains no rows")
    if not all(type(each) is type(labels[0]) and isinstance(each, int | str) for each in labels):
        raise DataRefused(f"{file.place}: column {label!r} must have a whole number or a text in each row")
    return Part(np.stack(images), np.array(labels)), names


def _column(names: Sequence[str], allowed: tuple[str, ...], place: str) -> str:
    for name in allowed:
        if name in names:
            return name
    raise DataRefused(
        f"{place}: has the columns {', '.join(map(repr, names))}; a data set has a column {allowed[0]!r} (or "
        f"{allowed[1]!r}), which is missing"
    )


def _names(features: bytes, label: str) -> tuple[str, ...] | None:
    """Return the names that the feature ClassLabel has; None without them."""
    if not 0 < len(features) <= _MOST_FEATURES:
        return None
    try:
        value = parse_json(features)
        for key in ("info", "features", label, "names"):
            value = value[key]
    except (BadDocument, KeyError, TypeError, IndexError):
        return None
    if not isinstance(value, list) or value == list(map(str, range(len(value)))):
        return None
    return tuple(map(str, value))


def read_arrays(images: StoredFile, labels: StoredFile, reader: PictureReader) -> Part:
    """Return the images and labels of two numpy files.

    Args:
        images: uint8 (N, H, W), or (N, H, W, 3) in RGB.
        labels: whole numbers (N,).
        reader: of the images.

    Raises:
        DataRefused: a file is damaged, or its array has another shape or type.
    """
    pixels = _read_array(images, reader, "u", 1, "uint8, 0 for the ground to 255 for the ink")
    numbers = _read_array(labels, None, "iu", 8, "whole numbers")
    if len(pixels) != len(numbers):
        raise DataRefused(f"{labels.place}: {len(numbers):,} labels for {counted(len(pixels), 'image')}")
    return Part(reader.take(pixels, images.place), numbers)


def _read_array(
    file: StoredFile, reader: PictureReader | None, kinds: str, most_bytes: int, allowed: str
) -> NDArray[Any]:
    """Return the array in a file: images for the reader, or single values without one."""
    with reading(file.place), file.open() as opened:
        start = io.BytesIO(opened.read(_MOST_HEADER))  # numpy reads as much as a header states
        version = np.lib.format.read_magic(start)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_transposed, kind = read_header(start)
        if kind.kind not in kinds or kind.itemsize > most_bytes:
            raise DataRefused(f"{file.place}: has values of type {kind}; allowed are {allowed}")
        if reader and shape and shape[0] > 0:
            reader.check_shape(shape, file.place)
        elif reader or len(shape) != 1 or shape[0] < 1:
            spelled = " x ".join(map(str, shape)) or "a single value"
            raise DataRefused(f"{file.place}: {spelled}; allowed are {'N x H x W' if reader else 'N'}")
        n_bytes = math.prod(shape) * kind.itemsize
        if n_bytes > MOST_BYTES:
            raise DataRefused(f"{file.place}: states {n_bytes:,} bytes; at most {MOST_BYTES:,} are allowed")
        opened.seek(start.tell())
        content = read_bytes(opened, n_bytes + 1)
    if len(content) != n_bytes:
        raise DataRefused(
            f"{file.place}: states {n_bytes:,} bytes of values, but has {'fewer' if len(content) < n_bytes else 'more'}"
        )
    return np.frombuffer(content, kind).reshape(shape, order="F" if is_transposed else "C")
