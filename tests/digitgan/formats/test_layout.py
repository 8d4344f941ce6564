"""Any range of bytes of a file of fixed layout, made from its own images alone."""

import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitgan.contract.card import Card
from digitgan.engine.backend import Images
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan, Repeated
from digitgan.engine.source import Seeds
from digitgan.formats import idx, npy, parquet
from digitgan.formats.layout import Column, FixedFile
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture
from tests.cards import a_card

CARD = a_card(n_classes=10, latent_size=14)
N = 2_345
FILES: dict[str, Callable[[Plan, Card], FixedFile]] = {
    "idx images": idx.images_file,
    "idx labels": idx.labels_file,
    "npy images": npy.images_file,
    "npy labels": npy.labels_file,
    "parquet": lambda plan, card: parquet.file_of(plan, card, False),
}


def a_plan(n: int) -> Plan:
    return Plan(source=Seeds(range(7, 7 + n)), labels=Repeated(range(10), n))


def drawn(positions: range) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return images that differ by their positions: uint8 (n, 2, 3)."""
    places = np.arange(positions.start, positions.stop)[:, None] * 6 + np.arange(6)
    return (places * 31 % 251).astype(np.uint8).reshape(-1, 2, 3)


def read(file: FixedFile, card: Card, start: int, stop: int, chunk: int = 500) -> bytes:
    """Return bytes start to stop; only the images that they show are there."""
    plan, images = a_plan(N), file.images(start, stop)

    async def chunks() -> AsyncIterator[Generated]:
        for first in range(images.start, images.stop, chunk):
            some = range(first, min(first + chunk, images.stop))
            source = plan.source.part(some.start, some.stop)
            yield Generated(card=card, source=source, images=Images(drawn(some), None), queue_s=0.0, model_s=0.0)

    async def collect() -> bytes:
        job = Job(card=card, plan=plan, picture=Picture())
        return b"".join([bytes(piece) async for piece in file.stream(job, chunks(), start, stop)])

    return asyncio.run(collect())


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_range_is_a_slice_of_the_whole(name: str, data: st.DataObject) -> None:
    file = FILES[name](a_plan(N), CARD)
    whole = read(file, CARD, 0, file.size)
    assert len(whole) == file.size
    start = data.draw(st.integers(0, file.size - 1))
    stop = data.draw(st.integers(start + 1, min(file.size, start + 40_000)))
    assert read(file, CARD, start, stop, chunk=data.draw(st.sampled_from([1, 7, 500]))) == whole[start:stop]


def test_range_needs_the_images_that_it_shows_and_no_others() -> None:
    file = idx.images_file(a_plan(N), CARD)
    assert file.images(0, 16) == range(0)
    assert file.images(16, 17) == range(1)
    assert file.images(16 + 6 * 5 + 5, 16 + 6 * 7 + 1) == range(5, 8)
    assert file.images(0, file.size) == range(N)


def test_images_of_a_long_range_follow_from_the_groups_at_its_ends() -> None:
    n_heads = 0

    def head(_: int) -> bytes:
        nonlocal n_heads
        n_heads += 1
        return b"head"

    columns = [
        Column(row_bytes=3, head=head, draw=lambda _, generated: generated.images.pixels.data.cast("B")),
        Column(row_bytes=1, head=head, compute=lambda rows: bytes(len(rows))),
    ]
    file = FixedFile(10**6, columns, start=b"start", end=b"end", group=1_000)
    group, n_heads = file.group_size(1_000), 0
    assert file.images(0, file.size) == range(10**6)
    assert file.images(5 + 4 + 3 * 10, file.size - 3 - group) == range(10, 999_000)
    assert file.images(5 + 4 + 3 * 1_000, 5 + 3 * group + 4 + 1) == range(1_000, 3_001)
    assert file.images(5 + 4 + 3 * 1_000, 5 + group + 4) == range(0)
    assert file.images(file.size - 3, file.size) == range(0)
    assert n_heads < 100


def test_file_of_a_thousand_million_images_costs_nothing() -> None:
    n = 10**9
    plan = a_plan(n)
    images, table = idx.images_file(plan, CARD), parquet.file_of(plan, CARD, False)
    assert images.size == 16 + 6 * n
    assert images.images(16 + 6 * (n - 1), images.size) == range(n - 1, n)
    middle = table.size // 2
    assert len(table.images(middle, middle + 1_000)) < 20
