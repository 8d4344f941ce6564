"""`POST /interpolate`, over a real socket."""

import base64
import io
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image, ImageSequence

from digitgan.formats.format import Use
from digitgan.formats.registry import offered
from tests.service.problems import problem

BODY: dict[str, Any] = {"seeds": [1, 2], "labels": [3, 8], "steps": 4}


def ask(service: httpx.Client, body: dict[str, Any], accept: str = "*/*") -> httpx.Response:
    return service.post("/interpolate", json=body, headers={"Accept": accept})


def frames(answer: httpx.Response) -> list[Any]:
    with Image.open(io.BytesIO(answer.raise_for_status().content)) as image:
        return [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(image)]


@pytest.mark.parametrize("media_type", offered(Use.FRAMES))
def test_every_format_is_available(service: httpx.Client, media_type: str) -> None:
    answer = ask(service, BODY, media_type)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media_type)
    assert answer.headers["etag"]


def test_animations_json_and_arrays_hold_the_same_frames(service: httpx.Client) -> None:
    images = ask(service, BODY).json()["images"]
    assert [image["label"] for image in images] == [3, 3, 8, 8, 8]
    pixels = np.load(io.BytesIO(ask(service, BODY, "application/x-npy").content))
    for media_type in ("image/apng", "image/gif"):
        assert np.array_equal(frames(ask(service, BODY, media_type)), pixels)
    single = [np.asarray(Image.open(io.BytesIO(base64.b64decode(image["png"])))) for image in images]
    assert np.array_equal(single, pixels)


def test_key_frames_are_the_pictures_of_their_seeds(service: httpx.Client) -> None:
    images = ask(service, BODY).json()["images"]
    for image, path in ((images[0], "/digits/3/1.png"), (images[-1], "/digits/8/2.png")):
        assert base64.b64decode(image["png"]) == service.get(path).content


def test_models_without_classes_interpolate(service: httpx.Client) -> None:
    body = {"seeds": [1, 2, 3], "model": "mlp", "steps": 2, "loop": True}
    assert len(frames(ask(service, body, "image/apng"))) == 6


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ({"seeds": [1]}, 422, "invalid-request"),
        ({"seeds": [1, 2], "steps": 240, "labels": [1] * 3}, 422, "invalid-request"),
        ({"seeds": list(range(200)), "steps": 240}, 422, "invalid-request"),
        ({"seeds": [1, 2], "model": "letters"}, 404, "unknown-model"),
        ({"seeds": [1, 2], "labels": 1, "model": "mlp"}, 422, "invalid-request"),
        ({"seeds": [1, 2], "steps": 240, "scale": 32}, 422, "invalid-request"),
    ],
)
def test_invalid_requests_are_problems(service: httpx.Client, body: dict[str, Any], status: int, slug: str) -> None:
    problem(ask(service, body), status, slug)


def test_frames_between_images_are_not_written_stroke_by_stroke(service: httpx.Client) -> None:
    [error] = problem(ask(service, {"seeds": [1, 2], "animate": True}), 422, "invalid-request")["errors"]
    assert error["pointer"] == "/animate"


def test_keys_have_the_names_of_classes(clothes: httpx.Client) -> None:
    answers = [
        clothes.post("/interpolate", json={"seeds": [1, 2], "labels": labels, "steps": 2, "metadata": True})
        for labels in (["Coat", "Bag"], [4, 8])
    ]
    assert answers[0].content == answers[1].content
    assert [each["class_name"] for each in answers[0].json()["images"]] == ["Coat", "Bag", "Bag"]
