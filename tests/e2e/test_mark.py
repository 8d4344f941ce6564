"""With the setting `mark`, every file that can says that a trained model generated it, whoever requests it and how."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

import digitgan
from digitgan.cli.tree import main
from digitgan.picture.provenance import DIGITAL_SOURCE_TYPE
from service.app import create_app
from service.settings import Settings
from tests.live import live

MARK = DIGITAL_SOURCE_TYPE.encode()
DIGIT = "/digits/7/1.png?model=digits&version=1"
INPUTS = [{"name": "seed", "datatype": "INT64", "shape": [1], "data": [1]}]


@pytest.fixture(scope="module")
def marking(models_dir: Path) -> Iterator[httpx.Client]:
    with live(create_app(Settings(models_dir=models_dir, threads=1, mark="always"))) as client:
        yield client


def post(client: httpx.Client, path: str, body: dict[str, Any], accept: str = "*/*") -> bytes:
    return client.post(path, json=body, headers={"Accept": accept}).raise_for_status().content


@pytest.mark.parametrize(
    ("path", "body", "accept"),
    [
        ("/generate", {"seeds": [1, 2], "metadata": False}, "image/png"),
        ("/generate", {"seeds": [1, 2]}, "image/webp"),
        ("/generate", {"seeds": [1, 2]}, "image/svg+xml"),
        ("/generate", {"count": 2}, "application/zip"),
        ("/interpolate", {"seeds": [1, 2], "steps": 2}, "image/gif"),
        ("/dataset", {"count": 10}, "application/x-tar"),
        ("/dataset/numbers", {"pattern": "##", "count": 2}, "application/zip"),
        ("/models/digits", {"inputs": "42"}, "image/png"),
    ],
)
def test_files_are_marked_although_the_request_does_not_ask(
    marking: httpx.Client, service: httpx.Client, path: str, body: dict[str, Any], accept: str
) -> None:
    assert MARK in post(marking, path, body, accept)
    assert MARK not in post(service, path, body, accept)


def test_files_within_answers_of_other_protocols_are_marked(marking: httpx.Client) -> None:
    openai = marking.post("/v1/images/generations", json={"prompt": "42"}).raise_for_status().json()
    assert MARK in base64.b64decode(openai["data"][0]["b64_json"])
    inference = {"inputs": INPUTS, "outputs": [{"name": "png"}]}
    tensors = marking.post("/v2/models/digits/infer", json=inference).raise_for_status().json()
    assert MARK in base64.b64decode(tensors["outputs"][0]["data"][0])


def test_mark_changes_tag_and_address_but_no_pixel(marking: httpx.Client, service: httpx.Client) -> None:
    marked, plain = marking.get(DIGIT), service.get(DIGIT)
    assert marked.headers["etag"] != plain.headers["etag"]
    assert marked.headers["content-location"] == DIGIT + "&metadata=true"
    pixels = [Image.open(io.BytesIO(answer.content)).tobytes() for answer in (marked, plain)]
    assert pixels[0] == pixels[1]
    assert marking.get(DIGIT, headers={"If-None-Match": plain.headers["etag"]}).status_code == 200


def test_only_the_address_that_asks_for_the_mark_is_immutable(marking: httpx.Client, service: httpx.Client) -> None:
    assert marking.get(DIGIT).headers["cache-control"] == "no-cache"
    asked = [client.get(DIGIT + "&metadata=true") for client in (marking, service)]
    assert "immutable" in asked[0].headers["cache-control"]
    assert asked[0].content == asked[1].content
    [image] = marking.post("/generate", json={"seeds": 1, "labels": 7}).json()["images"]
    assert image["url"] == DIGIT + "&metadata=true"


def test_commands_and_python_follow_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["write", "42", "--seed", "1", "--mark", "always", "-o", "option.webp"]) == 0
    assert main(["write", "42", "--seed", "1", "-o", "plain.webp"]) == 0
    assert main(["dataset", "--count", "10", "--mark", "always", "-o", "mnist/"]) == 0
    monkeypatch.setenv("DIGITGAN_MARK", "always")
    with digitgan.load() as model:
        model.write("42", seed=1).save("python.webp")
    option, plain, python = (Path(f"{name}.webp").read_bytes() for name in ("option", "plain", "python"))
    assert MARK in option
    assert python == option
    assert MARK not in plain
    assert all(MARK in file.read_bytes() for file in Path("mnist").iterdir())
