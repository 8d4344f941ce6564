"""Reads the IDX format: unsigned bytes after a header that states their shape, plain or gzipped.

Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", for the format and the file names.
"""

import gzip
import hashlib
import math
import zlib
from io import BufferedReader
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DataRefused

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")

MOST_BYTES = 2**30  # of one file, unpacked: 1.3 million images, twice the largest published set in this format

_UNSIGNED_BYTES = 0x08  # the third byte of an IDX file: the type of its elements; the fourth counts its dimensions
_MOST_DIMENSIONS = 32  # that every numpy has


def read_idx(path: Path, sha256: str | None = None) -> NDArray[np.uint8]:
    """Return the array of an IDX file of unsigned bytes, in the shape that its header states.

    Args:
        path: the file, gzipped if its name ends in ``.gz``.
        sha256: the required digest of the decoded content, if any.

    Raises:
        DataRefused: the file is unreadable, too short or too long, or not the expected one.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            header, shape = _read_header(file, path)
            n_bytes = math.prod(shape)  # of any size, since the header may state anything
            stated = f"its header states {' x '.join(map(str, shape))}, which makes {len(header) + n_bytes:,} bytes"
            if n_bytes > MOST_BYTES:
                raise DataRefused(f"{path}: {stated}; at most {MOST_BYTES:,} are allowed")
            content = file.read(n_bytes + 1)  # so a file that unpacks to more costs no more
    except (OSError, EOFError, zlib.error) as error:
        raise DataRefused(f"{path}: cannot be read: {error}") from error
    if len(content) != n_bytes:
        length = f"{len(header) + len(content):,}" if len(content) < n_bytes else "more"
        raise DataRefused(f"{path}: {stated}, but it has {length}: it is truncated or not the expected file")
    if sha256 is not None:
        digest = hashlib.sha256(header + content).hexdigest()
        if digest != sha256:
            raise DataRefused(f"{path}: the decoded content has sha256 {digest}, but MNIST's is {sha256}")
    return np.frombuffer(content, np.uint8).reshape(shape)


def _read_header(file: gzip.GzipFile | BufferedReader, path: Path) -> tuple[bytes, tuple[int, ...]]:
    """Return the header of an IDX file and the shape that it states."""
    start = file.read(4)
    if start[:3] == bytes([0, 0, _UNSIGNED_BYTES]) and 1 <= start[-1] <= _MOST_DIMENSIONS and len(start) == 4:
        sides = file.read(4 * start[3])
        if len(sides) == 4 * start[3]:
            return start + sides, tuple(np.frombuffer(sides, ">u4").tolist())
    raise DataRefused(f"{path}: not an IDX file of unsigned bytes")


def holds(folder: Path, file: str) -> bool:
    """Return whether a folder contains a file, plain or gzipped."""
    return any(path.is_file() for path in _places(folder, file))


def find(folder: Path, file: str) -> Path:
    """Return the path of a file in a folder, plain or gzipped.

    Raises:
        DataRefused: the folder does not contain it.
    """
    for path in _places(folder, file):
        if path.is_file():
            return path
    raise DataRefused(f"{folder}: contains neither {file} nor {file}.gz")


def _places(folder: Path, file: str) -> tuple[Path, Path]:
    return folder / file, folder / f"{file}.gz"
