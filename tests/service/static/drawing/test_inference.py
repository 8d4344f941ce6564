"""The page's own inference: the same rows of model input as the service's, and bitmaps of the same pixels."""

import io
import json
from base64 import b64decode
from typing import Any

import numpy as np
import pytest
from PIL import Image

from digitgan.contract.hand import style_of, token_of
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.interpolation import interpolate, nearest_keys
from tests.service.static.modules import node

CLASSES = {"latent_size": 74, "n_classes": 10}


def rows(body: dict[str, Any], model: dict[str, int] | None = None) -> dict[str, Any]:
    call = f"rowsOf({json.dumps(body)}, {json.dumps(model or CLASSES)})"
    found: dict[str, Any] = node(
        "drawing/inference.js", f"((rows) => ({{ ...rows, latents: Array.from(rows.latents) }}))({call})"
    )
    found["latents"] = np.array(found["latents"], np.float32).reshape(found["n"], -1)
    return found


def test_seeds_become_the_services_latents_and_keep_their_labels() -> None:
    found = rows({"seeds": [1, 2, 3], "labels": [3, 1, 4], "truncation": 0.5})
    assert np.array_equal(found["latents"], seeds_to_latents([1, 2, 3], 74))
    assert (found["labels"], found["seeds"], found["truncation"]) == ([3, 1, 4], [1, 2, 3], 0.5)


def test_single_label_is_repeated_and_no_label_leaves_the_class() -> None:
    latents = seeds_to_latents([5, 6], 74).tolist()
    assert rows({"latents": latents, "labels": 7})["labels"] == [7, 7]
    found = rows({"latents": latents})
    assert np.array_equal(found["latents"], np.array(latents, np.float32))
    assert (found["labels"], found["seeds"], found["truncation"]) == ([-1, -1], [], 1)


def test_model_without_classes_gets_no_labels() -> None:
    found = rows({"seeds": [1]}, {"latent_size": 100, "n_classes": 0})
    assert "labels" not in found
    assert found["latents"].shape == (1, 100)


@pytest.mark.parametrize("loop", [True, False])
@pytest.mark.parametrize("steps", [1, 3, 8])
def test_frames_between_seeds_are_the_services(steps: int, loop: bool) -> None:
    found = rows({"seeds": [1, 2, 3], "labels": [4, 5, 6], "steps": steps, "loop": loop})
    wanted = interpolate(seeds_to_latents([1, 2, 3], 74), 64, steps, loop=loop)
    np.testing.assert_allclose(found["latents"], wanted, atol=1e-6)
    assert found["labels"] == [[4, 5, 6][key] for key in nearest_keys(3, steps, loop=loop)]


@pytest.mark.parametrize("labels", [7, [1, 2]])
def test_frames_between_hands_are_the_services(labels: int | list[int]) -> None:
    styles = seeds_to_latents([1, 2], 64)
    tokens = [token_of(each) for each in styles]
    found = rows({"hands": tokens, "labels": labels, "steps": 2, "loop": False})
    keys = np.pad([style_of(each) for each in tokens], ((0, 0), (0, 10))).astype(np.float32)
    np.testing.assert_allclose(found["latents"], interpolate(keys, 64, 2, loop=False), atol=1e-6)
    assert found["labels"] == ([7] * 3 if labels == 7 else [1, 2, 2])


def test_parallel_or_zero_latents_are_interpolated_linearly() -> None:
    one = seeds_to_latents([1], 74)[0].astype(np.float64)
    keys = [one.tolist(), (2 * one).tolist(), [0.0] * 74]
    found = rows({"latents": keys, "steps": 4, "loop": False})
    wanted = interpolate(np.array(keys, np.float32), 64, 4, loop=False)
    np.testing.assert_allclose(found["latents"], wanted, atol=1e-6)


@pytest.mark.parametrize(("width", "height"), [(28, 28), (1, 1), (5, 3), (16, 16)])
def test_bitmap_holds_every_pixel(width: int, height: int) -> None:
    pixels = f"Uint8Array.from({{ length: {width * height} }}, (_, i) => 7 * i)"
    address = node("drawing/inference.js", f"bitmap({pixels}, {width}, {height})")
    head, _, content = address.partition(",")
    assert head == "data:image/bmp;base64"
    with Image.open(io.BytesIO(b64decode(content))) as picture:
        found = np.asarray(picture.convert("L"))
    assert np.array_equal(found, (7 * np.arange(width * height)).astype(np.uint8).reshape(height, width))


@pytest.mark.parametrize(("height", "width"), [(3, 5), (256, 256)])
def test_bitmap_of_colour_has_the_pixels(height: int, width: int) -> None:
    call = f"""((n) => bitmaps({{
        pixels: Uint8Array.from({{ length: n }}, (_, i) => (i * 7 + (i >> 8)) % 251),
        width: {width}, height: {height}, channels: 3,
    }}))({2 * height * width * 3})"""
    values = np.arange(2 * height * width * 3)
    expected = ((values * 7 + (values >> 8)) % 251).astype(np.uint8).reshape(2, height, width, 3)
    for address, pixels in zip(node("drawing/inference.js", call), expected, strict=True):
        with Image.open(io.BytesIO(b64decode(address.partition(",")[2]))) as image:
            assert image.mode == "RGB" and np.array_equal(np.asarray(image), pixels)
