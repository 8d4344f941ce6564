"""Reads images by class: a folder, an archive (zip, tar, tar.gz) or a Parquet file.

    FOLDER/train/CLASS/**/*.png      and test/CLASS or val/CLASS if there are test images; JPEG, WebP and others, too
    FOLDER/CLASS/**/*.png            as torchvision's ImageFolder has them, and `digitgan dataset --format folders`
    FOLDER/train-images-idx3-ubyte   and train-labels-idx1-ubyte, gzipped or not; t10k-... or test-... for test images;
                                     all with one beginning, such as emnist-letters-
    FOLDER/images.npy, labels.npy    and test-images.npy, test-labels.npy
    FOLDER/*.parquet                 with the columns image and label
    FOLDER/*.tar                     shards of WebDataset, whose samples have a picture and a file .cls
    FOLDER/dataset.json              optional: see `training.images.about`

The first of these that a folder has is read. Classes are numbered in the order of their names. Without a test part,
every seventh image of each class is held out for tests, the share that MNIST has. It is always the same images.
"""

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from digitgan.contract.words import counted

from ..errors import DataRefused
from .about import ABOUT_FILE, About, read_about
from .classes import TRAIN, has_samples, is_hidden, joined, read_archived, read_classes, read_parts, read_samples
from .idx import FILES
from .idx_sets import idx_sets, read_set
from .parts import HELD_OUT, Found, Ledger, Part, hold_out, numbered, split, warnings_of
from .pictures import Look, PictureReader
from .tables import MAGIC, check_shards, read_arrays, read_parquet
from .trees import FileTree, FolderTree, StoredFile, opened_archive, reading

_ARRAY = re.compile(r"^(?:(train|t10k|test)[-_])?(images|labels)\.npy$")
_COMPANIONS = (ABOUT_FILE, "sha256sums", "selected.jsonl", "croissant.json", "readme*", "licen[cs]e*", "*-mapping.txt")
ALLOWED = (
    f"a folder with train/CLASS/*.png or CLASS/*.png (or JPEG, WebP and others), files in IDX form ({FILES[0]} and so "
    "on), images.npy and labels.npy, Parquet files, or tar files of WebDataset; or one Parquet, zip or tar file"
)


@dataclass(frozen=True)
class Content:
    """The images of a folder and facts about them.

    Args:
        train: labels 0..C - 1, each at least once.
        test: the same classes.
        class_names: in label order; None if the folder does not name them.
        licence: of the data.
        source: where the data come from, and how the test part was made.
        notes: for a person: one line that says what was read, held out and passed over, and why; and warnings.
    """

    train: Part
    test: Part
    class_names: tuple[str, ...] | None
    licence: str
    source: str
    notes: tuple[str, ...]


def read_folder(path: Path, beginning: str = "", look: Look | None = None) -> Content:
    """Return the images of a folder, an archive or a Parquet file.

    Args:
        path: the folder or file.
        beginning: of the names of IDX files, if a folder has several sets of them.
        look: the size and the colours that images should have; None for their own size, in grey.

    Raises:
        DataRefused: nothing in it can be read as a data set, or a file in it is not allowed; the message says which,
            and what is allowed.
        NotInstalled: it contains Parquet files, and pyarrow is missing.
    """
    ledger, look = Ledger(), look or Look()
    if not path.is_dir() and not path.is_file():  # reading a pipe might never end
        raise DataRefused(f"{path}: must be a folder or a file")
    if path.is_dir():
        about, found, reader = _read(FolderTree(path), ledger, beginning, look)
    elif _starts_with(path, MAGIC):
        about, reader = About(), PictureReader(look)
        found = _read_tables([StoredFile.at(path)], ledger, reader)
    else:
        with opened_archive(path, kept=frozenset((TRAIN,))) as tree:
            about, found, reader = _read(tree, ledger, beginning, look)
    found = replace(found, facts=(*found.facts, *reader.facts))
    return _content(found, about, ledger, str(path / beginning.rstrip("-")))


def holds_set(folder: Path, beginning: str) -> bool:
    """Return whether a folder contains IDX files whose names begin so, such as emnist-letters-."""
    return folder.is_dir() and beginning in idx_sets(FolderTree(folder).files())


def _starts_with(path: Path, start: bytes) -> bool:
    with reading(str(path)), path.open("rb") as file:
        return file.read(len(start)) == start


def _read(tree: FileTree, ledger: Ledger, beginning: str, look: Look) -> tuple[About, Found, PictureReader]:
    """Return what a folder or archive contains, with the names that `dataset.json` gives, and what read its images."""
    about = read_about(tree)
    reader = PictureReader(look, _ground(about))
    folders = [name for name in tree.folders() if not is_hidden(name)]
    files = [file for file in tree.files() if not is_hidden(file.name)]
    found, used = _find(tree, folders, files, ledger, reader=reader, beginning=beginning)
    if found is None:
        raise DataRefused(f"{tree.path()}: contains no images by class; allowed are {ALLOWED}")
    for name in [*(file.name for file in files), *(f"{name}/" for name in folders if not found.is_named_by_folders)]:
        if name not in used and not any(fnmatch.fnmatch(name.lower(), each) for each in _COMPANIONS):
            ledger.pass_over(name, "beside the data")
    for file in tree.files():
        if is_hidden(file.name) and file.name not in used:
            ledger.pass_over(file.name, "hidden")
    ledger.pass_over_irregular(tree.irregular)
    if about.class_names and found.is_named_by_folders:
        where = tree.path(TRAIN) if TRAIN in folders else tree.path()
        raise DataRefused(
            f"{tree.path(ABOUT_FILE)}: class_names is not allowed; the folders in {where} name the classes"
        )
    if not about.class_names:
        return about, found, reader
    n_values = len(np.unique(found.train.labels))
    if len(about.class_names) != n_values:
        names = counted(len(about.class_names), "class_name")
        raise DataRefused(f"{tree.path(ABOUT_FILE)}: {names}, but the labels have {counted(n_values, 'value')}")
    return about, replace(found, names=tuple(about.class_names)), reader


def _find(
    tree: FileTree,
    folders: list[str],
    files: list[StoredFile],
    ledger: Ledger,
    *,
    reader: PictureReader,
    beginning: str,
) -> tuple[Found | None, set[str]]:
    """Return what the first layout that fits contains, and the files at the top that it took or passed over itself."""
    is_folder = isinstance(tree, FolderTree)
    sets, pairs = idx_sets(files), _arrays(files)
    tables, archives = ([file for file in files if file.name.endswith(suffix)] for suffix in (".parquet", ".tar"))
    if TRAIN in folders and not beginning:
        return read_parts(tree, ledger, reader), set()
    if sets:
        return read_set(tree, sets, beginning, reader)
    if pairs:
        train, *tests = (read_arrays(*pairs[part], reader) for part in ("train", "test") if part in pairs)
        found = Found(train, tests[0] if tests else None)
        return found, {file.name for pair in pairs.values() for file in pair}
    if tables:
        return _read_tables(tables, ledger, reader), {file.name for file in tables}
    if archives and is_folder:
        shards, others = _shards([file.name for file in archives], tree.path(), ledger)
        part, test = (
            [read_archived(tree.place / name, ledger, reader) for name in names] for names in (shards, others)
        )
        return Found(joined(part), joined(test) if test else None), {file.name for file in archives}
    if not is_folder and has_samples(tree):
        return Found(read_samples(tree, ledger, reader), None), {file.name for file in tree.files()}
    hidden = {file.name for file in tree.files() if is_hidden(file.name)}
    return (read_classes(tree, ledger, reader) if folders else None), hidden


def _arrays(files: Sequence[StoredFile]) -> dict[str, tuple[StoredFile, StoredFile]]:
    """Return the numpy files of images and labels, by part; empty without those to train with."""
    found: dict[tuple[str, str], StoredFile] = {}
    for file in files:
        if match := _ARRAY.match(file.name):
            found.setdefault(("train" if match[1] in (None, "train") else "test", match[2]), file)
    parts = {
        part: (found[part, "images"], found[part, "labels"])
        for part in ("train", "test")
        if (part, "images") in found and (part, "labels") in found
    }
    return parts if "train" in parts else {}


def _read_tables(files: Sequence[StoredFile], ledger: Ledger, reader: PictureReader) -> Found:
    train, tests = _shards([file.name for file in files], files[0].place, ledger)
    by_name = {file.name: file for file in files}
    part, names = read_parquet([by_name[name] for name in train], reader)
    test = read_parquet([by_name[name] for name in tests], reader, names)[0] if tests else None
    return Found(part, test, names)


def _shards(names: Sequence[str], place: str, ledger: Ledger) -> tuple[list[str], list[str]]:
    """Return which shards are to train with, and which to test with; all are there."""
    check_shards(names, place)
    train, tests = split(names, ledger)
    return (train, tests) if train else (tests, [])  # a single file may have any name


def _ground(about: About) -> str:
    """Return the colour on which transparent pixels lie, so that they become 0."""
    return "white" if about.inverted else "black"


def _content(found: Found, about: About, ledger: Ledger, place: str) -> Content:
    """Return the images as they are trained with, after the changes that `dataset.json` asks for."""
    facts = list(found.facts)
    if found.is_transposed if about.transposed is None else about.transposed:
        facts.append(f"rows and columns exchanged{', as EMNIST needs' * found.is_transposed}")
        found = found.changed(lambda part: Part(np.ascontiguousarray(part.images.swapaxes(1, 2)), part.labels))
    if about.inverted:
        facts.append("inverted")
        found = found.changed(lambda part: Part(~part.images, part.labels))
    found = numbered(found, place)
    train, test, source = found.train, found.test, about.source
    if test is None:
        facts.insert(0, f"of them, one image of {HELD_OUT} of each class was held out for tests")
        train, test = hold_out(train, place)
        source += f"; one image of {HELD_OUT} of each class held out for tests"
    warned = warnings_of(train, test, place, str(ledger))
    n_classes = int(train.labels.max()) + 1
    read = (
        f"{place}: {n_classes} class{'es' * (n_classes != 1)}, {counted(len(train.images), 'training image')}, "
        f"{counted(len(test.images), 'test image')}"
    )
    note = "; ".join([read, *facts]) + str(ledger)
    return Content(train, test, found.names, about.licence, source, (note, *warned))
