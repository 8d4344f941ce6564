"""The files of a data set that have addresses, each described once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from digitgan.contract.card import Card
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.plan import Plan
from digitgan.formats import idx, npy, parquet
from digitgan.formats.idx import GzipFile
from digitgan.formats.layout import FixedFile
from digitgan.formats.registry import NPY, PARQUET

_BINARY, _GZIP = "application/octet-stream", "application/gzip"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFile:
    """A file of a data set.

    Attributes:
        name: its name, the last part of its address.
        media_type: its media type.
        description: one sentence about it.
        make: plan and card of its images, and whether to mark them as generated if it can -> the file.
        is_of_test: whether it has the images to test with, and not those to train with.
        is_grey: whether it cannot hold images in colour.
    """

    name: str
    media_type: str
    description: str
    make: Callable[[Plan, Card, bool], FixedFile | GzipFile]
    is_of_test: bool = False
    is_grey: bool = False

    @property
    def accepts_ranges(self) -> bool:
        """Whether any part of it can be made by itself."""
        return self.media_type != _GZIP

    def part(self, spec: DatasetSpec) -> DatasetSpec:
        """Return the data set of its images."""
        return spec.test if self.is_of_test else spec


def _all() -> Iterator[DatasetFile]:
    for part, purpose in (("train", "train"), ("t10k", "test")):
        for suffix, content, make in (
            ("images-idx3-ubyte", "images", idx.images_file),
            ("labels-idx1-ubyte", "labels", idx.labels_file),
        ):
            name, about = f"{part}-{suffix}", f"The {content} to {purpose} with, as in MNIST's file of that name"
            is_of_test = part == "t10k"
            yield DatasetFile(
                name=name,
                media_type=_BINARY,
                description=f"{about}.",
                make=partial(_plain, make),
                is_of_test=is_of_test,
                is_grey=True,
            )
            yield DatasetFile(
                name=f"{name}.gz",
                media_type=_GZIP,
                description=f"{about}, in gzip without compression.",
                make=partial(_zipped, make),
                is_of_test=is_of_test,
                is_grey=True,
            )
    yield DatasetFile(
        name="images.npy",
        media_type=NPY.media_type,
        description="The images to train with as a uint8 array (N, height, width), or (N, height, width, 3) in "
        "colour, for `numpy.load`.",
        make=partial(_plain, npy.images_file),
    )
    yield DatasetFile(
        name="labels.npy",
        media_type=NPY.media_type,
        description="Their labels as a uint8 array (N,).",
        make=partial(_plain, npy.labels_file),
    )
    yield DatasetFile(
        name="data.parquet", media_type=PARQUET.media_type, description=PARQUET.description, make=parquet.file_of
    )


def _plain(make: Callable[[Plan, Card], FixedFile], plan: Plan, card: Card, _: bool) -> FixedFile:
    return make(plan, card)


def _zipped(make: Callable[[Plan, Card], FixedFile], plan: Plan, card: Card, is_marked: bool) -> GzipFile:
    return GzipFile(make(plan, card), is_marked=is_marked)


FILES = {file.name: file for file in _all()}


def files_of(card: Card) -> dict[str, DatasetFile]:
    """Return the files that a model's data sets have, by name: MNIST's own hold grey images alone."""
    return {name: file for name, file in FILES.items() if not (file.is_grey and card.is_colour)}
