"""Knows where the digits come from: four IDX files, found or fetched, verified, decoded into memory.

Does not know batches (`training.stream`), networks or runs.

A local folder may hold the files plain or gzipped by any gzip, so what is checked is the sha256 of the decoded
content. What is fetched is checked as it arrives as well, by the sha256 of the published archive.

Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", for the files and the IDX form.
"""

import gzip
import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.errors import DataRefused

LICENCE = "CC BY-SA 3.0"
SAMPLE_FOLDER = Path(__file__).parent / "sample"
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")

# sha256 of the decoded files, in the order of FILES.
_CONTENT = {
    "mnist": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    "sample": (
        "36cb395b94762f0009909e61c7df0bc6d23da1b3e0251f38b10b10501b652034",
        "6bf07e4d2b09bd66291b74f06f4d0e8c9f34e62ddcb50269a3126f861d1e7d68",
        "b97c8bfeb834d8e7999eaa2d69239abe06653dc09c1e5d7eb0c974c5965bc6a9",
        "41cf2f530031915ba9fbb241407c369dba1acd7515053edff48cebeee8b260f4",
    ),
}
# sha256 of the archives as the mirrors serve them, in the order of FILES.
_ARCHIVES = (
    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
)
_MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
_SOURCES = {
    "mnist": "The MNIST database of handwritten digits, Y. LeCun, C. Cortes and C. J. C. Burges, all of it",
    "sample": "The first 500 training and 100 test digits of each class of the MNIST database",
}
_UNSIGNED_BYTES = 0x08  # the third byte of an IDX file: the type of its elements; the fourth counts its dimensions


@dataclass(frozen=True)
class Dataset:
    """Digits in memory.

    Args:
        name: ``mnist`` or ``sample``.
        train_images: uint8 (N, 28, 28), 0 background, 255 ink.
        train_labels: uint8 (N,), 0..9.
        test_images: uint8 (M, 28, 28).
        test_labels: uint8 (M,).
        licence: of the data.
        source: the data's authors and which part of it this is.
    """

    name: str
    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]
    licence: str
    source: str

    @property
    def sha256(self) -> str:
        """The digest of the training images' bytes followed by the training labels'."""
        digest = hashlib.sha256(self.train_images.tobytes())
        digest.update(self.train_labels.tobytes())
        return digest.hexdigest()


def load(name: str = "mnist", folder: Path | None = None) -> Dataset:
    """Return a data set, verified.

    Args:
        name: ``mnist``, all of it; or ``sample``, the balanced part that comes with this package.
        folder: where the four files of ``mnist`` lie, gzipped or not; without it ``MNIST_DIR`` names the folder, and
            without that they are fetched once into the user's cache.

    Raises:
        DataRefused: there is no such data set, or a file is missing, damaged or another one.
    """
    if name not in _CONTENT:
        raise DataRefused(f"there is no data set {name!r}; there are {', '.join(_CONTENT)}")
    if name == "sample":
        folder = SAMPLE_FOLDER
    elif folder is None:
        folder = Path(os.environ["MNIST_DIR"]) if os.environ.get("MNIST_DIR") else fetch()
    train_images, train_labels, test_images, test_labels = (
        read_idx(_find(folder, file), sha256) for file, sha256 in zip(FILES, _CONTENT[name], strict=True)
    )
    return Dataset(
        name=name,
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        licence=LICENCE,
        source=_SOURCES[name],
    )


def fetch() -> Path:
    """Return the cache folder with the four archives, after fetching those that are not there yet.

    Raises:
        DataRefused: no mirror gave a file with the published checksum.
    """
    import pooch  # only those who fetch need it

    folder = Path(pooch.os_cache("digitgan")) / "mnist"
    for file, sha256 in zip(FILES, _ARCHIVES, strict=True):
        faults = []
        for mirror in _MIRRORS:
            try:
                pooch.retrieve(f"{mirror}{file}.gz", f"sha256:{sha256}", fname=f"{file}.gz", path=folder)
                break
            except (OSError, ValueError) as error:  # requests' errors are OSErrors; a wrong checksum is a ValueError
                faults.append(f"{mirror}: {error}")
        else:
            raise DataRefused(
                f"{file}.gz could not be fetched. Put the four files into a folder and name it with --data-dir or "
                f"MNIST_DIR, or train on --data sample. {'; '.join(faults)}"
            )
    return folder


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


def first_of_each_class(labels: NDArray[np.uint8], per_class: int) -> NDArray[np.intp]:
    """Return the indices of the first ``per_class`` images of each class, ascending: balanced and deterministic."""
    return np.sort(np.concatenate([np.flatnonzero(labels == label)[:per_class] for label in np.unique(labels)]))


def _find(folder: Path, file: str) -> Path:
    """Return the path of a file that lies in a folder plain or gzipped."""
    for path in (folder / file, folder / f"{file}.gz"):
        if path.is_file():
            return path
    raise DataRefused(f"{folder}: there is neither {file} nor {file}.gz in it")
