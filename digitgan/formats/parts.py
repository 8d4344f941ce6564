"""The parts of a file that a client asked for, made from only those images that they show."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from digitgan.contract.card import Card
from digitgan.engine.engine import Engine, Generated
from digitgan.engine.plan import Joined, Plan
from digitgan.engine.source import Seeds
from digitgan.formats.format import Pack, Piece
from digitgan.formats.idx import GzipFile
from digitgan.formats.layout import FixedFile, ImageQueue
from digitgan.formats.memory import fitting_images
from digitgan.formats.registry import PARQUET
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """Some bytes of a file in a body.

    Attributes:
        span: the positions of the bytes in the file, at least one.
        head: what precedes the bytes in the body.
    """

    span: range
    head: bytes = b""


class FileParts:
    """A body with parts of a file; it takes the place of a format where a job is encoded.

    Args:
        file: the file.
        parts: in the order of the body.
        tail: the last bytes of the body.

    Attributes:
        n_images: number of images that the parts show; an image that two parts show counts twice.
        n_bytes: bytes of the body.
        pack: None, see `Format`.
    """

    pack: Pack | None = None

    def __init__(self, file: FixedFile | GzipFile, parts: Sequence[FilePart], tail: bytes = b"") -> None:
        self._file = file
        self._tail = tail
        self._parts = [(part, file.images(part.span.start, part.span.stop)) for part in parts]
        self.n_images = sum(len(images) for _, images in self._parts)
        self.n_bytes = sum(len(part.head) + len(part.span) for part in parts) + len(tail)

    def plan(self, whole: Plan) -> Plan:
        """Return the images of all parts.

        Args:
            whole: the images of the file.
        """
        shown = [images for _, images in self._parts if images]
        if len(shown) < 2:
            images = shown[0] if shown else range(0)
            return whole.part(images.start, images.stop)
        source, labels = whole.source, whole.labels
        assert isinstance(source, Seeds) and labels is not None  # noqa: S101 - as every data set has them
        seeds = Joined([source.values[each.start : each.stop] for each in shown])
        return replace(
            whole,
            source=replace(source, values=seeds),
            labels=Joined([labels[each.start : each.stop] for each in shown]),
        )

    async def encode(self, job: Job, chunks: AsyncIterator[Generated]) -> AsyncIterator[Piece]:
        """Yield the body.

        Args:
            job: the plan of the parts, and how images are shown.
            chunks: the images of the plan.
        """
        queue = ImageQueue(chunks)
        for part, images in self._parts:
            if part.head:
                yield part.head
            async for piece in self._bytes(job, part.span, _some(queue, len(images))):
                yield piece
        if self._tail:
            yield self._tail

    def _bytes(self, job: Job, span: range, images: AsyncIterator[Generated]) -> AsyncIterator[Piece]:
        if isinstance(self._file, GzipFile):
            return self._file.stream(job, images)
        return self._file.stream(job, images, span.start, span.stop)


async def _some(queue: ImageQueue, n: int) -> AsyncIterator[Generated]:
    while n:
        images = await queue.take(n)
        n -= len(images.source)
        yield images


def job_of_file(engine: Engine, card: Card, plan: Plan) -> Job:
    """Return the job of a file of fixed layout, or of a part of it; such a file may have any number of images.

    Args:
        engine: makes the images.
        card: card of the model version.
        plan: the images.
    """
    bytes_per_image = card.image_bytes * PARQUET.bytes_per_pixel  # which takes the most
    return Job(
        card=card,
        plan=plan,
        picture=Picture(metadata=engine.marks_all),
        bytes_per_image=bytes_per_image,
        chunk_images=fitting_images(engine.chunk_images, bytes_per_image),
        lanes=engine.lanes,
    )
