"""A tiny data set other than MNIST, in the file formats that people have: bars whose positions are their classes."""

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

NAMES = ("low", "middle", "top")


def bars(n: int, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return n images of three classes in turn, uint8 (n, 28, 28), and their labels; each is a bar with random ends."""
    random = np.random.default_rng(seed)
    images, labels = np.zeros((n, 28, 28), np.uint8), np.arange(n) % 3
    for image, label in zip(images, labels, strict=True):
        top, left = 18 - 7 * label + random.integers(3), random.integers(2, 8)
        image[top : top + 4, left : 26 - random.integers(6)] = random.integers(180, 256)
    return images, labels.astype(np.uint8)


def write_idx(path: Path, array: NDArray[np.uint8]) -> None:
    """Write an IDX file, compressed if its name ends with .gz."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(header + array.tobytes()) if path.suffix == ".gz" else header + array.tobytes())


def write_idx_folder(folder: Path, n: int, n_test: int = 0, first_label: int = 0) -> None:
    """Write the bars in files named like MNIST's, those for training plain and those for tests compressed."""
    images, labels = bars(n)
    write_idx(folder / "train-images-idx3-ubyte", images)
    write_idx(folder / "train-labels-idx1-ubyte", labels + np.uint8(first_label))
    if n_test:
        images, labels = bars(n_test, seed=1)
        write_idx(folder / "t10k-images-idx3-ubyte.gz", images)
        write_idx(folder / "t10k-labels-idx1-ubyte.gz", labels + np.uint8(first_label))


def write_png_folder(folder: Path, n: int, part: str = "train") -> None:
    """Write the bars as PNGs, one folder per class."""
    for index, (image, label) in enumerate(zip(*bars(n), strict=True)):
        path = folder / part / NAMES[label] / f"{index:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
