"""Reads a folder of any images: in IDX form under MNIST's file names, or PNGs by class.

    FOLDER/train-images-idx3-ubyte   and train-labels-idx1-ubyte, plain or gzipped; t10k-... if there are test images
    FOLDER/train/CLASS/*.png         and test/CLASS/*.png if there are test images
    FOLDER/dataset.json              optional: licence, source and, for IDX files, class_names

The second layout is that of torchvision's ImageFolder; classes are numbered in the order of their names. Without a test
part, every seventh image of each class is held out for tests, the share that MNIST has. It is always the same images.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict

from digitgan.contract.class_names import check_names
from digitgan.contract.documents import BadDocument, Shape, read_json

from ..errors import DataRefused
from .idx import FILES, find, holds, read_idx

SIDE = 28
MOST_CLASSES = 256  # a label is a byte
ABOUT_FILE = "dataset.json"

_HELD_OUT = 7  # one image in seven
_SHAPE = Shape(n_bytes=2**20, n_lists=2**10, n_objects=2**10, n_items=2**12)  # enough for 256 names and long texts
_DAMAGES = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)  # that Pillow raises for a damaged file
_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")  # eight bits per channel, so that greys are not clipped


class About(BaseModel):
    """Facts about a folder that its images do not contain."""

    model_config = ConfigDict(extra="forbid")

    licence: str = "not stated"
    source: str = "not stated"
    class_names: list[str] | None = None


@dataclass(frozen=True)
class Part:
    """Images with their labels: uint8 (N, 28, 28) and uint8 (N,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


@dataclass(frozen=True)
class Content:
    """The images of a folder and facts about them.

    Args:
        train: labels 0..C - 1, each at least once.
        test: the same classes.
        class_names: in label order; None if the folder does not name them.
        licence: of the data.
        source: where the data come from, and how the test part was made.
    """

    train: Part
    test: Part
    class_names: tuple[str, ...] | None
    licence: str
    source: str


def read_folder(folder: Path) -> Content:
    """Return the images of a folder.

    Raises:
        DataRefused: the folder has neither layout, or a file in it is not allowed; the message says which, and what is
            allowed.
    """
    about = _read_about(folder)
    names: tuple[str, ...] | None
    if (folder / "train").is_dir():
        train, test, names = _read_pngs(folder, about)
    elif holds(folder, FILES[0]):
        train, test, names = _read_idx_files(folder, about)
    else:
        raise DataRefused(
            f"{folder}: contains no images; allowed are files in IDX form ({FILES[0]} and so on, plain or gzipped), or "
            "PNGs in train/CLASS/*.png"
        )
    try:
        check_names(names or ())
    except ValueError as error:
        raise DataRefused(f"{folder}: {error}") from None
    source = about.source
    if test is None:
        train, test = _hold_out(train, folder)
        source += f"; one image of {_HELD_OUT} of each class held out for tests"
    return Content(train, test, names, about.licence, source)


def _read_about(folder: Path) -> About:
    path = folder / ABOUT_FILE
    try:
        return read_json(path, About, _SHAPE)
    except FileNotFoundError:
        return About()
    except OSError as error:
        raise DataRefused(f"{path}: cannot be read: {error.strerror}") from error
    except BadDocument as error:
        raise DataRefused(f"{path}: {error}; allowed are {', '.join(About.model_fields)}") from error


def _read_idx_files(folder: Path, about: About) -> tuple[Part, Part | None, tuple[str, ...] | None]:
    """Return the parts with their labels numbered from 0, and the classes' names.

    Labels may start anywhere and have gaps, as in EMNIST's letters (1 to 26): the i-th label that occurs is class i.
    """
    train = _read_part(folder, *FILES[:2])
    test = _read_part(folder, *FILES[2:]) if holds(folder, FILES[2]) or holds(folder, FILES[3]) else None
    values = np.unique(train.labels)
    names = tuple(about.class_names) if about.class_names else None
    if names is None and not np.array_equal(values, np.arange(len(values))):
        names = tuple(map(str, values.tolist()))
    if names and len(names) != len(values):
        raise DataRefused(f"{folder / ABOUT_FILE}: {len(names)} class_names, but the labels have {len(values)} values")
    if test is not None and not np.isin(test.labels, values).all():
        strange = np.setdiff1d(test.labels, values)
        raise DataRefused(f"{folder / FILES[3]}: label {strange[0]} does not occur in {FILES[1]}")
    return _numbered(train, values), test and _numbered(test, values), names


def _read_part(folder: Path, images_file: str, labels_file: str) -> Part:
    images, labels = read_idx(find(folder, images_file)), read_idx(find(folder, labels_file))
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE) or not len(images):
        shape = " x ".join(map(str, images.shape))
        raise DataRefused(f"{folder / images_file}: {shape}; allowed are N x {SIDE} x {SIDE}: resize the images first")
    if labels.shape != (len(images),):
        shape = " x ".join(map(str, labels.shape))
        raise DataRefused(f"{folder / labels_file}: {shape} labels for {len(images)} images")
    return Part(images, labels)


def _numbered(part: Part, values: NDArray[np.uint8]) -> Part:
    return Part(part.images, np.searchsorted(values, part.labels).astype(np.uint8))


def _read_pngs(folder: Path, about: About) -> tuple[Part, Part | None, tuple[str, ...]]:
    if about.class_names:
        raise DataRefused(
            f"{folder / ABOUT_FILE}: class_names is not allowed; the folders in {folder / 'train'} name the classes"
        )
    names = _class_names(folder / "train")
    if not 1 <= len(names) <= MOST_CLASSES:
        raise DataRefused(f"{folder / 'train'}: {len(names):,} class folders; allowed are 1 to {MOST_CLASSES}")
    test = None
    if (folder / "test").is_dir():
        if strange := sorted(set(_class_names(folder / "test")) - set(names)):
            raise DataRefused(f"{folder / 'test' / strange[0]}: {folder / 'train'} has no class of that name")
        test = _read_classes(folder / "test", [name for name in names if (folder / "test" / name).is_dir()], names)
    return _read_classes(folder / "train", names, names), test, tuple(names)


def _class_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _read_classes(folder: Path, present: list[str], names: list[str]) -> Part:
    """Return the images in a fixed shuffled order, so that the first ones are representative."""
    images, labels = [], []
    for name in present:
        paths = sorted(path for path in (folder / name).iterdir() if path.suffix.lower() == ".png")
        if not paths:
            raise DataRefused(f"{folder / name}: contains no PNG")
        images += [_read_png(path) for path in paths]
        labels += [names.index(name)] * len(paths)
    if not images:
        raise DataRefused(f"{folder}: contains no PNG")
    order = np.random.default_rng(0).permutation(len(images))
    return Part(np.stack(images)[order], np.array(labels, np.uint8)[order])


def _read_png(path: Path) -> NDArray[np.uint8]:
    """Return a picture as grey levels, uint8 (28, 28); transparent pixels become background."""
    try:
        with Image.open(path, formats=["PNG"]) as picture:
            if picture.size != (SIDE, SIDE):
                raise DataRefused(
                    f"{path}: {picture.width} x {picture.height} pixels; allowed are {SIDE} x {SIDE}. ImageMagick "
                    f"resizes a folder: mogrify -resize '{SIDE}x{SIDE}!' -colorspace gray train/*/*.png"
                )
            if picture.mode not in _MODES:
                raise DataRefused(f"{path}: {picture.mode} pixels; allowed are eight bits per channel")
            if not picture.has_transparency_data:
                return np.asarray(picture.convert("L"))
            ground = Image.new("RGBA", picture.size, "black")
            return np.asarray(Image.alpha_composite(ground, picture.convert("RGBA")).convert("L"))
    except _DAMAGES as error:
        raise DataRefused(f"{path}: cannot be read: {error}") from error


def _hold_out(everything: Part, folder: Path) -> tuple[Part, Part]:
    """Return the images in their order without every seventh of each class, and those held out."""
    is_held = np.zeros(len(everything.labels), bool)
    for label in np.unique(everything.labels):
        is_held[np.flatnonzero(everything.labels == label)[_HELD_OUT - 1 :: _HELD_OUT]] = True
    if not is_held.any():
        raise DataRefused(
            f"{folder}: no test images, and no class has the {_HELD_OUT} images that are needed to hold one out"
        )
    return (
        Part(everything.images[~is_held], everything.labels[~is_held]),
        Part(everything.images[is_held], everything.labels[is_held]),
    )
