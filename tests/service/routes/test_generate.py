"""`/generate`, over a real socket."""

import base64
import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image, ImageSequence

from digitgan.contract.latents import seeds_to_latents
from digitgan.contract.limits import MAX_SEED
from digitgan.formats.items import items
from digitgan.formats.registry import JSON
from service.routes.generate import GeneratedImage, GenerateResponse
from tests.cards import CLOTHES, a_card
from tests.digitgan.formats.pictures import a_job, body, generated, numbers
from tests.service.problems import problem

LIMIT = 64 * 1024  # the body limit that the fixture sets


def images(service: httpx.Client, **body: Any) -> list[dict[str, Any]]:
    answer = service.post("/generate", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return list(answer.json()["images"])


def pngs(service: httpx.Client, **body: Any) -> list[bytes]:
    return [base64.b64decode(image["png"], validate=True) for image in images(service, **body)]


def picture(service: httpx.Client, **body: Any) -> Image.Image:
    answer = service.post("/generate", json=body, headers={"Accept": "image/png"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    return Image.open(io.BytesIO(answer.content))


def test_json_has_one_png_an_image(service: httpx.Client) -> None:
    answers = images(service, seeds=[1, 2, 3], labels=[3, 1, 4])
    assert [(each["seed"], each["label"]) for each in answers] == [(1, 3), (2, 1), (3, 4)]
    for each in answers:
        with Image.open(io.BytesIO(base64.b64decode(each["png"]))) as image:
            assert (image.format, image.mode, image.size) == ("PNG", "L", (28, 28))


def test_png_of_one_seed_is_the_png_in_json(service: httpx.Client) -> None:
    answer = service.post("/generate", json={"seeds": 5, "labels": 8}, headers={"Accept": "image/png"})
    assert [answer.content] == pngs(service, seeds=5, labels=8)


def test_png_of_several_seeds_is_a_contact_sheet(service: httpx.Client) -> None:
    single = [np.asarray(Image.open(io.BytesIO(png))) for png in pngs(service, seeds=[1, 2, 3])]
    sheet = picture(service, seeds=[1, 2, 3], columns=3, padding=1, scale=2, invert=True)
    assert sheet.size == ((3 * 29 + 1) * 2, 30 * 2)
    second = np.asarray(sheet)[2:58:2, 60:116:2]
    assert np.array_equal(255 - second, single[1])


@pytest.mark.parametrize("model", ["digits", "mlp"])
def test_a_seed_gives_the_same_bytes_alone_and_in_a_batch(service: httpx.Client, model: str) -> None:
    together = pngs(service, seeds=list(range(100)), model=model)
    assert pngs(service, seeds=list(range(100)), model=model) == together
    for seed in (0, 1, 50, 99):
        assert pngs(service, seeds=seed, model=model) == [together[seed]]


def test_the_latent_of_a_seed_gives_the_picture_of_the_seed(service: httpx.Client) -> None:
    size = service.get("/models/digits").json()["card"]["latent_size"]
    latents = seeds_to_latents([11, 12], size).tolist()
    [first, second] = images(service, latents=latents)
    assert (first["seed"], second["seed"]) == (None, None)
    assert [first["png"], second["png"]] == [each["png"] for each in images(service, seeds=[11, 12])]


def test_random_seeds_are_returned_and_reproduce_the_pictures(service: httpx.Client) -> None:
    drawn = images(service, count=5)
    seeds = [each["seed"] for each in drawn]
    assert len(set(seeds)) == 5
    assert images(service, seeds=seeds) == drawn


def test_labels_are_null_for_models_without_classes(service: httpx.Client) -> None:
    assert images(service, seeds=1, model="mlp")[0]["label"] is None


def test_masks_are_the_digits_and_signs_alone(service: httpx.Client) -> None:
    asked = {"seeds": 4, "digits": "1,7 5%", "ink": True, "layout": "natural", "height": 70, "masks": True}
    [number] = images(service, **asked)
    strip = np.asarray(Image.open(io.BytesIO(base64.b64decode(number["png"]))))
    assert strip.shape[0] == 70
    alone = np.zeros_like(strip)
    for box, text in zip(number["boxes"], number["digits"], strict=True):
        assert (box["text"], box["cell"]) == (text, None)
        assert box["label"] == (int(text) if text.isdigit() else None)
        if text == " ":
            assert box["ink"] is box["mask"] is None
            continue
        x, y, width, height = (box["ink"][side] for side in ("x", "y", "width", "height"))
        mask = np.asarray(Image.open(io.BytesIO(base64.b64decode(box["mask"]))))
        assert mask.shape == (height, width)
        np.maximum(alone[y : y + height, x : x + width], mask, out=alone[y : y + height, x : x + width])
    assert np.array_equal(alone >= 64, strip >= 64)
    assert "mask" not in images(service, **asked | {"masks": False})[0]["boxes"][0]


@pytest.mark.parametrize("accept", ["image/png", "application/zip", "multipart/mixed", "image/webp"])
def test_masks_are_refused_where_there_are_no_boxes(service: httpx.Client, accept: str) -> None:
    body = {"seeds": 4, "digits": "42", "masks": True}
    answer = service.post("/generate", json=body, headers={"Accept": accept})
    [error] = problem(answer, 422, "invalid-request")["errors"]
    assert error["pointer"] == "/masks"
    having = "application/json, application/x-ndjson, application/jsonl"
    assert error["message"] == f"{accept} has no masks; formats that have it: {having}"


ANIMATED = {"seeds": 4, "digits": "42", "animate": True}


@pytest.mark.parametrize("media_type", ["image/apng", "image/gif", "image/webp"])
def test_a_number_is_written_in_frames(service: httpx.Client, media_type: str) -> None:
    answer = service.post("/generate", json=ANIMATED, headers={"Accept": media_type}).raise_for_status()
    still = service.post("/generate", json=ANIMATED | {"animate": False}, headers={"Accept": "image/png"})
    with Image.open(io.BytesIO(answer.content)) as frames, Image.open(io.BytesIO(still.content)) as finished:
        assert Image.MIME[str(frames.format)] == answer.headers["content-type"].replace("apng", "png")
        shown = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(frames)]
        assert len(shown) > 20
        assert shown[0].sum() < shown[-1].sum() / 10
        assert np.array_equal(shown[-1], np.asarray(finished))


def test_an_animated_number_without_a_wish_is_an_svg(service: httpx.Client) -> None:
    answer = service.post("/generate", json=ANIMATED).raise_for_status()
    assert answer.headers["content-type"] == "image/svg+xml"
    assert b"<mask" in answer.content
    [address] = [answer.headers["content-location"]]
    assert address.endswith("&animate=true")
    assert service.get(address).content == answer.content


@pytest.mark.parametrize(
    ("body", "accept", "pointer", "said"),
    [
        (ANIMATED, "image/png", "/animate", "formats that have it: image/svg+xml, image/webp, image/apng, image/gif"),
        (ANIMATED, "application/json", "/animate", "application/json has no animate"),
        (ANIMATED, "application/zip", "/animate", "application/zip has no animate"),
        ({"seeds": 4, "digits": "42"}, "image/apng", "/animate", "must be true for image/apng"),
        ({"seeds": 4, "labels": 3, "animate": True}, "image/apng", "/animate", "must be false without digits"),
        (ANIMATED | {"digits": "1" * 64, "ink": True, "height": 999}, "image/apng", "/height", "pixels; the limit is"),
        (ANIMATED | {"digits": ["1" * 33, "2" * 32]}, "image/svg+xml", "/digits", "writes at most 64"),
        (ANIMATED | {"animate": 1}, "image/apng", "/animate", ""),
    ],
)
def test_animations_that_are_not_possible_are_refused(
    service: httpx.Client, body: dict[str, Any], accept: str, pointer: str, said: str
) -> None:
    answer = service.post("/generate", json=body, headers={"Accept": accept})
    [error] = problem(answer, 422, "invalid-request")["errors"]
    assert error["pointer"] == pointer
    assert said in error["message"]


@pytest.mark.parametrize("accept", ["image/apng, */*;q=0.5", "image/*", "image/gif, image/png;q=0.1"])
def test_formats_of_frames_are_not_chosen_without_animate(service: httpx.Client, accept: str) -> None:
    answer = service.post("/generate", json={"seeds": 4}, headers={"Accept": accept}).raise_for_status()
    assert answer.headers["content-type"] in {"application/json", "image/png"}


def test_pictures_of_natural_numbers_are_refused_before_they_are_drawn(service: httpx.Client) -> None:
    body = {"seeds": [1] * 16, "digits": "1" * 64, "ink": True, "layout": "natural", "height": 1024}
    [error] = problem(service.post("/generate", json=body), 422, "invalid-request")["errors"]
    assert error["pointer"] == "/height"
    assert "1,024 images at height 1,024 may have" in error["message"]


def test_the_largest_seed_and_the_largest_request_are_served(service: httpx.Client) -> None:
    assert images(service, seeds=MAX_SEED)[0]["seed"] == MAX_SEED
    assert len(images(service, count=1024)) == 1024


def test_the_answer_states_its_timing_and_what_it_varies_by(service: httpx.Client) -> None:
    headers = service.post("/generate", json={"seeds": 1}).headers
    assert re.fullmatch(r"queue;dur=[\d.]+, model;dur=[\d.]+, encode;dur=[\d.]+", headers["server-timing"])
    assert headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"seeds":',
        b"seeds=1",
        b"{'seeds': 1}",
        b'{"seeds": "\xff"}',
        b'{"seeds": 1, "model": "\\ud800"}',  # half a character
        gzip.compress(b'{"seeds": 1}', mtime=0),
        b"[" * 30_000,
        b'{"a":' * 50,
        b'{"seeds": 1' + b"0" * 5_000 + b"}",  # beyond what is read as an integer
    ],
)
def test_bodies_that_are_not_json_are_bad_requests(service: httpx.Client, content: bytes) -> None:
    answer = service.post("/generate", content=content, headers={"Content-Type": "application/json"})
    problem(answer, 400, "not-json")


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        ("null", ""),
        ("[1]", ""),
        ('"seeds"', ""),
        ("{}", ""),
        ('{"seeds": 1, "count": 1}', ""),
        ('{"seeds": -1}', "/seeds"),
        ('{"seeds": [1, 1.5]}', "/seeds/1"),
        ('{"seeds": 1e400}', "/seeds"),
        ('{"seeds": 1' + "0" * 1000 + "}", "/seeds"),
        ('{"latents": [1e400]}', "/latents/0"),
        ('{"latents": [NaN]}', "/latents/0"),
        ('{"latents": [1' + "0" * 400 + "]}", "/latents/0"),
        ('{"latents": [1, 2]}', "/latents"),
        ('{"latents": [[1, 2], [1]]}', "/latents/1"),
        ('{"latents": [[1, 1e39]]}', "/latents/0"),
        ('{"count": 100000000000000000000}', "/count"),
        ('{"seeds": 1, "labels": 10}', "/labels"),
        ('{"seeds": 1, "labels": 10000000000000000000000}', "/labels"),
        ('{"seeds": [1, 2], "labels": [1, 2, 3]}', "/labels"),
        ('{"seeds": 1, "labels": 1, "model": "mlp"}', "/labels"),
        ('{"count": 1024, "scale": 32}', "/scale"),
        ('{"seeds": 1, "colour/~": 1}', "/colour~1~0"),
        ('{"seeds": 1, "model": "../digits"}', "/model"),
        ('{"seeds": 1, "truncation": "1"}', "/truncation"),
        ('{"seeds": 1, "digits": "20x6"}', "/digits"),
        ('{"seeds": 1, "digits": "2026", "model": "mlp"}', "/digits"),
        ('{"seeds": [1, 2], "digits": ["1", "2", "3"]}', "/digits"),
        ('{"seeds": 1, "digits": "1", "labels": 1}', ""),
    ],
)
def test_invalid_requests_are_refused_with_a_pointer(service: httpx.Client, content: str, pointer: str) -> None:
    answer = service.post("/generate", content=content, headers={"Content-Type": "application/json"})
    body = problem(answer, 422, "invalid-request")
    assert [error["pointer"] for error in body["errors"]] == [pointer]
    assert "Value error" not in answer.text


def test_the_first_of_thousands_of_wrong_seeds_is_named(service: httpx.Client) -> None:
    body = problem(service.post("/generate", json={"seeds": [1] + [-1] * 10_000}), 422, "invalid-request")
    assert [error["pointer"] for error in body["errors"]] == ["/seeds/1"]


@pytest.mark.parametrize(("field", "value"), [("model", "letters"), ("version", "999")])
def test_an_unknown_model_or_version_is_not_found(service: httpx.Client, field: str, value: str) -> None:
    body = problem(service.post("/generate", json={"seeds": 1, field: value}), 404, "unknown-model")
    assert body["errors"][0]["pointer"] == f"/{field}"


@pytest.mark.parametrize(
    "path", ["/nothing", "/page", "/static-offline-docs/../app.py", "/static-offline-docs/%2e%2e/x"]
)
def test_an_unknown_path_is_not_found(service: httpx.Client, path: str) -> None:
    problem(service.get(path), 404, "not-found")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused_with_the_allowed_ones(service: httpx.Client, method: str) -> None:
    answer = service.request(method, "/generate")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST, QUERY"


@pytest.mark.parametrize("path", ["/generate/", "/models/", "/health/live/"])
def test_a_trailing_slash_makes_another_path(service: httpx.Client, path: str) -> None:
    problem(service.get(path, headers={"Host": "elsewhere.example"}), 404, "not-found")


@pytest.mark.parametrize("accept", ["text/html", "*/*;q=0", "image/jxl, image/png;q=0", "\xe9", "a/b" * 600])
def test_unavailable_formats_are_refused_with_the_available_ones(service: httpx.Client, accept: str) -> None:
    answer = service.post("/generate", json={"seeds": 1}, headers={b"Accept": accept.encode("latin-1")})
    assert "application/json, image/png" in problem(answer, 406, "not-acceptable")["detail"]


def test_a_long_accept_is_read(service: httpx.Client) -> None:
    answer = service.post("/generate", json={"seeds": 1}, headers={"Accept": "text/html," * 190 + "image/png"})
    assert answer.headers["content-type"] == "image/png"


def test_a_body_declared_too_large_is_refused(service: httpx.Client) -> None:
    body = problem(service.post("/generate", json={"seeds": [1] * LIMIT}), 413, "body-too-large")
    assert f"{LIMIT:,} bytes" in body["detail"]


def test_a_body_that_grows_too_large_is_refused(service: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * (LIMIT // 16)

    answer = service.post("/generate", content=chunks(), headers={"Content-Type": "application/json"})
    assert f"{LIMIT:,} bytes" in problem(answer, 413, "body-too-large")["detail"]


def test_a_body_at_the_limit_is_read(service: httpx.Client) -> None:
    content = json.dumps({"seeds": 1}).ljust(LIMIT)
    answer = service.post("/generate", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200


def test_the_description_of_images_is_what_the_encoder_makes() -> None:
    for seeds in (True, False):
        some = generated(2, seeds=seeds, labels=seeds)
        answer = json.loads(body(JSON, a_job(some), some))
        assert GenerateResponse.model_validate(answer).model_dump(exclude_unset=True) == answer


def test_the_description_of_numbers_is_what_the_encoder_makes() -> None:
    answer = json.loads(body(JSON, *numbers("42", "1")))
    assert GenerateResponse.model_validate(answer).model_dump(exclude_unset=True) == answer


def test_every_described_field_is_made_for_an_image_or_a_number() -> None:
    some = generated(1, labels=True)
    named = replace(a_job(some), card=a_card(n_classes=2, class_names=["a", "b"]))
    [image], [number] = items(named, some), items(*numbers("42"))
    assert {*image.record, *number.record, "hand", "png"} == {*GeneratedImage.model_fields}  # see test_hands


def test_the_example_of_the_description_is_an_answer() -> None:
    GenerateResponse.model_validate(JSON.example)


@pytest.mark.parametrize(
    ("labels", "number"), [("Bag", 8), (["Ankle boot"], 9), (["T-shirt/top"], 0), (8.0, 8)], ids=str
)
def test_class_is_asked_for_by_its_name(clothes: httpx.Client, labels: Any, number: int) -> None:
    [image] = images(clothes, seeds=5, labels=labels)
    assert image == images(clothes, seeds=5, labels=number)[0]
    assert (image["label"], image["class_name"]) == (number, CLOTHES[number])
    assert clothes.get(image["url"]).content == base64.b64decode(image["png"])


def test_names_and_numbers_of_classes_mix(clothes: httpx.Client) -> None:
    assert [each["class_name"] for each in images(clothes, seeds=[1, 2, 3], labels=["Bag", 4, "Shirt"])] == [
        "Bag",
        "Coat",
        "Shirt",
    ]


@pytest.mark.parametrize(
    ("labels", "pointer", "hint"),
    [
        ("bag", "/labels", "did you mean 'Bag'?"),
        (["Bag", "Hat"], "/labels/1", "names: T-shirt/top, Trouser, "),
        ("9", "/labels", "a name or an integer from 0 to 9, not '9'"),
    ],
)
def test_name_that_no_class_has_is_refused(clothes: httpx.Client, labels: Any, pointer: str, hint: str) -> None:
    errors = problem(clothes.post("/generate", json={"seeds": 1, "labels": labels}), 422, "invalid-request")["errors"]
    assert (errors[0]["pointer"], hint in errors[0]["message"]) == (pointer, True)


def test_names_are_refused_by_models_without_them(service: httpx.Client) -> None:
    for model, message in (("digits", "must be an integer of at least 0, not 'Bag'"), ("mlp", "'mlp' has no classes")):
        answer = service.post("/generate", json={"seeds": 1, "labels": "Bag", "model": model})
        assert message in problem(answer, 422, "invalid-request")["errors"][0]["message"]


def test_files_and_lines_have_the_names_of_classes(clothes: httpx.Client) -> None:
    request = {"seeds": [1, 2], "labels": ["T-shirt/top", "Bag"]}
    answer = clothes.post("/generate", json=request, headers={"Accept": "application/zip"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        *names, manifest = archive.namelist()
        listed = json.loads(archive.read(manifest))["images"]
    assert names == ["000000_seed-1_label-T-shirt%2Ftop.png", "000001_seed-2_label-Bag.png"]
    lines = clothes.post("/generate", json=request, headers={"Accept": "application/x-ndjson"}).text.splitlines()
    for records in (listed, map(json.loads, lines)):
        assert [each["class_name"] for each in records] == ["T-shirt/top", "Bag"]
