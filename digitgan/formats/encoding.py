"""How a request becomes bytes: checked against model and format, run by the engine, encoded piece by piece.

The HTTP routes and the command line both use this module, so their bytes are the same.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from digitgan.engine.engine import Engine, Generated
from digitgan.engine.plan import Plan
from digitgan.formats.format import Format, Piece
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A body in progress, whose first chunk of images has been generated.

    Attributes:
        first: the first chunk.
        is_complete: the first chunk is the only one.
        pieces: the pieces of the body.
    """

    first: Generated
    is_complete: bool
    pieces: AsyncIterator[Piece]


def prepare(
    engine: Engine,
    plan: Plan,
    picture: Picture,
    format: Format,
    *,
    keys: Mapping[str, Any] | None = None,
    is_random: bool = False,
) -> Job:
    """Return the job of a request, after checking that the model can make it and the format can hold it.

    Args:
        engine: runs the model.
        plan: the images.
        picture: how they are shown.
        format: format of the answer.
        keys: see `Job`.
        is_random: see `Job`.

    Raises:
        UnknownModel, InvalidPlan: the request is not possible; the error names the field and what it allows.
    """
    card, n = engine.check(plan), len(plan)
    height, width = card.image_height, card.image_width
    if format.is_streamed and not picture.numbers:
        picture.check_stream(n, height, width)
        n = min(n, engine.chunk_images)
    picture.check(n, height, width)
    if format.max_side is not None:
        picture.check_sides(n, height, width, format.max_side)
    return Job(card=card, plan=plan, picture=picture, keys=keys, is_random=is_random)


async def encode(
    engine: Engine,
    job: Job,
    format: Format,
    on_images: Callable[[int], object] | None = None,
) -> Encoding:
    """Run a job's first chunk and return the body that it begins.

    Numbers come in one chunk, since their digits belong together.

    Args:
        engine: runs the model.
        job: what to encode.
        format: the format to encode it in.
        on_images: called with the number of images of each chunk, just before the chunk is encoded.

    Raises:
        Overloaded: there is no room for the first chunk now.
        RunFailed: a model run failed.
    """
    n, is_cut = len(job.plan), format.is_streamed and not job.picture.numbers
    chunk_images = engine.chunk_images if is_cut else n
    if n <= chunk_images:
        first, rest = await engine.generate(job.plan), None  # costs a lone image less than a stream of one chunk
    else:
        rest = await engine.stream(job.plan, chunk_images)
        first = await anext(rest)
    return Encoding(
        first=first,
        is_complete=n <= chunk_images,
        pieces=format.encode(job, _chain(first, rest, on_images)),
    )


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
