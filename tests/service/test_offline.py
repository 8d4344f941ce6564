"""Knows that an engine without a server tells how far it is. What bytes it gives is tested by the commands' files."""

import asyncio
from pathlib import Path

from digitgan.formats import idx_tar
from digitgan.formats.understood import understand
from digitgan.picture.picture import Picture
from service.offline import engine_of, pieces
from service.requests.dataset import DatasetRequest
from service.settings import Settings


def test_progress_is_told_a_chunk_at_a_time(models_dir: Path) -> None:
    told: list[int] = []

    async def size() -> int:
        return sum([len(piece) async for piece in pieces(engine, asked, idx_tar.FORM, told.append)])

    with engine_of(Settings(models_dir=models_dir, batch_images=8)) as engine:
        plan = DatasetRequest(count=70).plan(engine.find(None, None).card, 70)
        asked = understand(engine, plan, Picture(), idx_tar.FORM)
        assert asyncio.run(size()) == idx_tar.size(asked)
    assert told == [32, 32, 6]
