"""Reads the IDX format: unsigned bytes after a header that states their shape, plain or gzipped.

Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", for the format and the file names.
"""

import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from ..errors import DataRefused
from .trees import StoredFile, read_bytes, reading, unpacked

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")

MOST_BYTES = 2**30  # of the pixels of a data set: 1.3 million images of 28 x 28, 5,461 of 256 x 256 in RGB

_UNSIGNED_BYTES = 0x08  # the third byte of an IDX file: the type of its elements; the fourth counts its dimensions
_MOST_DIMENSIONS = 32  # that every numpy has


def read_idx(
    source: Path | StoredFile,
    sha256: str | None = None,
    n_dimensions: int | None = None,
    check: Callable[[tuple[int, ...], str], None] | None = None,
) -> NDArray[np.uint8]:
    """Return the array of an IDX file of unsigned bytes, in the shape that its header states.

    Args:
        source: the file, gzipped or not; its content says which.
        sha256: the required digest of the decoded content, if any.
        n_dimensions: that the array must have, if any: 3 for images and 1 for labels.
        check: is called with the shape and the place before the content is read, and may refuse it.

    Raises:
        DataRefused: the file is unreadable, too short or too long, has another shape, or is not the expected one.
    """
    file = source if isinstance(source, StoredFile) else StoredFile.at(source)
    path = file.place
    with reading(path), file.open() as packed, unpacked(packed) as content:
        header, shape = _read_header(content, path)
        n_bytes = math.prod(shape)  # of any size, since the header may state anything
        stated = f"its header states {_spell(shape)}, which makes {len(header) + n_bytes:,} bytes"
        if n_bytes > MOST_BYTES:
            raise DataRefused(f"{path}: {stated}; at most {MOST_BYTES:,} are allowed")
        if n_dimensions is not None and len(shape) != n_dimensions:
            allowed = _spell(("N", "H", "W")[:n_dimensions])
            raise DataRefused(f"{path}: {_spell(shape)}; allowed are {allowed}")
        if check and shape[0]:
            check(shape, path)
        body = read_bytes(content, n_bytes + 1)  # so a file that unpacks to more costs no more
    if len(body) != n_bytes:
        length = f"{len(header) + len(body):,}" if len(body) < n_bytes else "more"
        raise DataRefused(f"{path}: {stated}, but it has {length}: it is truncated or not the expected file")
    if sha256 is not None:
        digest = hashlib.sha256(header)
        digest.update(body)
        if digest.hexdigest() != sha256:
            raise DataRefused(f"{path}: the decoded content has sha256 {digest.hexdigest()}, but MNIST's is {sha256}")
    return np.frombuffer(body, np.uint8).reshape(shape)


def find(folder: Path, file: str) -> Path:
    """Return the path of a file in a folder, plain or gzipped.

    Raises:
        DataRefused: the folder does not contain it.
    """
    for path in (folder / file, folder / f"{file}.gz"):
        if path.is_file():
            return path
    raise DataRefused(f"{folder}: contains neither {file} nor {file}.gz")


def _read_header(file: IO[bytes], path: str) -> tuple[bytes, tuple[int, ...]]:
    """Return the header of an IDX file and the shape that it states."""
    start = file.read(4)
    if start[:3] == bytes([0, 0, _UNSIGNED_BYTES]) and 1 <= start[-1] <= _MOST_DIMENSIONS and len(start) == 4:
        sides = file.read(4 * start[3])
        if len(sides) == 4 * start[3]:
            return start + sides, tuple(np.frombuffer(sides, ">u4").tolist())
    raise DataRefused(f"{path}: not an IDX file of unsigned bytes")


def _spell(shape: tuple[int | str, ...]) -> str:
    return " x ".join(map(str, shape))
