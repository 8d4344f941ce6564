"""Shards are data sets of their own, and together they are the whole data set."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_SEED
from digitgan.dataset.shards import cut, fingerprint, make, prepare_shard, shard_sizes
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.loading import open_engine
from digitgan.engine.plan import Plan
from digitgan.engine.settings import EngineSettings
from digitgan.engine.source import Seeds
from tests.cards import a_card

DIGITS = a_card(model="digits", version="2", n_classes=10, latent_size=14)
MAX_IMAGES = 1000


def seeds(plan: Plan) -> list[int]:
    assert isinstance(plan.source, Seeds)
    return list(plan.source.values)


@given(st.integers(1, 2000), st.integers(0, 2**53 - 2001), st.integers(1, 100))
def test_shards_together_are_the_whole_data_set(count: int, seed: int, tens: int) -> None:
    spec = DatasetSpec(count=count, seed=seed, truncation=0.9)
    shards = cut(spec, DIGITS, 10 * tens, MAX_IMAGES)
    whole, parts = spec.plan(DIGITS, count), [shard.spec.plan(DIGITS, MAX_IMAGES) for shard in shards]
    assert [each for part in parts for each in seeds(part)] == seeds(whole)
    assert [each for part in parts for each in part.labels or ()] == list(whole.labels or ())
    assert {(part.model, part.version, part.truncation) for part in parts} == {("digits", "2", 0.9)}


def test_names_have_number_and_count() -> None:
    names = [shard.name for shard in cut(DatasetSpec(count=25), DIGITS, 10, MAX_IMAGES)]
    assert names == [f"train-0000{i}-of-00003.parquet" for i in range(3)]


@pytest.mark.parametrize("shard_images", [-10, 0, 5, 15, 1010])
def test_shard_size_that_is_no_multiple_of_the_classes_is_refused(shard_images: int) -> None:
    expected = f"^{shard_images:,} images per shard; a positive multiple of 10 up to 1,000 is allowed$"
    with pytest.raises(InvalidPlan, match=expected) as refused:
        cut(DatasetSpec(count=100), DIGITS, shard_images, MAX_IMAGES)
    assert refused.value.field == "shard_images"


@pytest.mark.parametrize(
    ("spec", "card", "field"),
    [
        (DatasetSpec(count=100, seed=MAX_SEED - 98), DIGITS, "seed"),
        (DatasetSpec(count=100), a_card(), "model"),
    ],
)
def test_impossible_data_set_is_refused_before_any_shard(spec: DatasetSpec, card: Card, field: str) -> None:
    with pytest.raises(InvalidPlan) as refused:
        cut(spec, card, 10, MAX_IMAGES)
    assert refused.value.field == field


def test_make_reports_the_images_of_each_chunk(models_dir: Path) -> None:
    reported: list[int] = []
    with open_engine(EngineSettings(models_dir=models_dir), None, None) as engine:
        for shard in cut(DatasetSpec(count=620), engine.find(None, None).card, 300, MAX_IMAGES):
            make(engine, prepare_shard(engine, shard.spec), reported.append)
    assert reported == [256, 44, 256, 44, 20]


def test_shard_has_the_same_bytes_as_the_http_answer(service: httpx.Client, models_dir: Path) -> None:
    with open_engine(EngineSettings(models_dir=models_dir), None, None) as engine:
        shards = cut(DatasetSpec(count=620, seed=5), engine.find(None, None).card, 300, MAX_IMAGES)
        made = [make(engine, prepare_shard(engine, shard.spec)) for shard in shards]
    for shard, content in zip(shards, made, strict=True):
        body = {"count": shard.spec.count, "seed": shard.spec.seed}
        answer = service.post("/dataset", json=body, headers={"accept": "application/vnd.apache.parquet"})
        assert answer.raise_for_status().content == content


def test_shards_have_the_sizes_that_are_known_before(models_dir: Path) -> None:
    with open_engine(EngineSettings(models_dir=models_dir), None, None) as engine:
        shards = cut(DatasetSpec(count=620, seed=2**40), engine.find(None, None).card, 300, MAX_IMAGES)
        made = {shard.name: len(make(engine, prepare_shard(engine, shard.spec))) for shard in shards}
        assert shard_sizes(engine, shards) == made


def test_fingerprint_is_the_same_exactly_when_the_bytes_are(models_dir: Path) -> None:
    def with_settings(model: str, threads: int, batch_images: int) -> dict[str, Any]:
        settings = EngineSettings(models_dir=models_dir, threads=threads, batch_images=batch_images)
        with open_engine(settings, model, None) as engine:
            return fingerprint(engine, DatasetSpec(count=1, model=model))

    one = with_settings("digits", 1, 64)
    assert one == with_settings("digits", 2, 16)
    assert one["sample_sha256"] != with_settings("digits-small", 1, 64)["sample_sha256"]
