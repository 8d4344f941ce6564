"""What the record of each picture says, above all where the digits of a number are."""

import asyncio
import base64
from dataclasses import replace

import numpy as np
import pytest

from digitgan.engine.encoding_lanes import EncodingLanes
from digitgan.engine.source import Latents, Seeds
from digitgan.formats.items import items, items_aside
from digitgan.formats.registry import PNG
from digitgan.ink.raster import INK
from digitgan.picture import drawing
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import a_job, an_image, decoded, generated, numbers


@pytest.mark.parametrize(("gap", "scale", "invert"), [(0, 1, False), (3, 2, False), (1, 3, True)])
def test_boxes_cut_each_digit_and_its_ink_out_of_the_strip(gap: int, scale: int, invert: bool) -> None:
    pixels = np.zeros((2, 6, 5), np.uint8)
    pixels[0, 1:4, 2:5], pixels[1, 5, 0] = 200, INK
    pixels[1, 0, 0] = INK - 1  # fainter than ink
    some = an_image(pixels, [4, 2], Seeds([9, 9]))
    [item] = items(a_job(some, Picture(scale=scale, invert=invert, numbers=("42",), gap=gap)), some)
    strip = decoded(item.png)
    shown = drawing.each(Picture(scale=scale, invert=invert), pixels)
    assert [box["label"] for box in item.record["boxes"]] == [4, 2]
    for box, digit in zip(item.record["boxes"], shown, strict=True):
        cell, ink = box["cell"], box["ink"]
        cut = strip[cell["y"] : cell["y"] + cell["height"], cell["x"] : cell["x"] + cell["width"]]
        assert np.array_equal(cut, digit)
        inside = strip[ink["y"] : ink["y"] + ink["height"], ink["x"] : ink["x"] + ink["width"]]
        assert ((inside < 200) if invert else (inside >= INK)).all()
        assert ink["width"] * ink["height"] == (9 if box["label"] == 4 else 1) * scale**2


def test_digit_without_ink_has_no_ink_box() -> None:
    some = an_image(np.zeros((1, 4, 4), np.uint8), [1])
    [item] = items(a_job(some, Picture(numbers=("1",))), some)
    assert item.record["boxes"][0]["ink"] is None


@pytest.mark.parametrize("masks", [False, True])
def test_signs_have_boxes_without_a_label(masks: bool) -> None:
    job, some = numbers("4.2 ")
    some = an_image(np.full((2, 28, 28), 255, np.uint8), [4, 2], some.source)
    [item] = items(replace(job, picture=job.picture.model_copy(update={"masks": masks})), some)
    boxes = item.record["boxes"]
    assert [box["label"] for box in boxes] == [4, None, 2, None]
    assert [box["text"] for box in boxes] == ["4", ".", "2", " "]
    assert [box["cell"]["x"] for box in boxes] == [0, 28, 56, 84]
    assert boxes[3]["ink"] is None
    assert all(("mask" in box) == masks for box in boxes)
    if masks:
        assert boxes[3]["mask"] is None
        for box in boxes[:3]:
            mask = decoded(base64.b64decode(box["mask"]))
            assert mask.shape == (box["ink"]["height"], box["ink"]["width"])


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("2026-11-29", "2026-11-29"),
        ("29/11/26", "29_11_26"),
        ("../7", ".._7"),
        ("+49 (30) 1:2", "+49_30_1_2"),
        ("5 %", "5_"),
    ],
)
def test_file_names_have_no_signs_that_mean_something(number: str, name: str) -> None:
    job, some = numbers(number)
    [item] = items(job, some)
    assert item.file_name(7) == f"000007_seed-0_digits-{name}.png"
    assert PNG.file_name(job) == f"tiny_seed-0_digits-{name}.png"


def test_number_from_latents_has_neither_seed_nor_address() -> None:
    job, some = numbers("12")
    [item] = items(job, replace(some, source=Latents(np.zeros((2, 4), np.float32))))
    assert item.record["seed"] is item.record["url"] is None


@pytest.mark.parametrize("bytes_per_image", [1, 2**20])
def test_items_made_aside_are_the_same(bytes_per_image: int) -> None:
    some, lanes = generated(3), EncodingLanes(2**30, threads=1)
    job = replace(a_job(some), bytes_per_image=bytes_per_image, lanes=lanes)
    assert asyncio.run(items_aside(job, some)) == items(job, some)
    lanes.close()
