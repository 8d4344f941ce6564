"""Where real images come from: MNIST's four files, found locally or downloaded, or a folder of other images.

MNIST is verified by the sha256 of the decoded files, because a local folder may hold them plain or compressed by any
gzip. Downloads are also verified by the sha256 of the published archives.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitgan.cli.messages import print_note

from .errors import DataRefused
from .images.about import check_names
from .images.folders import ALLOWED, holds_set, read_folder
from .images.idx import FILES, find, read_idx
from .images.pictures import Look, PictureReader

LICENCE = "CC BY-SA 3.0"
SAMPLE_FOLDER = Path(__file__).parent / "sample"

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
NAMES = tuple(_CONTENT)  # of data that are found without a folder
_MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
MNIST_SHA256 = "edc0d1098aa497be14ace79ddd5171e5a3dcf9c4d196c015389203eb3ba1f59b"  # `Dataset.sha256` of all of it
SAMPLE_SHA256 = "4a099e4bc2d884db8dfd26fce14efd1b1fa2ed54e8ca8a1cd1e239c79e5bd021"
_SOURCES = {
    "mnist": "The MNIST database of handwritten digits, Y. LeCun, C. Cortes and C. J. C. Burges, all of it",
    "sample": "The first 500 training and 100 test digits of each class of the MNIST database",
}


@dataclass(frozen=True)
class Dataset:
    """Real images in memory.

    Args:
        name: ``mnist``, ``sample``, or the name of a folder or a file, without its suffix.
        train_images: uint8 (N, H, W), 0 background, 255 ink; or (N, H, W, 3) in RGB.
        train_labels: uint8 (N,), 0..9 for digits; each class from 0 on occurs.
        test_images: uint8, M of the same shape.
        test_labels: uint8 (M,).
        licence: of the data.
        source: the authors, and which part of their data this is.
        class_names: in label order; None if classes are numbers.
    """

    name: str
    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]
    licence: str
    source: str
    class_names: tuple[str, ...] | None = None

    @property
    def n_classes(self) -> int:
        """The number of classes."""
        return int(self.train_labels.max()) + 1

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the images."""
        height, width = self.train_images.shape[1:3]
        return height, width

    @property
    def n_channels(self) -> int:
        """1 for grey images, 3 for RGB."""
        return 1 if self.train_images.ndim == 3 else 3

    @property
    def sha256(self) -> str:
        """The digest of the training images' bytes followed by the training labels' bytes."""
        digest = hashlib.sha256(self.train_images.tobytes())
        digest.update(self.train_labels.tobytes())
        return digest.hexdigest()


def load(name: str = "mnist", folder: Path | None = None, look: Look | None = None) -> Dataset:
    """Return a data set, verified.

    Args:
        name: ``mnist``, all of it; ``sample``, the balanced part that comes with this package; or the path of a
            folder, archive or file that `training.images.folders` can read; what was read, held out and passed over,
            and what looks wrong, is then told on stderr.
        folder: of the four files of ``mnist``, gzipped or not. Without it, ``MNIST_DIR`` names the folder; without
            that, the files are downloaded once into the user's cache. For a folder of images: where it is now, if it
            has moved.
        look: the size and the colours that images should have; None for their own size, in grey.

    Raises:
        DataRefused: there is no such data set, or a file is missing, damaged or not the expected one.
    """
    if name not in _CONTENT:
        return _load_folder(name, folder, look)
    if name == "sample":
        folder = SAMPLE_FOLDER
    elif folder is None:
        folder = Path(os.environ["MNIST_DIR"]) if os.environ.get("MNIST_DIR") else fetch()
    train_images, train_labels, test_images, test_labels = (
        read_idx(find(folder, file), sha256) for file, sha256 in zip(FILES, _CONTENT[name], strict=True)
    )
    reader = PictureReader(look)
    train_images, test_images = (reader.take(images, name) for images in (train_images, test_images))
    return Dataset(
        name=name,
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        licence=LICENCE,
        source=_SOURCES[name],
    )


def is_mnist(sha256: str) -> bool:
    """Return whether a data set with this `Dataset.sha256` is MNIST or its sample, whatever it is called."""
    return sha256 in (MNIST_SHA256, SAMPLE_SHA256)


def alike(sha256: str, other: str) -> bool:
    """Return whether two data sets, given by `Dataset.sha256`, are the same or both from MNIST."""
    return sha256 == other or (is_mnist(sha256) and is_mnist(other))


def _load_folder(name: str, folder: Path | None, look: Look | None) -> Dataset:
    path, beginning = folder or Path(name), f"{Path(name).name}-"
    if not path.exists():
        if not holds_set(path.parent, beginning):
            raise DataRefused(f"unknown data set {name!r}; available: {', '.join(_CONTENT)}, or {ALLOWED}")
        path = path.parent
    elif folder is None or not holds_set(path, beginning):
        beginning = ""
    own_name = Path(name).resolve().name
    if path.is_file():
        own_name = own_name.removesuffix(".gz").rpartition(".")[0] or own_name
    check_names([own_name], str(path))
    content = read_folder(path, beginning, look)
    for note in content.notes:
        print_note(note)
    return Dataset(
        name=own_name,
        train_images=content.train.images,
        train_labels=content.train.labels,
        test_images=content.test.images,
        test_labels=content.test.labels,
        licence=content.licence,
        source=content.source,
        class_names=content.class_names,
    )


def fetch() -> Path:
    """Return the cache folder with the four archives, after downloading the missing ones.

    Raises:
        DataRefused: no mirror served a file with the published checksum.
    """
    import pooch  # needed only for downloads

    folder = Path(pooch.os_cache("digitgan")) / "mnist"
    for file, sha256 in zip(FILES, _ARCHIVES, strict=True):
        errors = []
        for mirror in _MIRRORS:
            try:
                pooch.retrieve(f"{mirror}{file}.gz", f"sha256:{sha256}", fname=f"{file}.gz", path=folder)
                break
            except (OSError, ValueError) as error:  # errors of requests are OSErrors; a wrong checksum is a ValueError
                errors.append(f"{mirror}: {error}")
        else:
            raise DataRefused(
                f"{file}.gz could not be downloaded. Put the four files into a folder and name it with --data-dir or "
                f"MNIST_DIR, or train on --data sample. {'; '.join(errors)}"
            )
    return folder
