"""Finds IDX files by the names that people give to them, and EMNIST's characters beside them.

MNIST, Fashion-MNIST and others use MNIST's own names; EMNIST's begin with the part of it that they are, such as
`emnist-letters-train-images-idx3-ubyte.gz`, and its images are transposed.

Source: Cohen, Afshar, Tapson and van Schaik, "EMNIST: an extension of MNIST to handwritten letters" (2017).
"""

import re
from collections.abc import Sequence

import numpy as np

from digitgan.contract.words import counted

from ..errors import DataRefused
from .idx import FILES, read_idx
from .parts import Found, Part
from .pictures import PictureReader
from .trees import FileTree, StoredFile

_NAME = re.compile(r"^(.*?)(train|t10k|test)[-_](images|labels)[-.]idx[13][-.]ubyte(?:\.gz)?$")
_EMNIST = "emnist-"  # what the names of its files begin with
_MOST_MAPPING = 2**14  # bytes of its list of characters

IdxSets = dict[str, dict[tuple[str, str], StoredFile]]
"""Files by the beginning of their names, then by part (train or test) and content (images or labels)."""


def idx_sets(files: Sequence[StoredFile]) -> IdxSets:
    """Return the IDX files by the beginning of their names, then by part and kind."""
    sets: IdxSets = {}
    for file in files:
        if match := _NAME.match(file.name):
            part = "train" if match[2] == "train" else "test"
            sets.setdefault(match[1], {}).setdefault((part, match[3]), file)  # of a.idx and a.idx.gz, the former
    return sets


def read_set(tree: FileTree, sets: IdxSets, beginning: str, reader: PictureReader) -> tuple[Found, set[str]]:
    """Return the images of one set, and the names of its files.

    Args:
        tree: the folder or archive.
        sets: all sets in it.
        beginning: of the names of the chosen set; without such a set, there must be only one.
        reader: of the images.

    Raises:
        DataRefused: there are several sets, or a file is missing or not allowed.
    """
    if beginning not in sets:
        if len(sets) > 1:
            first, *_ = named = [name.rstrip("-_") or FILES[0] for name in sets]
            raise DataRefused(
                f"{tree.path()}: contains {len(sets)} data sets: {', '.join(named)}; name one of them, as in "
                f"--data {tree.path(first)}"
            )
        (beginning,) = sets
    chosen, parts = sets[beginning], dict[str, Part]()
    for part, usual in (("train", FILES[0]), ("test", FILES[2])):
        if part == "train" or any(key[0] == part for key in chosen):
            parts[part] = _read_part(tree, chosen, part, beginning + usual, reader)
    mapping = next((file for file in tree.files() if file.name == f"{beginning}mapping.txt"), None)
    names = _mapped(mapping, parts["train"]) if mapping else None
    used = {file.name for file in chosen.values()}
    is_transposed = beginning.startswith(_EMNIST)
    return Found(parts["train"], parts.get("test"), names, is_transposed=is_transposed), used


def _read_part(
    tree: FileTree, chosen: dict[tuple[str, str], StoredFile], part: str, usual: str, reader: PictureReader
) -> Part:
    """Return the images of a part; the usual name of their file says what is missing."""
    files = {kind: chosen.get((part, kind)) for kind in ("images", "labels")}
    for kind, other in (("images", "labels"), ("labels", "images")):
        if files[kind] is None:
            there = files[other]
            beside = f"{kind} to {part} with for {there.name}" if there else usual
            raise DataRefused(f"{tree.path()}: contains no {beside}")
    images, labels = (
        read_idx(file, n_dimensions=n, check=check)
        for file, n, check in zip(files.values(), (3, 1), (reader.check_shape, None), strict=True)
        if file
    )
    if len(labels) != len(images):
        raise DataRefused(f"{tree.path()}: {len(labels):,} labels for {counted(len(images), 'image')} to {part} with")
    if not len(images):
        raise DataRefused(f"{tree.path()}: contains no images to {part} with, as its files say")
    return Part(reader.take(images, tree.path()), labels)


def _mapped(mapping: StoredFile, part: Part) -> tuple[str, ...] | None:
    """Return the characters of the labels that occur, from EMNIST's lines of a label and one or two character codes."""
    found = {}
    for line in mapping.read(_MOST_MAPPING).decode("ascii", "replace").splitlines():
        if not re.fullmatch(r"\s*\d{1,3}(\s+\d{1,3}){1,2}\s*", line):
            raise DataRefused(f"{mapping.place}: {line[:40]!r} is not a label and one or two codes of characters")
        label, *codes = map(int, line.split())
        found[label] = "".join(map(chr, codes))
    values = np.unique(part.labels).tolist()
    if missing := [value for value in values if value not in found]:
        raise DataRefused(f"{mapping.place}: has no line for label {missing[0]}")
    names = tuple(found[value] for value in values)
    return None if names == tuple(map(str, values)) else names
