"""Cutting a large data set into shards, each of which is a data set of its own, and making their files."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.dataset.selection import Counting, judge_sha256
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.engine import Engine
from digitgan.engine.selection import Tally
from digitgan.formats import parquet
from digitgan.formats.encoding import Producer, encode, prepare
from digitgan.formats.registry import PARQUET
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture
from digitgan.png.encoder import ENCODER_ID

USUAL_IMAGES = 10_000  # about 9 MB, made in one or two seconds
_SAMPLE = DatasetSpec(count=100)


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of a data set.

    Attributes:
        name: file name, numbered in the way that readers of Parquet expect.
        spec: the data set in the shard; `POST /dataset` returns the same bytes for it.
    """

    name: str
    spec: DatasetSpec


class Made(NamedTuple):
    """A shard whose file was made.

    Attributes:
        shard: the shard.
        sha256: checksum of its file.
        content: the file; None if it is in its place already.
        tally: how its images were chosen; None if they were taken as they came.
    """

    shard: Shard
    sha256: str
    content: bytes | None
    tally: Tally | None


def cut(spec: DatasetSpec, card: Card, shard_images: int, max_images: int) -> list[Shard]:
    """Return the shards of a data set, in order.

    Args:
        spec: the whole data set. Its shards name the card's model version, so that all have the same.
        card: card of the model version that the spec names.
        shard_images: images in each shard but the last.
        max_images: maximum number of images in one shard.

    Raises:
        InvalidPlan: a shard's plan is not possible, or shards of this size would not be balanced over the classes.
    """
    if not 1 <= shard_images <= max_images or shard_images % max(card.n_classes, 1):
        raise InvalidPlan(
            "shard_images",
            f"{shard_images:,} images per shard; a positive multiple of {max(card.n_classes, 1)} up to {max_images:,} "
            "is allowed",
        )
    fixed = spec.of(card)
    starts = range(0, spec.count, shard_images)
    shards = [
        Shard(
            f"train-{number:05}-of-{len(starts):05}.parquet",
            fixed.part(start, start + shard_images),
        )
        for number, start in enumerate(starts)
    ]
    for shard in (shards[0], shards[-1]):  # if any shard is invalid, one of these is
        shard.spec.plan(card, max_images)
    return shards


def prepare_shard(engine: Engine, spec: DatasetSpec) -> Job:
    """Return the job of a shard's file.

    Raises:
        UnknownModel, InvalidPlan: the engine cannot make this data set.
    """
    plan = spec.plan(engine.find(spec.model, spec.version).card, spec.count)
    return prepare(engine, plan, Picture(), PARQUET)


def shard_sizes(engine: Engine, shards: Sequence[Shard]) -> dict[str, int]:
    """Return the bytes of each shard's file, by its name; it follows from the number of images alone.

    Raises:
        UnknownModel, InvalidPlan: as raised by `prepare_shard`.
    """
    examples = {shard.spec.count: shard.spec for shard in shards}
    sizes = {count: parquet.size(prepare_shard(engine, spec)) for count, spec in examples.items()}
    return {shard.name: sizes[shard.spec.count] for shard in shards}


def make(producer: Producer, job: Job, on_images: Callable[[int], object] | None = None) -> bytes:
    """Return the bytes of a shard's file.

    Args:
        producer: generates the images.
        job: the shard's job.
        on_images: called with the number of images of each chunk.

    Raises:
        RunFailed: a model run failed.
    """

    async def collect() -> bytes:
        encoding = await encode(producer, job, PARQUET, on_images)
        return b"".join([piece async for piece in encoding.pieces])

    return asyncio.run(collect())


def make_shard(producer: Producer, shard: Shard, job: Job, on_images: Callable[[int], object] | None = None) -> Made:
    """Return a shard with its file, its checksum, and how its images were chosen; see `make`."""
    counting = Counting(producer)
    content = make(counting, job, on_images)
    return Made(shard, hashlib.sha256(content).hexdigest(), content, counting.tally if job.plan.selection else None)


def fingerprint(engine: Engine, spec: DatasetSpec) -> dict[str, Any]:
    """Return everything that the bytes of a shard depend on, except its spec: equal fingerprints mean equal bytes.

    It includes the hash of a sample that is generated here, since processors may round differently, and chosen as the
    spec says.

    Raises:
        UnknownModel, InvalidPlan, RunFailed: as raised by `prepare_shard` and `make`.
    """
    card = engine.find(spec.model, spec.version).card
    sample = _SAMPLE.of(card).model_copy(update=spec.of_selection)
    return {
        "sha256": card.file.sha256,
        "png": ENCODER_ID,
        "parquet": PARQUET.encoder,
        "sample_sha256": hashlib.sha256(make(engine, prepare_shard(engine, sample))).hexdigest(),
        **({"judge": judge_sha256()} if spec.of_selection else {}),
        **({"mark": "always"} if engine.marks_all else {}),
    }
