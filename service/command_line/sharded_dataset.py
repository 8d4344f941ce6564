"""Knows what the command `dataset` does with shards: made here or on a cluster, resumed where a run was cut off.

Does not know words and flags (`service.command_line.cli`), nor how a shard is made (`digitgan.dataset.shards`).
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tqdm import tqdm

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan, UnknownModel
from digitgan.dataset.folder import ShardFolder
from digitgan.dataset.shards import USUAL_IMAGES, Shard, cut, made_with, make
from digitgan.engine.engine import Engine
from digitgan.formats.outputs import CannotWrite
from service.command_line.words import WrongWords, wrong_words
from service.offline import engine_of
from service.requests.dataset import DatasetRequest
from service.settings import Settings


def write(
    settings: Settings, request: DatasetRequest, target: Path, shard_images: int | None, *, on_ray: bool
) -> dict[str, Any]:
    """Write the shards that are not in a folder yet; return what was made.

    Args:
        settings: of the engine.
        request: the whole data set.
        target: the folder.
        shard_images: images a shard.
        on_ray: make them on a Ray cluster.

    Raises:
        WrongWords: it cannot be had; the word is named.
        CannotServe, RunFailed: as the engine.
        OSError: it cannot be written.
    """
    with engine_of(settings) as engine:
        try:
            card = engine.find(request.model, request.version).card
            n_images = _usual_images(settings, card) if shard_images is None else shard_images
            shards = cut(request, card, n_images, settings.max_stream_images)
        except (InvalidPlan, UnknownModel) as error:
            raise wrong_words(error) from None
        what = {"model": card.model, "version": card.version, "seed": request.seed, "count": request.count}
        way = made_with(engine, request)
        try:
            folder = ShardFolder(target, {**what, "truncation": request.truncation, "shard_images": n_images, **way})
        except CannotWrite as error:
            raise WrongWords(f"-o: {error}") from None
        missing = [shard for shard in shards if not folder.has(shard.name)]
        n_missing = sum(shard.request.count for shard in missing)
        with tqdm(total=request.count, initial=request.count - n_missing, unit=" images", disable=None) as bar:
            for shard, content in _made(settings, engine, missing, way, bar.update, on_ray=on_ray):
                folder.keep(shard.name, content)
        size = folder.close([shard.name for shard in shards])
    kept = len(shards) - len(missing)
    return {**what, "format": "parquet", "shards": len(shards), "kept": kept, "size_bytes": size}


def _usual_images(settings: Settings, card: Card) -> int:
    n_classes = max(1, card.n_classes)
    return max(1, min(USUAL_IMAGES, settings.max_stream_images) // n_classes) * n_classes


def _made(
    settings: Settings,
    engine: Engine,
    shards: list[Shard],
    way: dict[str, Any],
    tell: Callable[[int], object],
    *,
    on_ray: bool,
) -> Iterator[tuple[Shard, bytes]]:
    """Yield shards with their bytes as they are made, and tell how many more images there are."""
    if not on_ray:
        yield from ((shard, make(engine, shard.request, tell)) for shard in shards)
    elif shards:
        with closing(make_on_cluster(settings, shards, way)) as making:
            for shard, content in making:
                tell(shard.request.count)
                yield shard, content
