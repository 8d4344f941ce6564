"""The files of a data set: what a reader that is not ours finds in each of them."""

import asyncio
import gzip
import io
from collections.abc import AsyncIterator

import numpy as np
import pytest

from digitgan.dataset.files import FILES
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.backend import Images
from digitgan.engine.engine import Generated
from digitgan.formats.idx import GzipFile
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture
from digitgan.picture.provenance import DIGITAL_SOURCE_TYPE
from tests.cards import a_card

CARD = a_card(model="digits", n_classes=10, latent_size=14)
SPEC = DatasetSpec(count=120, seed=3)


def content(name: str, *, is_marked: bool = False) -> bytes:
    """Return a file, whose images show their positions."""
    file = FILES[name]
    plan = file.part(SPEC).plan(CARD, 1_000)
    pixels = np.arange(len(plan), dtype=np.uint8)[:, None, None] * np.ones((1, 2, 3), np.uint8)
    made = file.make(plan, CARD, is_marked)

    async def chunks() -> AsyncIterator[Generated]:
        if isinstance(made, GzipFile) or made.images(0, made.size):
            yield Generated(card=CARD, source=plan.source, images=Images(pixels, None), queue_s=0.0, model_s=0.0)

    async def collect() -> bytes:
        job = Job(card=CARD, plan=plan, picture=Picture())
        return b"".join([bytes(piece) async for piece in made.stream(job, chunks())])

    whole = asyncio.run(collect())
    assert len(whole) == made.size
    return whole


@pytest.mark.parametrize(("part", "count"), [("train", 120), ("t10k", 20)])
def test_files_of_mnist_have_images_and_labels(part: str, count: int) -> None:
    images, labels = content(f"{part}-images-idx3-ubyte"), content(f"{part}-labels-idx1-ubyte")
    assert images[:16].hex() == f"00000803{count:08x}{2:08x}{3:08x}"
    assert np.frombuffer(images, np.uint8, offset=16).tolist() == [i for i in range(count) for _ in range(6)]
    assert labels == bytes.fromhex(f"00000801{count:08x}") + bytes(i % 10 for i in range(count))


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".gz")])
def test_gzip_has_the_file_of_the_same_name(name: str) -> None:
    assert gzip.decompress(content(name)) == content(name.removesuffix(".gz"))


def test_arrays_are_read_by_numpy() -> None:
    assert np.load(io.BytesIO(content("images.npy"))).shape == (120, 2, 3)
    assert np.load(io.BytesIO(content("labels.npy"))).tolist() == [i % 10 for i in range(120)]


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte.gz", "data.parquet"])
def test_files_that_can_are_marked_as_generated(name: str) -> None:
    assert DIGITAL_SOURCE_TYPE.encode() in content(name, is_marked=True)
    assert DIGITAL_SOURCE_TYPE.encode() not in content(name)
