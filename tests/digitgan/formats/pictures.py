"""Knows generated images for the renderers to show, and how any decoder reads a PNG. Does not know models."""

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
from digitgan.formats.format import Form, Streamed
from digitgan.picture.job import Asked
from digitgan.picture.picture import Picture
from tests.cards import a_card


def generated(n: int, *, height: int = 2, width: int = 3, seeds: bool = True, labels: bool = True) -> Generated:
    """Return n images of random pixels, with seeds 100, 101, ... and labels 0, 1, ..."""
    pixels = np.random.default_rng(n).integers(0, 256, (n, height, width), np.uint8)
    images = Images(pixels, np.arange(n) if labels else None)
    return Generated(a_card(), list(range(100, 100 + n)) if seeds else None, images, queue_s=0.0, model_s=0.0)


def asked(some: Generated, picture: Picture | None = None, **changes: Any) -> Asked:
    """Return the request whose answer `generated` is, with some fields of the plan changed."""
    n, seeds, labels = len(some.images.pixels), some.seeds, some.images.labels
    latents = None if seeds is not None else np.zeros((n, 4), np.float32)
    plan = Plan(seeds, latents, None if labels is None else labels.tolist())
    return Asked(some.card, replace(plan, **changes), picture or Picture())


def numbers(*digits: str, gap: int = 0, scale: int = 1) -> tuple[Asked, Generated]:
    """Return a request for numbers in one hand each, and its images."""
    n = sum(map(len, digits))
    made = generated(n)
    labels = [int(digit) for number in digits for digit in number]
    seeds = [place for place, number in enumerate(digits) for _ in number]
    some = Generated(made.card, seeds, Images(made.images.pixels, np.array(labels)), 0.0, 0.0)
    return asked(some, Picture(scale, numbers=digits, gap=gap)), some


def body(form: Form, request: Asked, some: Generated, chunk: int = 2) -> bytes:
    """Return what a form makes of images, of a streamed one chunk by chunk."""
    if not isinstance(form, Streamed):
        return form.render(request, some)
    return b"".join(pieces(form, request, some, chunk))


def pieces(form: Streamed, request: Asked, some: Generated, chunk: int = 2) -> list[bytes]:
    """Return the pieces that a streamed form makes of images that come chunk by chunk."""

    async def chunks() -> AsyncIterator[Generated]:
        for start in range(0, len(some.images.pixels), chunk):
            part = slice(start, start + chunk)
            labels = None if some.images.labels is None else some.images.labels[part]
            images = Images(some.images.pixels[part], labels)
            yield Generated(some.card, None if some.seeds is None else some.seeds[part], images, 0.0, 0.0)

    async def collect() -> list[bytes]:
        return [bytes(piece) async for piece in form.stream(request, chunks())]

    return asyncio.run(collect())


def decoded(png: bytes) -> NDArray[np.uint8]:
    """Return a greyscale PNG's pixels: uint8 (height, width)."""
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        assert image.mode == "L"
        return np.asarray(image)
