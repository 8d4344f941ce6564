"""`POST /dataset`, over a real socket, its request, and how little memory it takes."""

import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from digitgan.contract.limits import MAX_SEED
from digitgan.formats.format import Use
from digitgan.formats.idx import IMAGES, LABELS
from digitgan.formats.registry import offered
from service.routes import dataset
from service.routes.dataset import DatasetRequest
from tests.cards import CLOTHES
from tests.digitgan.formats.pictures import decoded
from tests.service.problems import problem
from tests.service.services import free_images, peak_mib
from training.images.idx import read_idx

ZIP, TAR, PARQUET = "application/zip", "application/x-tar", "application/vnd.apache.parquet"


@pytest.fixture(scope="module")
def quick() -> Iterator[httpx.Client]:
    """Yield a client of data sets whose images cost nothing."""
    with free_images(dataset.router) as client:
        yield client


def ask(client: httpx.Client, body: dict[str, Any], accept: str = "*/*", coding: str = "identity") -> httpx.Response:
    return client.post("/dataset", json=body, headers={"Accept": accept, "Accept-Encoding": coding})


def test_all_formats_hold_the_images_at_their_addresses(service: httpx.Client, tmp_path: Path) -> None:
    body = {"count": 300, "seed": 1000}
    with tarfile.open(fileobj=io.BytesIO(ask(service, body, TAR).raise_for_status().content)) as archive:
        archive.extractall(tmp_path, filter="data")
    images, labels = read_idx(tmp_path / f"{IMAGES}.gz"), read_idx(tmp_path / f"{LABELS}.gz")
    assert images.shape == (300, 28, 28)
    assert np.array_equal(labels, np.arange(300) % 10)
    rows = pq.read_table(io.BytesIO(ask(service, body, PARQUET).content)).to_pylist()
    with zipfile.ZipFile(io.BytesIO(ask(service, body, ZIP).content)) as archive_of_pngs:
        for i, name in enumerate(archive_of_pngs.namelist()):
            assert name == f"{labels[i]}/{1000 + i}.png"
            assert (rows[i]["label"], rows[i]["seed"]) == (labels[i], 1000 + i)
            assert np.array_equal(decoded(rows[i]["image"]["bytes"]), images[i])
            assert np.array_equal(decoded(archive_of_pngs.read(name)), images[i])
        assert archive_of_pngs.read("7/1217.png") == service.get("/digits/7/1217.png").content


@pytest.mark.parametrize("media_type", offered(Use.DATASET))
def test_the_same_request_gives_the_same_bytes_and_tag(quick: httpx.Client, media_type: str) -> None:
    first, second = (ask(quick, {"count": 1000}, media_type) for _ in range(2))
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]


def test_a_tar_has_a_length_and_is_compressed_on_request(service: httpx.Client) -> None:
    plain, coded = (ask(service, {"count": 300}, TAR, coding) for coding in ("identity", "gzip"))
    assert plain.headers["content-length"] == str(len(plain.content))
    assert coded.content == plain.content
    assert coded.num_bytes_downloaded < plain.num_bytes_downloaded / 2.5


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"count": 100_001}, "/count"), ({"count": 1, "model": "mlp"}, "/model"), ({"count": 1, "labels": 1}, "/labels")],
)
def test_invalid_requests_are_refused_with_their_field(
    service: httpx.Client, body: dict[str, Any], pointer: str
) -> None:
    errors = problem(ask(service, body), 422, "invalid-request")["errors"]
    assert [error["pointer"] for error in errors] == [pointer]


def peak(quick: httpx.Client, count: int, media_type: str) -> float:
    return peak_mib(quick, "/dataset", {"count": count}, media_type)


@pytest.mark.parametrize("media_type", offered(Use.DATASET))
def test_more_images_take_no_more_memory(quick: httpx.Client, media_type: str) -> None:
    peak(quick, 600, media_type)  # what is loaded and made once
    few, many = peak(quick, 1000, media_type), peak(quick, 6000, media_type)
    assert many - few < 1.5  # 5,000 images are 3.7 MiB of pixels; a zip's directory holds 80 bytes of each


@pytest.mark.slow
@pytest.mark.parametrize("media_type", offered(Use.DATASET))
def test_sixty_thousand_images_take_no_more_memory(quick: httpx.Client, media_type: str) -> None:
    peak(quick, 600, media_type)
    assert peak(quick, 60_000, media_type) - peak(quick, 1000, media_type) < 12  # of 45 MiB of pixels


@pytest.mark.parametrize(
    ("field", "value"),
    [("count", 0), ("count", "1"), ("seed", -1), ("seed", MAX_SEED + 1), ("labels", "even"), ("labels", [1])],
)
def test_values_out_of_range_or_type_are_refused_by_field(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        DatasetRequest.model_validate_json(json.dumps({"count": 1} | {field: value}))
    assert refused.value.errors()[0]["loc"][0] == field


def test_folders_have_the_names_of_the_classes(clothes: httpx.Client) -> None:
    answer = clothes.post("/dataset", json={"count": 20}, headers={"Accept": "application/zip"})
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert [unquote(name) for name in names] == [f"{CLOTHES[i % 10]}/{i}.png" for i in range(20)]
    assert names[0] == "T-shirt%2Ftop/0.png"
