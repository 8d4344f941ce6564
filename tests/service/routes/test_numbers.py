"""`POST /dataset/numbers`, over a real socket: its archive, its tag, what it counts, and how little memory it takes."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from digitgan.cli.tree import main
from digitgan.formats.format import Use
from digitgan.formats.registry import offered
from service.routes import numbers
from tests.service.services import free_images, peak_mib

BODY = {"pattern": "[0.00-999.99]", "count": 40, "seed": 7, "height": 40, "width": 260}


@pytest.fixture(scope="module")
def quick() -> Iterator[httpx.Client]:
    """Yield a client of data sets whose images cost nothing."""
    with free_images(numbers.router) as client:
        yield client


def ask(client: httpx.Client, body: dict[str, Any], **headers: str) -> httpx.Response:
    return client.post("/dataset/numbers", json=body, headers=headers)


def test_archive_is_that_of_the_command(service: httpx.Client, tmp_path: Path) -> None:
    answer = ask(service, BODY).raise_for_status()
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'inline; filename="digits_numbers-40_seed-7.zip"'
    options = [f"--{name}={value}" for name, value in BODY.items()]
    assert main(["dataset", "numbers", *options, "-o", f"{tmp_path}/numbers.zip"]) == 0
    assert (tmp_path / "numbers.zip").read_bytes() == answer.content
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        lines = [json.loads(line) for line in archive.read("labels.jsonl").splitlines()]
        assert archive.namelist() == [*(line["file"] for line in lines), "labels.jsonl"]
    assert [line["seed"] for line in lines] == [*range(7, 47)]
    assert all([glyph["text"] for glyph in line["glyphs"]] == [*line["text"]] for line in lines)


def test_masks_and_distortions_are_those_of_the_command(service: httpx.Client, tmp_path: Path) -> None:
    body = BODY | {"masks": True, "distortions": ["jpeg", "askew", "paper"]}
    answer = ask(service, body, Accept="application/x.coco+zip").raise_for_status()
    assert answer.headers["content-type"] == "application/x.coco+zip"
    options = [*(f"--{name}={value}" for name, value in BODY.items()), "--masks", "--distortions=jpeg,askew,paper"]
    assert main(["dataset", "numbers", *options, "--format", "coco", "-o", f"{tmp_path}/coco.zip"]) == 0
    assert (tmp_path / "coco.zip").read_bytes() == answer.content


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("distortions", ["fog"], "must be 'askew', 'form', 'paper', 'blur' or 'jpeg', not 'fog'"),
        ("distortions", ["blur"] * 6, "must be a list of at most 5 items"),
        ("distortions", "blur", "must be a list"),
        ("masks", "yes", "must be true or false"),
    ],
)
def test_impossible_labels_are_refused(service: httpx.Client, field: str, value: Any, message: str) -> None:
    answer = ask(service, BODY | {field: value})
    assert answer.status_code == 422
    assert message in answer.text.replace('\\"', "'"), answer.text


def test_tag_is_known_before_any_work_and_tells_data_sets_apart(quick: httpx.Client) -> None:
    tag = ask(quick, BODY).headers["etag"]
    assert ask(quick, BODY, **{"If-None-Match": tag}).status_code == 412
    others: list[dict[str, Any]] = [
        {"pattern": "[0.00-999.98]"},
        {"count": 41},
        {"seed": 8},
        {"width": 261},
        {"height": 41},
        {"invert": True},
        {"masks": True},
        {"distortions": ["blur"]},
    ]
    tags = {ask(quick, BODY | other).raise_for_status().headers["etag"] for other in others}
    assert len(tags - {tag}) == len(others)


def peak(quick: httpx.Client, count: int, media_type: str) -> float:
    return peak_mib(quick, "/dataset/numbers", {"pattern": "##", "count": count, "ink": False}, media_type)


@pytest.mark.parametrize("media_type", offered(Use.NUMBERS))
def test_more_numbers_take_no_more_memory(quick: httpx.Client, media_type: str) -> None:
    peak(quick, 300, media_type)  # what is loaded and made once
    few, many = peak(quick, 600, media_type), peak(quick, 4_000, media_type)
    assert many - few < 1.5  # 3,400 numbers are 5.1 MiB of pixels
