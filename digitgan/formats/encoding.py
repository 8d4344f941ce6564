"""How a request becomes bytes: checked against model and format, run by the engine, encoded piece by piece.

The HTTP routes and the command line both use this module, so their bytes are the same.
"""

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Protocol

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.engine.encoding_lanes import EncodingLanes
from digitgan.engine.engine import Engine, Generated
from digitgan.engine.plan import Plan
from digitgan.formats.format import Format, Piece
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture

_CHUNK_BYTES_PER_IMAGE = 19 * 1024  # what a digit at scale 1 takes in the format that takes the most

Transform = Callable[[AsyncIterator[Piece]], AsyncIterator[Piece]]


@dataclass(slots=True)
class Progress:
    """What a body in progress has taken so far.

    Attributes:
        model_s: seconds in model runs.
        encode_s: seconds of encoding, with its waits for a turn.
        ended: when the last piece was made, on the clock of `time.perf_counter`.
    """

    model_s: float
    encode_s: float
    ended: float


class Producer(Protocol):
    """What generates the images of a job: an engine, or something that returns the same."""

    def generating(self, plan: Plan) -> AbstractAsyncContextManager[Generated]:
        """Yield the images of a job that is encoded at once."""

    async def stream(self, plan: Plan, chunk_images: int) -> AsyncIterator[Generated]:
        """Return the images of any other job, chunk by chunk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A body, complete or in progress, whose first chunk of images has been generated.

    Attributes:
        first: the first chunk.
        content: the whole body, if the first chunk is the only one; otherwise None.
        encode_s: seconds that encoding the whole body took; 0 for a body in progress.
        pieces: the pieces of the body.
        progress: grows while the pieces of a body in progress are taken; None for a whole body.
    """

    first: Generated
    content: bytes | None = None
    encode_s: float = 0.0
    progress: Progress | None = None
    pieces: AsyncIterator[Piece]


def prepare(
    engine: Engine,
    plan: Plan,
    picture: Picture,
    format: Format,
    *,
    keys: Mapping[str, Any] | None = None,
    is_random: bool = False,
    root: str = "",
) -> Job:
    """Return the job of a request, after checking that the model can make it and the format can hold it.

    Args:
        engine: runs the model.
        plan: the images.
        picture: how they are shown.
        format: format of the answer.
        keys: see `Job`.
        is_random: see `Job`.
        root: see `Job`.

    Raises:
        UnknownModel, InvalidPlan: the request is not possible; the error names the field and what it allows.
    """
    return fit(
        engine.check(plan),
        plan,
        picture,
        format,
        keys=keys,
        is_random=is_random,
        root=root,
        chunk_images=engine.chunk_images,
        lanes=engine.lanes,
        marks_all=engine.marks_all,
    )


def fit(
    card: Card,
    plan: Plan,
    picture: Picture,
    format: Format,
    *,
    keys: Mapping[str, Any] | None = None,
    is_random: bool = False,
    root: str = "",
    chunk_images: int = sys.maxsize,
    lanes: EncodingLanes | None = None,
    marks_all: bool = False,
) -> Job:
    """Return the job of a plan that the model can make, after checking that the format can hold it.

    Args:
        card: card of the model version.
        plan: the images.
        picture: how they are shown.
        format: format of the answer.
        keys: see `Job`.
        is_random: see `Job`.
        root: see `Job`.
        chunk_images: maximum number of images in one chunk of a stream.
        lanes: see `Job`.
        marks_all: whether the file carries metadata even if the picture does not ask for it.

    Raises:
        InvalidPlan: the picture is too large; the error names the field and what it allows.
    """
    n = len(plan)
    is_marked_by_setting = marks_all and format.carries_mark and not picture.metadata
    if is_marked_by_setting:
        picture = replace(picture, metadata=True)
    height, width = card.image_height, card.image_width
    held_images = n
    if format.is_streamed and not picture.numbers:
        picture.check_stream(n, height, width)
        bytes_per_image = picture.scale**2 * height * width * format.bytes_per_pixel
        fitting = _CHUNK_BYTES_PER_IMAGE * chunk_images // bytes_per_image
        held_images = min(n, chunk_images, max(1, fitting))
    picture.check(held_images, height, width)
    if format.max_side is not None:
        picture.check_sides(n, height, width, format.max_side)
    n_bytes = picture.n_pixels(held_images, height, width) * format.bytes_per_pixel
    if lanes and n_bytes > lanes.budget.limit_bytes:
        pixels, limit = n_bytes // format.bytes_per_pixel, lanes.budget.limit_bytes // format.bytes_per_pixel
        raise InvalidPlan(
            picture.size_field,
            f"{n:,} images at scale {picture.scale} have {pixels:,} pixels; the limit is {limit:,} in this format",
        )
    return Job(
        card=card,
        plan=plan,
        picture=picture,
        keys=keys,
        is_marked_by_setting=is_marked_by_setting,
        is_random=is_random,
        root=root,
        bytes_per_image=-(-n_bytes // held_images),
        chunk_images=held_images,
        lanes=lanes,
    )


async def encode(
    producer: Producer,
    job: Job,
    format: Format,
    on_images: Callable[[int], object] | None = None,
    transform: Transform | None = None,
) -> Encoding:
    """Run a job's first chunk and return the body that it begins; a body of one chunk is encoded as well.

    Numbers come in one chunk, since their digits belong together.

    Args:
        producer: generates the images.
        job: what to encode.
        format: the format to encode it in.
        on_images: called with the number of images of each chunk, just before the chunk is encoded.
        transform: what happens to the pieces of the body, such as their compression; by default nothing.

    Raises:
        Overloaded: there is no room for the first chunk now.
        RunFailed: a model run failed.
    """

    def encoded(chunks: AsyncIterator[Generated]) -> AsyncIterator[Piece]:
        pieces = format.encode(job, chunks)
        return transform(pieces) if transform else pieces

    if len(job.plan) <= job.chunk_images:
        async with producer.generating(job.plan) as only:
            started = perf_counter()
            content = b"".join([piece async for piece in encoded(_chain(only, None, on_images))])
            encode_s = perf_counter() - started
        return Encoding(first=only, content=content, encode_s=encode_s, pieces=_whole(content))
    rest = await producer.stream(job.plan, job.chunk_images)
    first = await anext(rest)
    progress = Progress(first.model_s, 0.0, perf_counter())
    pieces = encoded(_chain(first, _timed_chunks(rest, progress), on_images))
    return Encoding(first=first, progress=progress, pieces=_timed_pieces(pieces, progress))


def encode_here(job: Job, format: Format, generated: Generated) -> bytes:
    """Return the body of a job without lanes whose images are all there, encoded in this thread.

    It needs no event loop, so it also works where one is running, as in a notebook.
    """

    async def body() -> bytes:
        return b"".join([piece async for piece in format.encode(job, _chain(generated, None, None))])

    try:
        body().send(None)
    except StopIteration as ended:
        return bytes(ended.value)
    raise RuntimeError(f"format {format.name} waits for something")


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _timed_chunks(chunks: AsyncIterator[Generated], progress: Progress) -> AsyncIterator[Generated]:
    """Yield the chunks, add the time of their runs, and take the wait for them out of the time of encoding."""
    while True:
        started = perf_counter()
        try:
            generated = await anext(chunks, None)
        finally:
            progress.encode_s -= perf_counter() - started
        if generated is None:
            return
        progress.model_s += generated.model_s
        yield generated


async def _timed_pieces(pieces: AsyncIterator[Piece], progress: Progress) -> AsyncIterator[Piece]:
    """Yield the pieces, and add the time until each is there to the time of encoding."""
    while True:
        started = perf_counter()
        try:
            piece = await anext(pieces, None)
        finally:
            progress.ended = perf_counter()
            progress.encode_s += progress.ended - started
        if piece is None:
            return
        yield piece


async def _chain(
    first: Generated, rest: AsyncIterator[Generated] | None, on_images: Callable[[int], object] | None
) -> AsyncIterator[Generated]:
    """Yield the first chunk and all that follow."""
    if on_images:
        on_images(len(first.source))
    yield first
    if rest is None:
        return
    async for generated in rest:
        if on_images:
            on_images(len(generated.source))
        yield generated
