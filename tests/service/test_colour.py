"""Models in colour through the service: every format draws them, and what needs ink is refused by name."""

import base64
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

import digitgan
from service.app import create_app
from service.settings import Settings
from tests.cards import a_card, deploy
from tests.graphs import a_colour_graph
from tests.live import live

SIZE = 12, 20
Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models `tints`, of 12 x 20 pixels in ten classes, and `large`, of 256 x 256."""
    folder = tmp_path_factory.mktemp("colour")
    for model, (height, width), n_classes in (("tints", SIZE, 10), ("large", (256, 256), 10)):
        content, golden = a_colour_graph(height, width, n_classes)
        sizes = {"image_height": height, "image_width": width, "image_channels": 3}
        card = a_card(content, model=model, n_classes=n_classes, style_size=4, golden=[golden], **sizes)
        deploy(folder, card, content)
    return folder


@pytest.fixture(scope="module")
def colours(folder: Path) -> Iterator[httpx.Client]:
    settings = Settings(models_dir=folder, default_model="tints", threads=1, encoding_memory_bytes=64 * 2**20)
    with live(create_app(settings)) as client:
        yield client


@pytest.fixture(scope="module")
def expected(folder: Path) -> Pixels:
    """The images of seeds 0 to 4: uint8 (5, 12, 20, 3)."""
    with digitgan.load(folder / "tints") as model:
        pixels = model.generate(seeds=range(5), labels=[0, 1, 2, 3, 4]).pixels
    assert pixels.shape == (5, *SIZE, 3) and len(np.unique(pixels)) > 20
    return pixels


BODY = {"seeds": [0, 1, 2, 3, 4], "labels": [0, 1, 2, 3, 4], "model": "tints"}


def post(client: httpx.Client, accept: str, path: str = "/generate", **changes: Any) -> bytes:
    answer = client.post(path, json={**BODY, **changes}, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    return answer.content


def rgb(content: bytes) -> Pixels:
    with Image.open(io.BytesIO(content)) as image:
        assert image.mode == "RGB"
        return np.asarray(image)


def test_json_npy_zip_and_lines_hold_the_same_pixels(colours: httpx.Client, expected: Pixels) -> None:
    records = json.loads(post(colours, "application/json"))["images"]
    lines = [json.loads(line) for line in post(colours, "application/x-ndjson").splitlines()]
    with zipfile.ZipFile(io.BytesIO(post(colours, "application/zip"))) as archive:
        files = [archive.read(name) for name in archive.namelist() if name.endswith(".png")]
    for of_json, of_line, file, pixels in zip(records, lines, files, expected, strict=True):
        assert base64.b64decode(of_json["png"]) == base64.b64decode(of_line["png"]) == file
        assert np.array_equal(rgb(file), pixels)
        assert colours.get(of_json["url"]).content == file
    assert np.array_equal(np.load(io.BytesIO(post(colours, "application/x-npy"))), expected)
    assert post(colours, "multipart/mixed").count(files[0]) == 1


@pytest.mark.parametrize("accept", ["image/png", "image/webp"])
def test_sheet_has_every_image_in_its_place(colours: httpx.Client, expected: Pixels, accept: str) -> None:
    sheet = rgb(post(colours, accept, columns=3, padding=1, scale=2))
    assert sheet.shape == (2 * (2 * 13 + 1), 2 * (3 * 21 + 1), 3)
    last = sheet[2 * 14 : 2 * 26, 2 * 22 : 2 * 42]
    assert np.array_equal(last, expected[4].repeat(2, axis=0).repeat(2, axis=1))
    assert not sheet[:2].any()


@pytest.mark.parametrize("accept", ["image/apng", "image/gif", "image/webp"])
def test_film_between_two_hands_moves_in_colour(colours: httpx.Client, accept: str) -> None:
    body = {"seeds": [1, 2], "labels": 3, "steps": 4, "model": "tints"}
    answer = colours.post("/interpolate", json=body, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    with Image.open(io.BytesIO(answer.content)) as film:
        frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)]
    assert len(frames) == 5 and frames[0].shape == (*SIZE, 3)
    assert not np.array_equal(frames[0], frames[4])


def test_png_texts_and_marks_work_as_in_grey(colours: httpx.Client) -> None:
    with Image.open(io.BytesIO(post(colours, "image/png", seeds=[1], labels=[2], metadata=True))) as image:
        assert isinstance(image, Image.Image) and image.mode == "RGB" and "seed" in str(image.info)


@pytest.mark.parametrize(
    ("field", "changes", "accept"),
    [
        ("ink", {"ink": True}, "image/png"),
        ("invert", {"invert": True}, "image/png"),
        ("color", {"color": "navy"}, "application/json"),
        ("background", {"background": "transparent"}, "image/webp"),
        ("height", {"height": 99, "ink": True}, "image/png"),
        ("model", {}, "image/svg+xml"),
        ("digits", {"seeds": [1], "labels": None, "digits": "2026"}, "image/png"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_needs_ink_is_refused(colours: httpx.Client, field: str, changes: dict[str, Any], accept: str) -> None:
    body = {name: value for name, value in {**BODY, **changes}.items() if value is not None}
    answer = colours.post("/generate", json=body, headers={"Accept": accept})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] in (f"/{field}", "/ink")
    assert "needs ink, but model 'tints' draws in colour" in error["message"]


@pytest.mark.parametrize(
    ("path", "body", "accept", "sentence"),
    [
        (
            "/dataset",
            {"count": 3},
            "application/x-tar",
            "holds grey images, but model 'tints' draws in colour; formats in colour: application/zip",
        ),
        ("/dataset", {"count": 3, "verified": True}, "application/zip", "draws 10 classes of 12 x 20 x 3 pixels"),
        ("/dataset/numbers", {"count": 3, "pattern": "#"}, "application/zip", "a number needs ink, but model 'tints'"),
    ],
    ids=["idx", "verified", "numbers"],
)
def test_data_set_of_ink_is_refused(
    colours: httpx.Client, path: str, body: dict[str, Any], accept: str, sentence: str
) -> None:
    answer = colours.post(path, json={"model": "tints", **body}, headers={"Accept": accept})
    assert (answer.status_code, sentence in answer.text) == (422, True), answer.text


def test_data_set_has_the_pixels_in_folders_and_parquet(colours: httpx.Client, folder: Path) -> None:
    with digitgan.load(folder / "tints") as model:
        drawn = {seed: model.generate(seeds=[seed], labels=[seed % 10]).pixels[0] for seed in range(3)}
    body = {"count": 3, "model": "tints"}
    sent = {kind: colours.post("/dataset", json=body, headers={"Accept": kind}).content for kind in KINDS}
    with zipfile.ZipFile(io.BytesIO(sent[KINDS[0]])) as archive:
        for seed, pixels in drawn.items():
            assert np.array_equal(rgb(archive.read(f"{seed}/{seed}.png")), pixels)
    rows = pq.read_table(io.BytesIO(sent[KINDS[1]])).to_pylist()
    assert all(np.array_equal(rgb(row["image"]["bytes"]), drawn[row["seed"]]) for row in rows)


KINDS = ["application/zip", "application/vnd.apache.parquet"]


def test_data_set_at_an_address_answers_ranges_and_says_its_shape(colours: httpx.Client, folder: Path) -> None:
    base = "/datasets/model-tints,version-1,count-40,seed-7"
    whole = colours.get(f"{base}/images.npy").content
    images = np.load(io.BytesIO(whole))
    assert images.shape == (40, *SIZE, 3)
    part = colours.get(f"{base}/images.npy", headers={"Range": "bytes=9001-9100"})
    assert (part.status_code, part.content) == (206, whole[9001:9101])
    table = colours.get(f"{base}/data.parquet").content
    rows = pq.read_table(io.BytesIO(table)).to_pylist()
    assert np.array_equal(rgb(rows[39]["image"]["bytes"]), images[39])
    text = colours.get(f"{base}/README.md").text
    assert "12 x 20 pixels, in colour: red, green and blue" in text and "idx3" not in text
    names = [each["name"] for each in colours.get(f"{base}/croissant.json").json()["distribution"]]
    assert names == ["images.npy", "labels.npy", "data.parquet"]
    assert len(colours.get(f"{base}/SHA256SUMS").text.splitlines()) == 3
    refused = colours.get(f"{base}/train-images-idx3-ubyte")
    assert refused.status_code == 404
    assert "holds grey images, but model 'tints' draws in colour" in refused.text


def test_models_and_protocols_say_that_there_are_three_channels(colours: httpx.Client, expected: Pixels) -> None:
    summaries = {each["model"]: each for each in colours.get("/models").json()["models"]}
    assert [summaries["tints"][f"image_{side}"] for side in ("height", "width", "channels")] == [12, 20, 3]
    assert colours.get("/models/tints").json()["card"]["image_channels"] == 3
    outputs = {each["name"]: each["shape"] for each in colours.get("/v2/models/tints").json()["outputs"]}
    assert outputs["image"] == [-1, 12, 20, 3]
    inputs = [
        {"name": "seed", "shape": [5], "datatype": "INT64", "data": [0, 1, 2, 3, 4]},
        {"name": "label", "shape": [5], "datatype": "INT64", "data": [0, 1, 2, 3, 4]},
    ]
    answer = colours.post("/v2/models/tints/infer", json={"inputs": inputs}).json()["outputs"]
    image = next(each for each in answer if each["name"] == "image")
    assert np.array_equal(np.array(image["data"]).reshape(image["shape"]), expected)


@pytest.mark.parametrize("accept", ["image/png", "application/json", "application/zip", "image/webp"])
def test_a_thousand_large_images_at_scale_32_are_refused(colours: httpx.Client, accept: str) -> None:
    body = {"seeds": list(range(1024)), "model": "large", "scale": 32}
    answer = colours.post("/generate", json=body, headers={"Accept": accept})
    assert answer.status_code == 422
    assert "values in three channels; the limit is" in answer.text


def test_infer_bounds_large_images_by_bytes(colours: httpx.Client) -> None:
    inputs = [{"name": "seed", "shape": [1024], "datatype": "INT64", "data": list(range(1024))}]
    answer = colours.post("/v2/models/large/infer", json={"inputs": inputs})
    assert (answer.status_code, "at most 14 fit" in answer.text) == (400, True), answer.text


@pytest.mark.parametrize(
    ("path", "accept"),
    [("/generate", "application/zip"), ("/generate", "application/x-npy"), ("", "")],
    ids=["zip", "npy", "address"],
)
def test_stream_of_large_images_takes_little_memory(colours: httpx.Client, path: str, accept: str) -> None:
    name = "/datasets/model-large,version-1,count-200,seed-7/data.parquet"
    body = {"seeds": list(range(200)), "model": "large"}
    options: dict[str, Any] = {"json": body, "headers": {"Accept": accept}} if path else {}
    n_bytes = 0
    tracemalloc.start()
    try:
        with colours.stream("POST" if path else "GET", path or name, **options) as answer:
            assert answer.status_code == 200
            n_bytes = sum(map(len, answer.iter_raw()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert n_bytes > (200 * 256 * 256 * 3 if accept != "application/zip" else 1_000_000)
    assert peak < 48 * 2**20


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/images/generations", {"prompt": "a handwritten 7"}),
        (
            "/mcp",
            {
                "jsonrpc": "2.0",
                "id": 1,
                "method": "tools/call",
                "params": {"name": "write_number", "arguments": {"number": "42"}},
            },
        ),
    ],
    ids=["openai", "mcp"],
)
def test_number_is_refused_as_a_number(colours: httpx.Client, path: str, body: dict[str, Any]) -> None:
    answer = colours.post(path, json=body, headers={"Accept": "application/json, text/event-stream"})
    assert "a number needs ink, but model 'tints' draws in colour" in answer.text
    assert "/ink" not in answer.text


def test_page_claims_no_digits_of_all_models(colours: httpx.Client) -> None:
    page = colours.get("/", headers={"Accept": "text/html"}).text
    footer = page[page.index("<footer") :]
    assert "No person made these images" in footer
    assert "MNIST" not in footer
