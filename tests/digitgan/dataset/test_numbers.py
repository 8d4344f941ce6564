"""Data sets of numbers: what a spec may say, and that any part of one is a data set of its own."""

import asyncio
import io
import json
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.hand import token_of
from digitgan.contract.latents import seeds_to_latents
from digitgan.contract.limits import MAX_DATASET_IMAGES, MAX_SEED
from digitgan.dataset.numbers import NumbersSpec
from digitgan.dataset.workers import open_producer
from digitgan.engine.engine import Engine
from digitgan.engine.loading import open_engine
from digitgan.engine.plan import number_plan
from digitgan.engine.settings import EngineSettings
from digitgan.engine.source import Seeds
from digitgan.formats.encoding import Producer, encode, prepare
from digitgan.formats.registry import LABELLED_FILES, PNG, YOLO
from digitgan.picture.picture import Picture
from digitgan.request.messages import validated

SETTINGS = EngineSettings(batch_images=16)  # so that a part has 64 digits at most


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine(SETTINGS, "digits", "1") as opened:
        yield opened


def spec(**fields: Any) -> NumbersSpec:
    """Return the spec of 30 dates, 32 pixels high, unless fields say otherwise."""
    return validated(NumbersSpec, {"pattern": "dd/mm/yyyy", "count": 30, "height": 32} | fields, "field")


def archive(engine: Engine, spec: NumbersSpec, producer: Producer | None = None) -> bytes:
    """Return the zip file of a data set, made by the engine or another producer."""
    job = spec.job(engine, LABELLED_FILES)
    sizes: list[int] = []

    async def collect() -> bytes:
        encoding = await encode(producer or engine, job, LABELLED_FILES, sizes.append)
        return b"".join([bytes(piece) async for piece in encoding.pieces])

    content = asyncio.run(collect())
    assert sum(sizes) == spec.count
    return content


def files(content: bytes) -> dict[str, bytes]:
    """Return the files of an archive by name; of the labels each line."""
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        found = {name: opened.read(name) for name in opened.namelist()}
    lines = found.pop("labels.jsonl").splitlines()
    return found | {json.loads(line)["file"] + " label": line for line in lines}


def test_parts_of_a_data_set_are_data_sets_of_their_own(engine: Engine) -> None:
    looks: list[dict[str, Any]] = [
        {"seed": 5},
        {"pattern": "#{1-4}", "ink": False, "height": 112, "width": 200},
        {"pattern": "-[0.00-9.99]", "hand": spec_hand(engine), "vary": 0.3, "metadata": True},
    ]
    for each in looks:
        whole = spec(**each)
        parts = [spec(**each | {"seed": whole.seed + start, "count": n}) for start, n in ((0, 1), (1, 20), (21, 9))]
        together = {name: content for part in parts for name, content in files(archive(engine, part)).items()}
        assert files(archive(engine, whole)) == together
        assert len(together) == 60


def spec_hand(engine: Engine) -> str:
    """Return the token of a hand of the model."""
    return token_of(seeds_to_latents([3], engine.find("digits", "1").card.style_size)[0])


def test_worker_processes_make_the_same_bytes(engine: Engine) -> None:
    wanted = spec(count=60)
    job = wanted.job(engine, LABELLED_FILES)
    with open_producer(engine, SETTINGS, [job], 2, LABELLED_FILES.pack) as workers:
        assert workers is not engine
        assert archive(engine, wanted, workers) == archive(engine, wanted)


def test_number_is_the_picture_at_its_permanent_address(engine: Engine) -> None:
    made = files(archive(engine, spec(count=1, seed=17)))
    text = json.loads(made["images/17.png label"])["text"]
    picture = Picture(numbers=(text,), ink=True, height=32, layout="natural")
    job = prepare(engine, number_plan(Seeds([17]), [text]), picture, PNG)
    assert made["images/17.png"] == asyncio.run(encode(engine, job, PNG)).content


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"pattern": "dd.mm.yyy"}, "pattern", r"character 9: 'y' has no meaning"),
        ({"count": 0}, "count", r"1 to 1,000,000,000"),
        ({"count": MAX_DATASET_IMAGES + 1}, "count", r"1 to 1,000,000,000"),
        ({"count": 2, "seed": MAX_SEED}, "seed", r"exceed the largest seed"),
        ({"vary": 0.5}, "vary", r"no hand to vary"),
        ({"ink": False}, "height", r"needs ink"),
        ({"ink": False, "height": 112, "layout": "natural"}, "layout", r"must be grid without ink"),
        ({"gap": 3}, "gap", r"must be 0 in natural layout"),
        ({"model": "mlp"}, "model", r"model 'mlp' has no classes"),
        ({"layout": "grid", "distortions": ["askew"]}, "distortions", r"askew needs layout natural"),
        ({"width": 200}, "width", r"must be at least 242 for numbers of 10 characters"),
        ({"pattern": "#{64}", "height": 1024}, "height", r"a number may have [\d,]+ pixels; at most 16,777,216"),
    ],
)
def test_impossible_data_set_is_refused_before_any_work(fields: dict[str, Any], field: str, message: str) -> None:
    with (
        open_engine(EngineSettings(), fields.get("model"), None) as engine,
        pytest.raises(InvalidPlan, match=message) as error,
    ):
        spec(**fields).job(engine, LABELLED_FILES)
    assert error.value.field == field


def test_format_without_masks_names_those_that_have_them(engine: Engine) -> None:
    with pytest.raises(InvalidPlan, match=r"has no masks; formats that have it: application/zip, application/x.coco"):
        spec(masks=True).job(engine, YOLO)


def test_distortions_have_one_order_and_their_library_is_part_of_the_version(engine: Engine) -> None:
    plain, both, reversed_ = (
        spec(distortions=names).job(engine, YOLO).picture for names in ([], ["form", "jpeg"], ["jpeg", "form", "jpeg"])
    )
    assert both == reversed_
    assert YOLO.encoders(plain) == YOLO.encoder
    assert YOLO.encoders(both) == f"{YOLO.encoder} pillow-{version('pillow')}"


def test_size_of_a_data_set_costs_nothing(engine: Engine) -> None:
    job = spec(count=MAX_DATASET_IMAGES).job(engine, LABELLED_FILES)
    assert len(job.plan) == MAX_DATASET_IMAGES
    assert len(job.plan.part(MAX_DATASET_IMAGES - 3, MAX_DATASET_IMAGES)) == 3 * len("11072019")
    assert job.chunk_images * len("11072019") <= engine.chunk_images
