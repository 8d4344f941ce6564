"""How a request becomes bytes: checked against model and format, run by the engine, encoded piece by piece.

The HTTP routes and the command line both use this module, so their bytes are the same.
"""

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Protocol

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.engine.encoding_lanes import EncodingLanes
from digitgan.engine.engine import Engine, Generated
from digitgan.engine.plan import Plan, needs_ink
from digitgan.formats.format import Encode, Format, Pack, Packed, Piece
from digitgan.formats.memory import measure
from digitgan.formats.registry import FORMATS
from digitgan.picture import drawing
from digitgan.picture.job import Job
from digitgan.picture.looks import chosen
from digitgan.picture.picture import Picture

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


class Encodes(Protocol):
    """What makes a body of the images of a job: a format, or the part of a file that a client asked for."""

    @property
    def encode(self) -> Encode:
        """The function from a job and chunks of its images to the pieces of the body."""

    @property
    def pack(self) -> Pack | None:
        """See `Format`."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A producer that waits for room instead of refusing, and whose streams begin with a few images.

    Attributes:
        engine: makes the images.
    """

    engine: Engine

    def generating(self, plan: Plan) -> AbstractAsyncContextManager[Generated]:
        """Yield all images."""
        return self.engine.generating(plan, waits=True)

    async def stream(self, plan: Plan, chunk_images: int) -> AsyncIterator[Generated]:
        """Return the images, chunk by chunk."""
        return await self.engine.stream(plan, chunk_images, waits=True)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A producer of images that are there already.

    Attributes:
        images: all that a job needs.
    """

    images: Generated

    @asynccontextmanager
    async def generating(self, plan: Plan) -> AsyncIterator[Generated]:  # noqa: ARG002 - of the same images
        """Yield all images."""
        yield self.images

    async def stream(self, plan: Plan, chunk_images: int) -> AsyncIterator[Generated]:
        """Return the images, chunk by chunk."""

        async def chunks() -> AsyncIterator[Generated]:
            for start in range(0, len(plan), chunk_images):
                yield self.images.part(start, start + chunk_images)

        return chunks()


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
        InvalidPlan: the picture is too large, or the format lacks one of its fields; the error names the field.
    """
    if card.is_colour:
        if format.is_vector:
            raise needs_ink("model", card, format.media_type)
        if "channels" in format.lacks:
            raise InvalidPlan(
                "model",
                f"{format.media_type} holds grey images, but model {card.model!r} draws in colour; formats in colour: "
                f"{_able('channels', format)}",
            )
        picture = picture.in_colour(card)
    is_doubtful = not format.lacks.isdisjoint(picture.model_fields_set)  # false for most requests, and cheap
    if is_doubtful:
        for name in chosen(picture, Picture):
            if name in format.lacks:
                raise lacking(name, format)
    if format.is_vector:
        picture = picture.without_size()
    else:
        picture.check_ink()
    picture.check_layout()
    picture.check_writing()
    is_marked_by_setting = marks_all and format.carries_mark and not picture.metadata
    if is_marked_by_setting:
        picture = picture.model_copy(update={"metadata": True})
    limit_bytes = lanes.budget.limit_bytes if lanes else sys.maxsize
    held_images, bytes_per_image = measure(
        picture, format, len(plan), card.image_height, card.image_width, chunk_images, limit_bytes
    )
    return Job(
        card=card,
        plan=plan,
        picture=picture,
        keys=keys,
        is_marked_by_setting=is_marked_by_setting,
        is_random=is_random,
        root=root,
        bytes_per_image=bytes_per_image,
        chunk_images=held_images,
        lanes=lanes,
    )


def lacking(field: str, format: Format) -> InvalidPlan:
    """Return the error that a format cannot show what a field asks for; it names those of the same uses that can."""
    return InvalidPlan(field, f"{format.media_type} has no {field}; formats that have it: {_able(field, format)}")


def _able(field: str, format: Format) -> str:
    """Return the media types of the formats that have the same uses as this one, and also have a field."""
    able = dict.fromkeys(each.media_type for each in FORMATS if each.uses & format.uses and field not in each.lacks)
    return ", ".join(able)


async def fitted(job: Job, generated: Generated) -> Job:
    """Return a job of numbers with its picture at the height at which they fit.

    Args:
        job: what to encode.
        generated: all its images.

    Raises:
        InvalidPlan: as raised by `drawing.fitted`.
    """

    def picture(job: Job, generated: Generated) -> Picture:
        return drawing.fitted(job.picture, generated.images.pixels, generated.source)

    return replace(job, picture=await job.encode_aside(picture, generated))


async def encode(
    producer: Producer,
    job: Job,
    format: Encodes,
    on_images: Callable[[int], object] | None = None,
    transform: Transform | None = None,
    whole_images: int | None = None,
) -> Encoding:
    """Run a job's first chunk and return the body that it begins; a body of one chunk is encoded as well.

    Numbers come in one chunk, since their digits belong together.

    Args:
        producer: generates the images.
        job: what to encode.
        format: the format to encode it in.
        on_images: called with the number of images of each chunk, or of the plan's numbers, just before the chunk is
            encoded.
        transform: what happens to the pieces of the body, such as their compression; by default nothing.
        whole_images: maximum number of images in a body that is made as a whole; by default those of a chunk.

    Raises:
        InvalidPlan: as raised by `fitted`.
        Overloaded: there is no room for the first chunk now.
        RunFailed: a model run failed.
    """

    def encoded(chunks: AsyncIterator[Generated]) -> AsyncIterator[Piece]:
        pieces = format.encode(job, _packed(job, format.pack, chunks) if format.pack else chunks)
        return transform(pieces) if transform else pieces

    if len(job.plan) <= (job.chunk_images if whole_images is None else whole_images):
        async with producer.generating(job.plan.images) as only:
            started = perf_counter()
            if job.picture.numbers and job.picture.max_width is not None:
                job = await fitted(job, only)
            content = b"".join([piece async for piece in encoded(_chain(job, only, None, on_images))])
            encode_s = perf_counter() - started
        return Encoding(first=only, content=content, encode_s=encode_s, pieces=_whole(content))
    rest = await producer.stream(job.plan, job.chunk_images)
    first = await anext(rest)
    progress = Progress(first.model_s, 0.0, perf_counter())
    pieces = encoded(_chain(job, first, _timed_chunks(rest, progress), on_images))
    return Encoding(first=first, progress=progress, pieces=_timed_pieces(pieces, progress))


def encode_here(job: Job, format: Format, generated: Generated) -> bytes:
    """Return the body of a job without lanes whose images are all there, encoded in this thread.

    It needs no event loop, so it also works where one is running, as in a notebook.
    """

    async def body() -> bytes:
        return b"".join([piece async for piece in format.encode(job, _chain(job, generated, None, None))])

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


async def _packed(job: Job, pack: Pack, chunks: AsyncIterator[Generated]) -> AsyncIterator[Any]:
    """Yield each chunk as its format takes it, packed here unless another process has done so."""
    async for generated in chunks:
        yield generated.content if isinstance(generated, Packed) else await job.encode_aside(pack, generated)


async def _chain(
    job: Job, first: Generated, rest: AsyncIterator[Generated] | None, on_images: Callable[[int], object] | None
) -> AsyncIterator[Generated]:
    """Yield the first chunk and all that follow."""
    n_left = len(job.plan)
    if on_images:
        on_images(min(n_left, job.chunk_images))
    yield first
    if rest is None:
        return
    async for generated in rest:
        n_left = max(n_left - job.chunk_images, 0)  # the first chunk of a stream may have fewer images
        if on_images:
            on_images(min(n_left, job.chunk_images))
        yield generated
