"""Knows how a large data set is cut into shards, each a data set by itself, and how one becomes the bytes of a file.

Does not know where shards are made, nor where they are kept.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.engine.engine import Engine
from digitgan.formats import parquet_body
from digitgan.formats.understood import understand
from digitgan.picture.picture import Picture
from digitgan.png.encoder import ENCODER_ID
from service.offline import pieces
from service.requests.dataset import DatasetRequest

FORM = parquet_body.FORM
USUAL_IMAGES = 10_000  # some 3 MB, made in a second or two
_SAMPLE = DatasetRequest(count=100)


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of a data set.

    Attributes:
        name: of its file, numbered as readers of Parquet expect it.
        request: what `POST /dataset` would answer with the same bytes.
    """

    name: str
    request: DatasetRequest


def cut(request: DatasetRequest, card: Card, shard_images: int, max_images: int) -> list[Shard]:
    """Return the shards of a data set, in its order.

    Args:
        request: the whole of it; its model version becomes the card's, so that all shards are of one.
        card: of the model version that is asked for.
        shard_images: images in each, but for the last.
        max_images: most images in one.

    Raises:
        InvalidPlan: as the request's plan, but for the whole count; or shards of this size are not data sets.
    """
    if not 1 <= shard_images <= max_images or shard_images % max(card.n_classes, 1):
        raise InvalidPlan(
            "shard_images", f"{shard_images} images asked for; a multiple of {card.n_classes} classes, to {max_images}"
        )
    fixed = request.model_copy(update={"model": card.model, "version": card.version})
    starts = range(0, request.count, shard_images)
    shards = [
        Shard(
            f"train-{number:05}-of-{len(starts):05}.parquet",
            fixed.model_copy(update={"seed": request.seed + start, "count": min(shard_images, request.count - start)}),
        )
        for number, start in enumerate(starts)
    ]
    for shard in (shards[0], shards[-1]):  # what is wrong with any is wrong with one of these
        shard.request.plan(card, max_images)
    return shards


def make(engine: Engine, request: DatasetRequest, on_images: Callable[[int], object] = lambda _: None) -> bytes:
    """Return the file of a shard.

    Args:
        engine: makes the images.
        request: the shard's.
        on_images: is told how many more images there are, whenever there are some.

    Raises:
        UnknownModel, InvalidPlan: the engine cannot do what is asked.
        RunFailed: a model run failed.
    """
    plan = request.plan(engine.find(request.model, request.version).card, request.count)
    asked = understand(engine, plan, Picture(), FORM)

    async def made() -> bytes:
        return b"".join([piece async for piece in pieces(engine, asked, FORM, on_images)])

    return asyncio.run(made())


def made_with(engine: Engine, request: DatasetRequest) -> dict[str, Any]:
    """Return all that the bytes of a shard depend on but the request: who has the same makes the same.

    The sample is made here and now, and so tells machines apart whose processors round differently.

    Raises:
        UnknownModel, InvalidPlan, RunFailed: as `make`.
    """
    card = engine.find(request.model, request.version).card
    sample = _SAMPLE.model_copy(update={"model": card.model, "version": card.version})
    return {
        "sha256": card.file.sha256,
        "png": ENCODER_ID,
        "parquet": FORM.encoder,
        "row_group_images": engine.chunk_images,
        "sample_sha256": hashlib.sha256(make(engine, sample)).hexdigest(),
    }
