"""Knows the IDX form: unsigned bytes behind a header that states their shape, plain or gzipped.

Does not know what the bytes mean, nor which files a data set should have.

Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", for the form and the names of the files.
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
        path: the file, gzipped where its name ends in ``.gz``.
        sha256: what the decoded content must hash to, if it must.

    Raises:
        DataRefused: the file cannot be read, is cut short or too long, or is another one.
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
            f"{path}: its header says {' x '.join(map(str, shape))}, which makes {header + int(np.prod(shape))} bytes, "
            f"but there are {len(content)}: truncated or not the file it should be"
        )
    digest = hashlib.sha256(content).hexdigest()
    if sha256 is not None and digest != sha256:
        raise DataRefused(f"{path}: sha256 of the decoded content is {digest}, but MNIST's is {sha256}: another file")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def holds(folder: Path, file: str) -> bool:
    """Return whether a file lies in a folder, plain or gzipped."""
    return any(path.is_file() for path in _places(folder, file))


def find(folder: Path, file: str) -> Path:
    """Return the path of a file that lies in a folder plain or gzipped.

    Raises:
        DataRefused: it does not.
    """
    for path in _places(folder, file):
        if path.is_file():
            return path
    raise DataRefused(f"{folder}: there is neither {file} nor {file}.gz in it")


def _places(folder: Path, file: str) -> tuple[Path, Path]:
    return folder / file, folder / f"{file}.gz"
