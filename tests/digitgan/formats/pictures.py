"""Generated images for encoders to encode, without a model, and a decoder that is not ours."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitgan.engine.backend import Images
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan
from digitgan.engine.source import Latents, Seeds, Source
from digitgan.formats.format import Format
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture
from tests.cards import a_card


def an_image(pixels: NDArray[np.uint8], labels: list[int] | None = None, source: Source | None = None) -> Generated:
    """Return generated images with these pixels (N, H, W)."""
    images = Images(pixels, None if labels is None else np.array(labels))
    _, height, width = pixels.shape
    card = a_card(image_height=height, image_width=width)
    return Generated(card=card, source=source or Seeds(range(len(pixels))), images=images, queue_s=0.0, model_s=0.0)


def generated(n: int, *, height: int = 2, width: int = 3, seeds: bool = True, labels: bool = True) -> Generated:
    """Return n images of random pixels, with seeds 100, 101, ... (or latents) and labels 0, 1, ..."""
    pixels = np.random.default_rng(n).integers(0, 256, (n, height, width), np.uint8)
    source: Source = Seeds(list(range(100, 100 + n))) if seeds else Latents(np.zeros((n, 4), np.float32))
    return an_image(pixels, list(range(n)) if labels else None, source)


def a_job(some: Generated, picture: Picture | None = None, **changes: Any) -> Job:
    """Return the job that `some` is the result of, with some fields of its plan changed."""
    labels = None if some.images.labels is None else some.images.labels.tolist()
    plan = Plan(source=some.source, labels=labels)
    return Job(card=some.card, plan=replace(plan, **changes), picture=picture or Picture())


def numbers(*digits: str, **looks: Any) -> tuple[Job, Generated]:
    """Return a job that draws numbers, each in a hand of its own, and its images; signs have none."""
    seeds = [position for position, number in enumerate(digits) for each in number if each.isdigit()]
    labels = [int(each) for number in digits for each in number if each.isdigit()]
    some = an_image(generated(len(labels)).images.pixels, labels, Seeds(seeds))
    return a_job(some, Picture(numbers=digits, **looks)), some


def body(format: Format, job: Job, some: Generated, chunk: int = 2) -> bytes:
    """Return the body of a format, whose images come chunk by chunk if it is streamed."""
    return b"".join(pieces(format, job, some, chunk if format.is_streamed else len(job.plan)))


def pieces(format: Format, job: Job, some: Generated, chunk: int = 2) -> list[bytes]:
    """Return the pieces of a body whose images come chunk by chunk."""

    async def chunks() -> AsyncIterator[Generated]:
        for start in range(0, len(some.source), chunk):
            stop = start + chunk
            labels = None if some.images.labels is None else some.images.labels[start:stop]
            images = Images(some.images.pixels[start:stop], labels)
            yield replace(some, source=some.source.part(start, stop), images=images)

    async def collect() -> list[bytes]:
        return [bytes(piece) async for piece in format.encode(job, chunks())]

    return asyncio.run(collect())


def decoded(png: bytes) -> NDArray[np.uint8]:
    """Return a greyscale PNG's pixels: uint8 (height, width)."""
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        assert image.mode == "L"
        return np.asarray(image)
