"""Reads the IDX format: unsigned bytes after a header that states their shape, plain or gzipped.

Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", for the format and the file names.
"""

import gzip
import hashlib
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.errors import DataRefused

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")

_UNSIGNED_BYTES = 0x08  # the third byte of an IDX file: the type of its elements; the fourth counts its dimensions


def read_idx(path: Path, sha256: str | None = None) -> NDArray[np.uint8]:
    """Return the array of an IDX file of unsigned bytes, in the shape that its header states.

    Args:
        path: the file, gzipped if its name ends in ``.gz``.
        sha256: the required digest of the decoded content, if any.

    Raises:
        DataRefused: the file is unreadable, too short or too long, or not the expected one.
    """
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataRefused(f"{path}: cannot be read: {error}") from error
    header = 4 + 4 * content[3] if len(content) >= 4 else 4
    if len(content) < header or content[:3] != bytes([0, 0, _UNSIGNED_BYTES]):
        raise DataRefused(f"{path}: not an IDX file of unsigned bytes")
    shape = tuple(np.frombuffer(content[4:header], ">u4").tolist())
    if len(content) != header + int(np.prod(shape)):
        raise DataRefused(
            f"{path}: its header states {' x '.join(map(str, shape))}, which makes {header + int(np.prod(shape)):,} "
            f"bytes, but it has {len(content):,}: it is truncated or not the expected file"
        )
    digest = hashlib.sha256(content).hexdigest()
    if sha256 is not None and digest != sha256:
        raise DataRefused(f"{path}: the decoded content has sha256 {digest}, but MNIST's is {sha256}")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


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
