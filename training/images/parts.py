"""The parts of a data set, to train and to test with: their labels, which images are held out, and what looks wrong."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.words import counted

from ..errors import DataRefused
from .about import check_names

MOST_CLASSES = 256  # a label is a byte
HELD_OUT = 7  # one image in seven

_TEST = re.compile(r"(?:^|[-_.])(test|t10k)(?:[-_.]|$)", re.IGNORECASE)
_VALIDATION = re.compile(r"(?:^|[-_.])(val|valid|validation)(?:[-_.]|$)", re.IGNORECASE)
_LEAST_CONTRAST = 16  # grey levels between the darkest and the brightest pixel of all
_LIGHT = 192  # a ground of this grey is light
_MOST_NAMED = 2  # files of each reason


@dataclass(frozen=True)
class Part:
    """Images, uint8 (N, H, W) or (N, H, W, 3), with labels (N,): whole numbers or, before `numbered`, texts."""

    images: NDArray[np.uint8]
    labels: NDArray[Any]


@dataclass(frozen=True)
class Found:
    """What was read of a folder or a file.

    Args:
        train: images to train with.
        test: images to test with, if the data set has such a part.
        names: of the classes that labels count from 0 on; None if they have none.
        is_named_by_folders: whether the names are those of folders.
        is_transposed: whether the files are of a kind whose rows and columns are exchanged.
        facts: more about how it was read, for people.
    """

    train: Part
    test: Part | None
    names: tuple[str, ...] | None = None
    is_named_by_folders: bool = False
    is_transposed: bool = False
    facts: tuple[str, ...] = ()

    def changed(self, change: Callable[[Part], Part]) -> "Found":
        """Return the same with a change of both parts."""
        return replace(self, train=change(self.train), test=self.test and change(self.test))


@dataclass
class Ledger:
    """What was passed over, and why."""

    _files: dict[str, list[str]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def pass_over(self, name: str, reason: str) -> None:
        """Record a file or folder that is not read.

        Args:
            name: of the file.
            reason: ends the sentence "2 ...".
        """
        self._counts[reason] = self._counts.get(reason, 0) + 1
        named = self._files.setdefault(reason, [])
        if len(named) < _MOST_NAMED:
            named.append(name)

    def pass_over_irregular(self, names: Iterable[str]) -> None:
        """Record what is neither a file nor a folder."""
        for name in names:
            self.pass_over(name, "that are no files, such as links to nothing")

    def __str__(self) -> str:
        """Return the end of a sentence, empty if nothing was passed over."""
        if not self._counts:
            return ""
        reasons = []
        for reason, n in self._counts.items():
            names = ", ".join(name.encode("utf-8", "backslashreplace").decode() for name in self._files[reason])
            reasons.append(f"{n:,} {reason} ({names}{', ...' if n > _MOST_NAMED else ''})")
        return f"; passed over {', '.join(reasons)}"


def split(names: Sequence[str], ledger: Ledger) -> tuple[list[str], list[str]]:
    """Return which files or folders are to train with, and which to test with, by their names.

    Those for validation are to test with, unless there are others for that.
    """
    tests = [name for name in names if _TEST.search(name)]
    validations = [name for name in names if _VALIDATION.search(name) and name not in tests]
    if tests:
        for name in validations:
            ledger.pass_over(name, "for validation")
    train = [name for name in names if name not in tests and name not in validations]
    return train, tests or validations


def numbered(found: Found, place: str) -> Found:
    """Return what was found with labels 0..C - 1 in bytes, each of which occurs.

    Labels may start anywhere and have gaps, as in EMNIST's letters (1 to 26): the i-th label that occurs is class i.

    Raises:
        DataRefused: there are too many classes, a label is below 0, names do not fit, or a class is only to test with.
    """
    values = np.unique(found.train.labels)
    if len(values) > MOST_CLASSES:
        raise DataRefused(f"{place}: {len(values):,} classes; at most {MOST_CLASSES} are allowed")
    if values.dtype.kind in "iu" and values[0] < 0:
        raise DataRefused(f"{place}: label {values[0]}, which stands for an unknown class; labels start at 0")
    if found.test is not None and not np.isin(found.test.labels, values).all():
        strange = np.setdiff1d(found.test.labels, values)[0]
        raise DataRefused(f"{place}: label {strange} of the test images does not occur among the training images")
    names = found.names
    if names is not None and len(names) > len(values) and values.dtype.kind in "iu" and values[-1] < len(names):
        names = tuple(names[value] for value in values.tolist())  # those of classes that have images
    if names is None and (values.dtype.kind not in "iu" or not np.array_equal(values, np.arange(len(values)))):
        names = tuple(map(str, values.tolist()))
    if names is not None:
        if len(names) != len(values):
            raise DataRefused(f"{place}: {len(names)} names of classes, but the labels have {len(values)} values")
        check_names(list(names), place)
    found = found.changed(lambda part: Part(part.images, np.searchsorted(values, part.labels).astype(np.uint8)))
    return replace(found, names=names)


def hold_out(everything: Part, place: str) -> tuple[Part, Part]:
    """Return the images in their order without every seventh of each class, and those held out.

    Raises:
        DataRefused: no class has that many images.
    """
    is_held = np.zeros(len(everything.labels), bool)
    for label in np.unique(everything.labels):
        is_held[np.flatnonzero(everything.labels == label)[HELD_OUT - 1 :: HELD_OUT]] = True
    if not is_held.any():
        raise DataRefused(
            f"{place}: no test images, and no class has the {HELD_OUT} images that are needed to hold one out"
        )
    return (
        Part(everything.images[~is_held], everything.labels[~is_held]),
        Part(everything.images[is_held], everything.labels[is_held]),
    )


def warnings_of(train: Part, test: Part, place: str, left_out: str) -> list[str]:
    """Return what looks wrong with the images, a sentence each.

    Args:
        train: images to train with.
        test: images to test with.
        place: the data set, for messages.
        left_out: what was passed over, for messages.

    Raises:
        DataRefused: there are too few images, or nothing can be seen on them.
    """
    if len(train.images) < 2:
        raise DataRefused(
            f"{place}: {counted(len(train.images), 'image')} to train with; at least 2 are needed{left_out}"
        )
    found = []
    for part, name in ((train, "training"), (test, "test")):
        low, high = part.images.min(), part.images.max()
        if int(high) - int(low) < _LEAST_CONTRAST:
            seen = f"all pixels are {low}" if low == high else f"pixels are {low} to {high}"
            raise DataRefused(
                f"{place}: nothing can be seen on the {name} images: {seen}, in grey levels of 0 to 255. "
                'If they are black on transparent ground, put {"inverted": true} into dataset.json'
            )
        flat = part.images.reshape(len(part.images), -1)
        if n_blank := np.count_nonzero(flat.min(axis=1) == flat.max(axis=1)):
            found.append(f"warning: {n_blank:,} of {counted(len(flat), f'{name} image')} are blank")
    images = train.images
    edges = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    if np.median(edges) >= _LIGHT:
        found.append(
            "warning: the ground of the images is light, but 0 is the ground and 255 the ink. If these are dark "
            'strokes on paper, put {"inverted": true} into dataset.json'
        )
    return found
