"""Knows that a shard is a data set of its own, and all shards together are the whole. Does not know folders."""

from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import MAX_SEED
from service.offline import engine_of
from service.requests.dataset import DatasetRequest
from service.settings import Settings
from service.shards import cut, made_with, make
from tests.cards import a_card

DIGITS = a_card(model="digits", version="2", n_classes=10, latent_size=14)
MOST = 1000


@given(st.integers(1, 2000), st.integers(0, 2**53 - 2001), st.integers(1, 100))
def test_shards_together_are_the_whole_data_set(count: int, seed: int, tens: int) -> None:
    request = DatasetRequest(count=count, seed=seed, truncation=0.9)
    shards = cut(request, DIGITS, 10 * tens, MOST)
    whole, parts = request.plan(DIGITS, count), [shard.request.plan(DIGITS, MOST) for shard in shards]
    assert [each for part in parts for each in part.seeds or ()] == list(whole.seeds or ())
    assert [each for part in parts for each in part.labels or ()] == list(whole.labels or ())
    assert {(part.model, part.version, part.truncation) for part in parts} == {("digits", "2", 0.9)}


def test_names_are_in_order_and_say_how_many_there_are() -> None:
    names = [shard.name for shard in cut(DatasetRequest(count=25), DIGITS, 10, MOST)]
    assert names == [f"train-0000{i}-of-00003.parquet" for i in range(3)]


@pytest.mark.parametrize("shard_images", [-10, 0, 5, 15, 1010])
def test_a_shard_that_is_no_data_set_is_refused(shard_images: int) -> None:
    with pytest.raises(InvalidPlan, match="a multiple of 10 classes, to 1000") as refused:
        cut(DatasetRequest(count=100), DIGITS, shard_images, MOST)
    assert refused.value.field == "shard_images"


@pytest.mark.parametrize(
    ("request_", "card", "field"),
    [
        (DatasetRequest(count=100, seed=MAX_SEED - 98), DIGITS, "seed"),
        (DatasetRequest(count=100), a_card(), "model"),
    ],
)
def test_what_there_is_not_is_refused_before_any_shard(request_: DatasetRequest, card: Card, field: str) -> None:
    with pytest.raises(InvalidPlan) as refused:
        cut(request_, card, 10, MOST)
    assert refused.value.field == field


def test_a_shard_has_the_bytes_that_http_answers_with(service: httpx.Client, models_dir: Path) -> None:
    pytest.importorskip("pyarrow")
    told: list[int] = []
    with engine_of(Settings(models_dir=models_dir)) as engine:
        shards = cut(DatasetRequest(count=620, seed=5), engine.find(None, None).card, 300, MOST)
        made = [make(engine, shard.request, told.append) for shard in shards]
    for shard, content in zip(shards, made, strict=True):
        body = {"count": shard.request.count, "seed": shard.request.seed}
        answer = service.post("/dataset", json=body, headers={"accept": "application/vnd.apache.parquet"})
        assert answer.raise_for_status().content == content
    assert told == [256, 44, 256, 44, 20]


def test_what_decides_the_bytes_is_the_same_for_the_same_bytes_alone(models_dir: Path) -> None:
    pytest.importorskip("pyarrow")
    ways = []
    for threads, batch_images in ((1, 64), (2, 64), (1, 16)):
        with engine_of(Settings(models_dir=models_dir, threads=threads, batch_images=batch_images)) as engine:
            ways.append(made_with(engine, DatasetRequest(count=1)))
            ways.append(made_with(engine, DatasetRequest(count=1, model="digits-small")))
    assert ways[0] == ways[2]
    assert ways[0]["row_group_images"] != ways[4]["row_group_images"]
    assert ways[0]["sample_sha256"] != ways[1]["sample_sha256"]
