"""Reads pictures by class: a folder for each class, as torchvision's ImageFolder has them, or WebDataset.

Source: torchvision, "ImageFolder" and "find_classes"; webdataset, "The WebDataset format": files of one sample have one
name up to the first dot, and its class is in the file that ends with `.cls`.
"""

from pathlib import Path
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from ..errors import DataRefused
from .about import check_names
from .parts import MOST_CLASSES, Found, Ledger, Part, split
from .pictures import KINDS, SUFFIXES, PictureReader, is_picture
from .trees import FileTree, StoredFile, opened_archive

TRAIN = "train"

_MOST_LABEL = 100  # bytes of the file of a label
_SYSTEM_FILES = frozenset(("thumbs.db", "desktop.ini"))


def is_hidden(name: str) -> bool:
    """Return whether a file or folder belongs to a system and not to the data, such as `._1.png` and `__MACOSX`."""
    return name.startswith(".") or name == "__MACOSX" or name.lower() in _SYSTEM_FILES


def read_parts(tree: FileTree, ledger: Ledger, reader: PictureReader) -> Found:
    """Return the pictures of a folder that contains `train/CLASS` and perhaps `test/CLASS` or `val/CLASS`.

    Raises:
        DataRefused: a folder has no pictures or an impossible name, or a picture cannot be read.
    """
    others = [name for name in tree.folders() if name != TRAIN and not is_hidden(name)]
    extra, tests = split(others, ledger)
    for name in extra:
        ledger.pass_over(f"{name}/", f"beside {TRAIN}/")
    names = _class_names(tree, TRAIN)
    test = None
    if tests:
        part, *more = tests
        for name in more:
            ledger.pass_over(f"{name}/", f"beside {part}/")
        present = _visible(tree, part)
        if strange := sorted(set(present) - set(names)):
            raise DataRefused(f"{tree.path(part, strange[0])}: {tree.path(TRAIN)} has no class of that name")
        test = _read_folders(tree, (part,), present, names, ledger, reader)
    train = _read_folders(tree, (TRAIN,), names, names, ledger, reader)
    facts = (f"tests are the images in {tests[0]}/",) if tests and tests[0] != "test" else ()
    return Found(train, test, _unescaped(names), is_named_by_folders=True, facts=facts)


def read_classes(tree: FileTree, ledger: Ledger, reader: PictureReader) -> Found:
    """Return the pictures of a folder that contains a folder for each class.

    Raises:
        DataRefused: it has fewer than two such folders, one has no pictures, or a picture cannot be read.
    """
    names = _class_names(tree)
    if several := [name for name in names if TRAIN in tree.folders(name)]:
        raise DataRefused(f"{tree.path()}: contains other data sets; name one of them, such as {tree.path(several[0])}")
    if len(names) < 2:
        raise DataRefused(
            f"{tree.path()}: contains only one folder, {names[0]!r}; a data set has a folder for each of at least two "
            f"classes, or {TRAIN}/CLASS"
        )
    train = _read_folders(tree, (), names, names, ledger, reader)
    return Found(train, None, _unescaped(names), is_named_by_folders=True)


def has_samples(tree: FileTree) -> bool:
    """Return whether an archive contains samples with classes, as WebDataset has them."""
    return any(file.name.endswith(".cls") for file in tree.walk())


def read_archived(path: Path, ledger: Ledger, reader: PictureReader) -> Part:
    """Return the samples of a tar archive; see `read_samples`."""
    with opened_archive(path) as tree:
        part = read_samples(tree, ledger, reader)
        ledger.pass_over_irregular(tree.irregular)
        return part


def joined(parts: list[Part]) -> Part:
    """Return the images of several parts in one; a label is a text if one is in any of them."""
    return Part(np.concatenate([part.images for part in parts]), np.concatenate([part.labels for part in parts]))


def read_samples(tree: FileTree, ledger: Ledger, reader: PictureReader) -> Part:
    """Return the samples of an archive, in its order.

    Raises:
        DataRefused: a sample has no class or two pictures, or a file cannot be read.
    """
    images: dict[str, NDArray[np.uint8]] = {}
    labels: dict[str, str] = {}
    for file in tree.walk():
        name, shown = file.name, "/".join(file.parts)
        stem, _, suffix = name.partition(".")
        key = "/".join((*file.parts[:-1], stem))
        if any(map(is_hidden, file.parts)):
            ledger.pass_over(shown, "hidden")
        elif suffix.lower() == "cls":
            labels[key] = _label(file)
        elif f".{suffix.lower()}" not in SUFFIXES:
            ledger.pass_over(shown, "that are neither pictures nor classes")
        elif key in images:
            raise DataRefused(f"{file.place}: the second picture of its sample; allowed is one")
        else:
            images[key] = reader.read(file)
    if missing := next((key for key in images if key not in labels), None):
        raise DataRefused(f"{tree.path(missing)}: has no class; allowed are samples with a picture and a file .cls")
    if lost := next((key for key in labels if key not in images), None):
        raise DataRefused(f"{tree.path(lost)}: has a class, but no {KINDS} picture")
    if not images:
        raise DataRefused(f"{tree.path()}: contains no samples: pictures with a file .cls each")
    values = [labels[key] for key in images]
    is_numbers = all(value.isdecimal() for value in values)
    return Part(np.stack(list(images.values())), np.array(values, np.int64) if is_numbers else np.array(values))


def _label(file: StoredFile) -> str:
    text = file.read(_MOST_LABEL).decode("utf-8", "surrogateescape").strip()
    if text.isdecimal() and len(text) > 9:
        raise DataRefused(f"{file.place}: label {text}; labels have at most 9 digits")
    check_names([text], file.place)
    return text


def _class_names(tree: FileTree, *inside: str) -> list[str]:
    names = _visible(tree, *inside)
    if not 1 <= len(names) <= MOST_CLASSES:
        raise DataRefused(f"{tree.path(*inside)}: {len(names):,} class folders; allowed are 1 to {MOST_CLASSES}")
    check_names(list(_unescaped(names)), tree.path(*inside))  # before pictures are read
    return names


def _unescaped(folders: list[str]) -> tuple[str, ...]:
    """Return the names of the classes of folders, where `digitgan dataset` may have escaped slashes and other signs."""
    return tuple(map(unquote, folders))


def _visible(tree: FileTree, *inside: str) -> list[str]:
    return [name for name in tree.folders(*inside) if not is_hidden(name)]


def _read_folders(
    tree: FileTree, top: tuple[str, ...], present: list[str], names: list[str], ledger: Ledger, reader: PictureReader
) -> Part:
    """Return the images in a fixed shuffled order, so that the first ones are representative."""
    found: list[tuple[int, tuple[str, ...], NDArray[np.uint8]]] = []
    index = {name: label for label, name in enumerate(names)}
    for file in tree.walk(*top):
        inner, shown = file.parts[len(top) :], "/".join(file.parts)
        if any(map(is_hidden, inner)):
            ledger.pass_over(shown, "hidden")
        elif not is_picture(file.name):
            if len(inner) > 1 or top:  # what lies beside everything is no part of it
                ledger.pass_over(shown, "of other kinds")
        elif len(inner) == 1:
            ledger.pass_over(shown, "outside the class folders")
        else:
            found.append((index[inner[0]], inner, reader.read(file)))
    missing = set(map(index.__getitem__, present)) - {label for label, _, _ in found}
    if missing:
        raise DataRefused(f"{tree.path(*top, names[min(missing)])}: contains no {KINDS} picture")
    if not found:
        raise DataRefused(f"{tree.path(*top)}: contains no {KINDS} picture")
    found.sort(key=lambda each: each[:2])
    order = np.random.default_rng(0).permutation(len(found))
    labels = np.array([label for label, _, _ in found], np.uint8)
    return Part(np.stack([image for _, _, image in found])[order], labels[order])
