"""Parts of files: any of them are slices of the whole, and are made from their own images alone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from random import Random

import numpy as np
import pytest

from digitgan.contract.card import Card
from digitgan.engine.engine import Engine, Generated
from digitgan.engine.plan import Plan, Repeated
from digitgan.engine.source import Seeds
from digitgan.formats import idx, npy, parquet
from digitgan.formats.layout import FixedFile
from digitgan.formats.parts import FilePart, FileParts, job_of_file
from digitgan.png.stored import stored_size
from tests.backends import EchoBackend
from tests.cards import a_card
from tests.digitgan.formats.pictures import an_image

N = 2_345
CARD = a_card(n_classes=3)
PLAN = Plan(source=Seeds(range(100, 100 + N)), labels=Repeated(range(3), N))
PIXELS = np.random.default_rng(1).integers(0, 256, (N, 2, 3), np.uint8)
ENGINE = Engine([EchoBackend(CARD)], default_model="tiny", batch_images=4, queue_images=16)


def a_parquet(plan: Plan, card: Card) -> FixedFile:
    return parquet.file_of(plan, card, False)


def body_of(file: FixedFile | idx.GzipFile, parts: list[FilePart], tail: bytes = b"") -> bytes:
    """Return the body that is made from exactly the images of its plan, seven at a time."""
    body = FileParts(file, parts, tail)
    job = job_of_file(ENGINE, CARD, body.plan(PLAN))
    seeds = [job.plan.source.seed(i) for i in range(len(job.plan))]
    assert len(seeds) == body.n_images

    async def chunks() -> AsyncIterator[Generated]:
        for start in range(0, len(seeds), 7):
            values = seeds[start : start + 7]
            yield an_image(PIXELS[[seed - 100 for seed in values if seed is not None]], source=Seeds(values))  # type: ignore[arg-type]

    async def collect() -> bytes:
        return b"".join([bytes(piece) async for piece in body.encode(job, chunks())])

    made = asyncio.run(collect())
    assert len(made) == body.n_bytes
    return made


@pytest.mark.parametrize("make", [idx.images_file, idx.labels_file, npy.images_file, npy.labels_file, a_parquet])
def test_parts_are_slices_of_the_whole(make: Callable[[Plan, Card], FixedFile]) -> None:
    file, random = make(PLAN, CARD), Random(2)
    whole = body_of(file, [FilePart(span=range(file.size))])
    for _ in range(100):
        edges = sorted(random.sample(range(file.size), 2 * random.randint(1, 8)))
        spans = [range(first, last + 1) for first, last in zip(edges[::2], edges[1::2], strict=True)]
        random.shuffle(spans)
        parts = [FilePart(span=span, head=f"head {i}".encode()) for i, span in enumerate(spans)]
        expected = b"".join(part.head + whole[part.span.start : part.span.stop] for part in parts)
        assert body_of(file, parts, b"tail") == expected + b"tail"


def test_image_that_two_parts_show_is_made_for_each() -> None:
    file = idx.images_file(PLAN, CARD)
    body = FileParts(file, [FilePart(span=range(16, 17)), FilePart(span=range(19, 30))])
    assert body.n_images == 1 + 3
    plan = body.plan(PLAN)
    assert [plan.source.seed(i) for i in range(4)] == [100, 100, 101, 102]
    assert list(plan.labels or ()) == [0, 0, 1, 2]


def test_file_in_gzip_is_made_whole() -> None:
    file = idx.GzipFile(idx.images_file(PLAN, CARD), is_marked=False)
    body = FileParts(file, [FilePart(span=range(file.size))])
    assert body.n_images == N
    assert len(body_of(file, [FilePart(span=range(file.size))])) == file.size


def test_encoding_of_a_file_announces_the_memory_of_stored_pngs() -> None:
    card = a_card(image_height=28, image_width=28)
    job = job_of_file(ENGINE, card, PLAN)
    assert job.bytes_per_image > 3 * stored_size(28, 28)
    assert (job.chunk_images, job.lanes) == (ENGINE.chunk_images, ENGINE.lanes)
