"""What a file format is: the facts that describe it, and the function that encodes generated images in it."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import Flag, auto
from functools import cache, lru_cache
from typing import Any

from digitgan.contract.class_names import in_files
from digitgan.engine.engine import Generated
from digitgan.picture.distortions import LIBRARY
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture
from digitgan.png.encoder import ENCODER_ID

Piece = bytes | memoryview
Encode = Callable[[Job, AsyncIterator[Any]], AsyncIterator[Piece]]
Pack = Callable[[Job, Generated], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed(Generated):
    """Images that another process has packed for their format, and has kept.

    Attributes:
        content: what `Format.pack` returned.
    """

    content: Any


class Use(Flag):
    """The operations that may offer a format."""

    IMAGES = auto()  # any images, as POST /generate returns them
    FRAMES = auto()  # images that follow each other, as POST /interpolate returns them
    DATASET = auto()  # a labelled data set
    NUMBERS = auto()  # a data set of numbers
    FILE = auto()  # the command `write`
    ADDRESS = auto()  # one picture at its permanent address


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Format:
    """One file format, described once for HTTP, the command line, the documentation and the tests.

    Attributes:
        name: name on the command line.
        media_type: media type that a client names in ``Accept``.
        content_type: media type with parameters, for the answer; empty if it has no parameters.
        suffix: suffix of a file in this format.
        uses: the operations that offer it.
        description: one sentence for the documentation.
        encode: job and chunks of its images -> pieces of the body.
        pack: what can be done for each chunk by itself, in any thread or process: job and images -> something that
            pickles, of which `encode` gets a chunk each; None if it gets the images.
        is_streamed: pieces go out while later images are still being made, so memory does not bound their number.
            Otherwise all images come in one chunk.
        size: job -> bytes of the whole body, where that is known before its first byte.
        is_compressible: compresses well, which is done for clients that accept a content coding.
        is_animation: shows images one after the other, unless it writes numbers.
        is_vector: holds curves, so it is always ink and has no size.
        max_side: longest side of the one picture that it holds, in pixels; None for no limit of its own.
        bytes_per_pixel: maximum memory that encoding takes for each pixel shown, for any pixels.
        carries_mark: whether a file can say that it is generated.
        lacks: the fields of a picture that a file cannot show; a request that gives one is refused.
        example: a short body for the documentation; None for a format that is not text.
        library: the distribution that encodes it, if not this one; another version of it may produce other bytes.
        extra: the extra of this package that installs the library; None if it is always installed.
    """

    name: str
    media_type: str
    content_type: str = ""
    suffix: str
    uses: Use
    description: str
    encode: Encode
    pack: Pack | None = None
    is_streamed: bool = False
    size: Callable[[Job], int] | None = None
    is_compressible: bool = False
    is_animation: bool = False
    is_vector: bool = False
    max_side: int | None = None
    bytes_per_pixel: int
    carries_mark: bool = True
    lacks: frozenset[str] = frozenset({"masks", "animate"})
    example: Any = None
    library: str | None = None
    extra: str | None = None

    @property
    def full_description(self) -> str:
        """Its description, with the limits that the format itself has."""
        pixels = "pixels of the model" if self.is_vector else "pixels"
        limit = "" if self.max_side is None else f" A side has at most {self.max_side:,} {pixels}."
        return self.description + limit + ("" if self.carries_mark else " It cannot carry a mark.")

    @property
    def encoder(self) -> str:
        """Name and version of the encoder that determines the bytes."""
        return f"digitgan-{ENCODER_ID}" if self.library is None else f"{self.library}-{_version(self.library)}"

    def encoders(self, picture: Picture) -> str:
        """Return name and version of all that determines the bytes of a file with this picture."""
        return f"{self.encoder} {LIBRARY}-{_version(LIBRARY)}" if picture.distortions else self.encoder

    def suits(self, *, animate: bool) -> bool:
        """Return whether it can show numbers that are written stroke by stroke, or else pictures that are not."""
        return "animate" not in self.lacks if animate else not self.is_animation

    def file_name(self, job: Job) -> str:
        """Return a name for an answer as a file: the model, how many images or which one, and the first seed."""
        plan, numbers = job.plan, job.picture.numbers
        n, seed, name = len(numbers or plan), plan.source.seed(0), job.card.model
        if kind := _kind(self.uses):
            name += f"_{kind}-{n}"
        elif n > 1:
            name += f"_images-{n}"
        if seed is not None:
            name += f"_seed-{seed}"
        if n == 1 and numbers:
            name += f"_digits-{in_file_name(numbers[0])}"
        elif n == 1 and plan.labels:
            names = job.card.names
            name += f"_label-{in_files(names)[plan.labels[0]] if names else plan.labels[0]}"
        return name + self.suffix

    @property
    def is_installed(self) -> bool:
        """Whether its library is installed."""
        return self.extra is None or self.library is None or _version(self.library) is not None


@cache  # since operations of flags take about a microsecond each
def _kind(uses: Use) -> str:
    """Return what a data set of a format for some uses is called in the names of files; empty for other formats."""
    return "dataset" if Use.DATASET in uses else "numbers" if Use.NUMBERS in uses else ""


def in_file_name(number: str) -> str:
    """Return a number without the signs that have a meaning in paths, headers or shells: "29_11_26" for 29/11/26."""
    return re.sub("[^0-9.,+-]+", "_", number)


def whole(render: Callable[[Job, Generated], bytes], *, is_slow: bool = False) -> Encode:
    """Return the encode function of a format that needs all images at once.

    Args:
        render: job and all of its images -> the body.
        is_slow: render in a thread even one image, which an animation of strokes always is.
    """

    async def encode(job: Job, chunks: AsyncIterator[Generated]) -> AsyncIterator[Piece]:
        async for generated in chunks:
            yield await job.encode_aside(render, generated, is_slow=is_slow or job.picture.animate)

    return encode


@lru_cache
def _version(distribution: str) -> str | None:
    """Return the version of an installed distribution, whose import name may be another; None if it is missing."""
    from importlib import metadata  # takes as long to load as all formats

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
