"""Data sets of numbers for formats to encode, drawn without a model."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np

from digitgan.dataset.patterns import Pattern
from digitgan.engine.backend import Images
from digitgan.engine.engine import Generated
from digitgan.engine.plan import NumbersPlan
from digitgan.engine.source import Neighbours, Seeds
from digitgan.formats.format import Format
from digitgan.picture.job import Job
from digitgan.picture.labelled import Labelled, labelled
from digitgan.picture.picture import Picture
from tests.cards import a_card

HAND = "hAAAAAA"
FIRST = 100


def a_data_set(n: int = 5, pattern: str = "[0.00-999.99] %", *, in_one_hand: bool = False, **looks: Any) -> Job:
    """Return the job of n numbers from seed `FIRST` on, in ink of height 32 unless looks say otherwise."""
    seeds = Seeds.following(FIRST, n)
    source = Neighbours(seeds.values, HAND, 0.5) if in_one_hand else seeds
    looks = {"ink": True, "layout": "natural", "height": 32} | looks
    return Job(card=a_card(), plan=NumbersPlan(source=source, pattern=Pattern.parse(pattern)), picture=Picture(**looks))


def part_of(job: Job, start: int, stop: int) -> Generated:
    """Return the digits of numbers start to stop: upright bars, the wider the larger the digit."""
    plan = job.plan.part(start, stop)
    pixels = np.zeros((len(plan), 28, 28), np.uint8)
    for image, label in zip(pixels, plan.labels or (), strict=True):
        image[5:24, 10 : 13 + label] = 255
    return Generated(card=job.card, source=plan.source, images=Images(pixels, None), queue_s=0.0, model_s=0.0)


def numbers_of(job: Job) -> list[Labelled]:
    """Return all numbers as they are given to formats."""
    return labelled(job, part_of(job, 0, len(job.plan)))


def file_of(format: Format, job: Job, at_once: int = 2) -> bytes:
    """Return the file of a data set that is packed in parts of some numbers."""
    return b"".join(pieces_of(format, job, at_once))


def pieces_of(format: Format, job: Job, at_once: int = 2) -> list[bytes]:
    """Return the pieces of the file."""
    pack = format.pack
    assert pack is not None

    async def parts() -> AsyncIterator[Any]:
        for start in range(0, len(job.plan), at_once):
            yield pack(job, part_of(job, start, start + at_once))

    async def collect() -> list[bytes]:
        return [bytes(piece) async for piece in format.encode(job, parts())]

    return asyncio.run(collect())
