"""What readers of Parquet find in a data set."""

import hashlib
import io
import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.plan import Plan, Repeated
from digitgan.engine.source import Latents, Seeds
from digitgan.formats.parquet import file_of
from digitgan.formats.registry import PARQUET
from digitgan.picture.picture import Picture
from digitgan.picture.provenance import DIGITAL_SOURCE_TYPE
from tests.cards import a_card
from tests.digitgan.formats.pictures import a_job, an_image, body, decoded, generated


@pytest.mark.parametrize("n", [5, 1_000, 2_300])
def test_row_is_an_image_with_label_and_seed(n: int) -> None:
    some = generated(n)
    file = pq.ParquetFile(io.BytesIO(body(PARQUET, a_job(some), some, 700)))
    assert file.metadata.num_row_groups == -(-n // 1_000)
    rows = file.read().to_pylist()
    assert [(row["label"], row["seed"]) for row in rows] == [(i, 100 + i) for i in range(n)]
    assert {row["image"]["path"] for row in rows} == {None}
    assert np.array_equal([decoded(row["image"]["bytes"]) for row in rows], some.images.pixels)


def test_seeds_have_bounds_so_that_readers_skip_groups() -> None:
    some = generated(2_300)
    metadata = pq.ParquetFile(io.BytesIO(body(PARQUET, a_job(some), some))).metadata
    bounds = [metadata.row_group(i).column(3).statistics for i in range(3)]
    assert [(each.min, each.max, each.null_count) for each in bounds] == [
        (100, 1099, 0),
        (1100, 2099, 0),
        (2100, 2399, 0),
    ]


def test_images_without_seeds_have_no_such_column() -> None:
    some = generated(3, seeds=False)
    job = a_job(some, source=Latents(seeds_to_latents([1, 2, 3], 4)))
    assert pq.read_schema(io.BytesIO(body(PARQUET, job, some))).names == ["image", "label"]


def test_metadata_declares_columns_and_mark() -> None:
    some = generated(2)
    metadata = pq.read_metadata(io.BytesIO(body(PARQUET, a_job(some, Picture(metadata=True)), some))).metadata
    features = json.loads(metadata[b"huggingface"])["info"]["features"]
    assert features["image"] == {"_type": "Image"}
    assert features["label"]["_type"] == "ClassLabel"
    assert features["seed"] == {"_type": "Value", "dtype": "int64"}
    assert metadata[b"digital_source_type"] == DIGITAL_SOURCE_TYPE.encode()


def test_bytes_are_frozen_because_addresses_are_permanent() -> None:
    some = an_image(np.zeros((12, 2, 3), np.uint8), [i % 2 for i in range(12)])
    assert (
        hashlib.sha256(body(PARQUET, a_job(some), some)).hexdigest()
        == "2c1328944cae7e75e64c0ce1abe17e26e4d1fba1558b32f25ad5e787efd21215"
    )


def test_more_images_make_larger_groups_and_not_more() -> None:
    plan = Plan(source=Seeds(range(10**8)), labels=Repeated(range(10), 10**8))
    assert file_of(plan, a_card(n_classes=10), False).n_groups == 1_000


@pytest.mark.parametrize(("class_names", "names"), [(None, ["0", "1"]), (["Coat", "Bag"], ["Coat", "Bag"])])
def test_class_label_has_the_names_of_the_model(class_names: list[str] | None, names: list[str]) -> None:
    some = an_image(np.zeros((4, 2, 3), np.uint8), [0, 1, 0, 1])
    job = replace(a_job(some), card=a_card(n_classes=2, class_names=class_names))
    features = json.loads(pq.read_metadata(io.BytesIO(body(PARQUET, job, some))).metadata[b"huggingface"])
    assert features["info"]["features"]["label"]["names"] == names
